import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildSubgraph, networkOf, writeSource } from '../../subgraph/build.ts';
import { readManifest } from '../../subgraph/runner/manifest.ts';
import { temporary } from './fixture/temporary.ts';

const FIXTURE = fileURLToPath(new URL('./fixture', import.meta.url));
const address = (byte: string): string => `0x${byte.repeat(20)}`;

describe('building the subgraph', () => {
  const folder = temporary('build');
  const project = join(folder, 'project');
  const cache = join(folder, 'cache');
  for (const name of ['subgraph.template.yaml', 'schema.graphql', 'src', 'abis'])
    cpSync(join(FIXTURE, name), join(project, name), { recursive: true });
  const build = (out: string, shelf: string, startBlock: string): string =>
    buildSubgraph({
      project,
      cache,
      out: join(folder, out),
      network: { network: 'localhost', startBlock, addresses: { shelf } },
    });

  it('writes the manifest that graph-cli itself takes', () => {
    const path = writeSource(project, {
      network: 'arbitrum-one',
      startBlock: '77',
      addresses: { shelf: address('11') },
    });
    const text = readFileSync(path, 'utf8');
    assert.ok(!text.includes('{{'), 'nothing is left to fill in');
    for (const part of ['network: arbitrum-one', 'startBlock: 77', address('11')]) assert.ok(text.includes(part), part);
    const without = { network: 'arbitrum-one', startBlock: '77', addresses: {} };
    assert.throws(() => writeSource(project, without), /which the deployment does not have/);
    rmSync(path);
  });

  it('compiles once and renders a manifest for each network, which the runner reads', () => {
    const one = build('one', address('11'), '5');
    const compiled = readdirSync(cache);
    const started = performance.now();
    const two = build('two', address('22'), '123456789');
    assert.ok(performance.now() - started < 2_000, 'the second network compiles nothing');
    assert.deepEqual(readdirSync(cache), compiled);
    const [first, second] = [readManifest(one), readManifest(two)];
    assert.deepEqual([first.sources[0]?.address, first.sources[0]?.startBlock], [address('11'), 5]);
    assert.deepEqual([second.sources[0]?.address, second.sources[0]?.startBlock], [address('22'), 123_456_789]);
    assert.equal(second.sources[0]?.network, 'localhost');
    assert.notEqual(first.hash, second.hash);
    assert.deepEqual(
      readFileSync(join(folder, 'one/Shelf/Shelf.wasm')),
      readFileSync(join(folder, 'two/Shelf/Shelf.wasm')),
    );
    assert.doesNotMatch(readFileSync(one, 'utf8'), /stand-in|98765432|\{\{/);
    assert.equal(
      readManifest(build('one', address('11'), '5')).hash,
      first.hash,
      'the same build is the same deployment',
    );
  });

  it('names the placeholder that the deployment does not have', () => {
    const network = { network: 'localhost', startBlock: '1', addresses: {} };
    assert.throws(
      () => buildSubgraph({ project, cache, out: join(folder, 'x'), network }),
      /names \{\{address\.shelf\}\}/,
    );
  });

  it('hands on what graph-cli says about mappings that do not compile, and keeps nothing of them', () => {
    const path = join(project, 'src/mapping.ts');
    const good = readFileSync(path, 'utf8');
    writeFileSync(path, `${good}\nexport function wrong(): i32 { return 'text'; }\n`);
    const before = readdirSync(cache);
    assert.throws(() => build('bad', address('11'), '5'), /not assignable to type 'i32'/);
    assert.deepEqual(readdirSync(cache), before);
    assert.equal(existsSync(join(folder, 'bad')), false);
    writeFileSync(path, good);
  });

  it('reads deployment files, and refuses what is none', () => {
    const addresses = { market: address('33') };
    assert.deepEqual(networkOf({ chainId: 31337, block: '7', addresses }), {
      network: 'localhost',
      startBlock: '7',
      addresses,
    });
    assert.equal(networkOf({ chainId: 5, block: '7', addresses }).network, 'chain-5');
    assert.equal(networkOf({ chainId: 5, block: '7', addresses }, 'goerli').network, 'goerli');
    for (const bad of [
      {},
      { chainId: 1, block: 'x', addresses },
      { chainId: 1, block: '1', addresses: { market: '0x1' } },
    ])
      assert.throws(() => networkOf(bad), /deployment file/);
  });
});
