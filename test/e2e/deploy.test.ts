import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { jobMarketAbi } from '../../node/chain/generated/contracts.ts';
import { blocksOf } from '../../scripts/checkDocs.ts';
import { type Anvil, publicClientOf, startAnvil, testClientOf } from '../helpers/anvil.ts';
import { until } from '../helpers/anvilRpc.ts';
import { QUERIES, seriesOf, unknownIn } from '../helpers/monitoring.ts';
import { freePorts, temporaryFolder } from '../helpers/network.ts';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const GUIDE = { path: 'docs/deploy.md', text: readFileSync(join(ROOT, 'docs/deploy.md'), 'utf8') };
const CHAIN_ID = 845320;
const DAY = 86_400;
const BLOCK_MS = 120_000;

/** One bash that runs the blocks of a page one after another, as a person would. */
class Terminal {
  readonly #child: ChildProcess;
  #output = '';
  #blocks = 0;

  constructor(cwd: string, prelude: string) {
    const env = {
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      HOME: cwd,
      ASSAY_HOME: join(cwd, 'nobody'),
      NO_COLOR: '1',
    };
    this.#child = spawn('bash', ['-s'], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    this.#child.stdin!.write(`set -euo pipefail\n${prelude}\n`);
  }

  /** Resolves with what the block printed. @throws with it when a command of it failed */
  async run(block: string): Promise<string> {
    const from = this.#output.length;
    const mark = `=== block ${++this.#blocks} done`;
    this.#child.stdin!.write(`${block}\necho '${mark}'\n`);
    const end = performance.now() + BLOCK_MS;
    while (!this.#output.includes(mark, from)) {
      if (this.#child.exitCode !== null || performance.now() > end)
        throw new Error(`this block failed:\n${block}\n${this.#output.slice(from)}`);
      await new Promise((done) => setTimeout(done, 20));
    }
    return this.#output.slice(from);
  }

  kill(): void {
    // Its group outlives a shell that stopped at a failure.
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** The guide's very commands, in their order, on a chain of its own; only time and gas money come from outside. */
describe('docs/deploy.md, rehearsed on another chain with the profile standard', () => {
  let anvil: Anvil;
  let folder: string;
  let terminal: Terminal;
  let blocks: string[];
  let workerUrl: string;
  const play = (): Promise<string> => terminal.run(blocks.shift()!);
  const pass = async (seconds: number): Promise<void> => {
    const chain = testClientOf(anvil.url);
    await chain.increaseTime({ seconds });
    await chain.mine({ blocks: 1 });
  };
  const keyOf = (home: string, name: string): `0x${string}` =>
    `0x${(JSON.parse(readFileSync(join(folder, home, 'keys', `${name}.json`), 'utf8')) as { address: string }).address.replace(/^0x/, '')}`;

  before(async () => {
    anvil = await startAnvil(['--chain-id', String(CHAIN_ID), '--block-time', '1', '--accounts', '1']);
    folder = await temporaryFolder('deploy');
    for (const name of ['data', 'docs', 'node', 'subgraph']) symlinkSync(join(ROOT, name), join(folder, name));
    // The worker of the rehearsal is on loopback, which real consumers refuse.
    for (const who of ['alice', 'bob', 'operator', 'consumer', 'nobody']) {
      mkdirSync(join(folder, who));
      writeFileSync(join(folder, who, 'config.json'), '{ "privateProviders": true }');
    }
    const port = await freePorts(1);
    workerUrl = `http://127.0.0.1:${port}`;
    blocks = blocksOf(GUIDE, 'bash').map((block) =>
      block
        .replaceAll('https://rpc.example', anvil.url)
        .replaceAll('https://worker.example', `http://127.0.0.1:${port}`)
        .replaceAll('8701', String(port)),
    );
    const main = join(ROOT, 'node/cli/main.ts');
    terminal = new Terminal(folder, `npm() { shift 4; "${process.execPath}" "${main}" "$@"; }`);
  });
  after(async () => {
    terminal?.kill();
    await anvil?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('1 keys', async () => {
    await play();
    for (const [home, name] of ['deployer', 'alice', 'bob', 'operator', 'operator hot'].map((both) => both.split(' ')))
      await testClientOf(anvil.url).setBalance({ address: keyOf(home!, name ?? home!), value: 10n ** 18n });
  });

  it('2 to 3 plan: nothing is sent', async () => {
    await play();
    const plan = await play();
    assert.match(plan, /profile +standard/);
    assert.match(plan, /110021000 ASSAY; a quorum is 40000000/);
    const address = keyOf('deployer', 'deployer');
    assert.equal(await publicClientOf(anvil.url).getTransactionCount({ address }), 0);
  });

  it('4 deploy: every contract, confirmed, and the file that says where', async () => {
    assert.match(await play(), /nobody but governance has a right/);
    const file = JSON.parse(readFileSync(join(folder, 'network/deployment.json'), 'utf8')) as Record<string, unknown>;
    assert.equal(file['chainId'], CHAIN_ID);
    const origin = file['origin'] as Record<string, unknown>;
    assert.deepEqual([origin['profile'], origin['firstNonce']], ['standard', 0]);
    assert.match(String(origin['commit']), /^[0-9a-f]{40}(-dirty)?$/);
  });

  it('5 verify: equal', async () => assert.match(await play(), /^equal: 16 contracts/m));

  it('6 votes', async () => void (await play()));

  it('7 the first worker, with its hot key alone', async () => {
    await play();
    assert.deepEqual(readdirSync(join(folder, 'worker/keys')), ['hot.json']);
    assert.deepEqual(readdirSync(join(folder, 'operator/keys')), ['operator.json']);
  });

  it('8 the first model: published, voted, queued and executed in eight days', async () => {
    await play();
    await pass(DAY + 2);
    await play();
    await pass(5 * DAY + 2);
    await play();
    await pass(2 * DAY + 2);
    await play();
  });

  it('9 a paid answer, checked, and settled after the challenge window', async () => {
    assert.match(await play(), /verified|equal|re-executed/i);
    const { addresses } = JSON.parse(readFileSync(join(folder, 'network/deployment.json'), 'utf8')) as {
      addresses: { market: `0x${string}` };
    };
    const submitted = {
      address: addresses.market,
      abi: jobMarketAbi,
      eventName: 'JobSubmitted',
      fromBlock: 0n,
    } as const;
    await until(
      async () => (await publicClientOf(anvil.url).getContractEvents(submitted)).length > 0,
      'the worker brings the job to the chain, where its window begins',
      60_000,
    );
    const metrics = seriesOf(await (await fetch(`${workerUrl}/metrics`)).text());
    for (const [where, query] of QUERIES) assert.deepEqual(unknownIn(query, metrics), [], where);
    await pass(36 * 3600 + 60);
    assert.match(await play(), /ASSAY paid/);
  });

  it('10 index and dApp know the network', async () => {
    const shown = await play();
    const config = JSON.parse(readFileSync(join(folder, 'public/assay.json'), 'utf8')) as Record<string, unknown>;
    assert.equal(config['chainId'], CHAIN_ID);
    assert.equal(config['local'], false);
    assert.match(shown, /Example network/);
    const manifest = readFileSync(join(folder, 'public/subgraph/subgraph.yaml'), 'utf8');
    for (const name of ['market', 'governor'])
      assert.ok(manifest.includes((config['contracts'] as Record<string, string>)[name]!), name);
  });

  it('the worker stops with nothing owed', async () => {
    await play();
    assert.match(readFileSync(join(folder, 'worker.log'), 'utf8'), /worker started/);
    assert.equal(blocks.length, 0, 'every block of the guide was played');
  });
});
