import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type LocalNetwork, startNetwork } from '../../node/cli/local/network.ts';
import { Printer } from '../../node/cli/print.ts';

const MAIN = fileURLToPath(new URL('../../node/cli/main.ts', import.meta.url));
const VECTORS = fileURLToPath(new URL('../vectors/import/', import.meta.url));

/** A port with a free successor: chain and worker. */
async function freePair(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  );
  await new Promise((resolve) => server.close(resolve));
  return port < 65_000 ? port : freePair();
}

describe('models that other tools wrote', () => {
  let folder = '';
  let network: LocalNetwork | undefined;

  const assay = (...args: string[]): Promise<{ code: number; json: Record<string, never> & Record<string, unknown> }> =>
    new Promise((resolve) => {
      execFile(
        process.execPath,
        [MAIN, ...args, '--json', '--home', join(folder, 'home')],
        { cwd: folder },
        (error, stdout) => {
          resolve({ code: typeof error?.code === 'number' ? error.code : 0, json: JSON.parse(stdout || '{}') });
        },
      );
    });
  const ok = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { code, json } = await assay(...args);
    assert.equal(code, 0, `${args.join(' ')}: ${JSON.stringify(json)}`);
    return json;
  };
  const stateOf = async (id: string): Promise<string> => {
    const { proposals } = (await ok('gov', 'list')) as unknown as { proposals: { id: string; state: string }[] };
    return proposals.find((proposal) => proposal.id === id)!.state;
  };
  const until = async (done: () => Promise<boolean>): Promise<void> => {
    for (let i = 0; i < 60; i++) {
      if (await done()) return;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    assert.fail('waited too long');
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-import-'));
    network = await startNetwork({
      home: join(folder, 'home'),
      port: await freePair(),
      workers: 1,
      reset: false,
      headless: true,
      print: new Printer({ quiet: true }),
      signal: new AbortController().signal,
    });
    await network.release();
  });

  after(async () => {
    await network?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('torch: import, exact, publish, vote, infer, verify', async () => {
    const imported = await ok('model', 'import', join(VECTORS, 'torch-image.onnx'), '--out', 'image.float.onnx');
    assert.deepEqual(imported['operators'], ['Flatten', 'Gemm', 'Relu', 'Softmax']);
    const exact = await ok('model', 'exact', 'image.float.onnx', '--out', 'image.exact.onnx');
    assert.ok(
      Math.abs((exact['exactAccuracy'] as number) - (exact['floatAccuracy'] as number)) <= 0.005,
      JSON.stringify(exact),
    );
    const published = await ok('model', 'publish', 'image.exact.onnx', '--name', 'torch-image', '--account', 'author');
    assert.equal(published['programRoot'], exact['programRoot']);
    assert.equal((published['replicas'] as unknown[]).length, 1);

    const { id } = (await ok(
      'gov',
      'propose',
      '--model',
      'torch-image',
      '--version-id',
      String(published['versionId']),
      '--account',
      'author',
    )) as { id: string };
    await until(async () => (await stateOf(id)) === 'active');
    await Promise.all(['voter-1', 'voter-2'].map((voter) => ok('gov', 'vote', id, 'for', '--account', voter)));
    await until(async () => (await stateOf(id)) === 'succeeded');
    await ok('gov', 'queue', id, '--account', 'author');
    await until(async () => (await assay('gov', 'execute', id, '--account', 'author')).code === 0);
    await until(async () => (await assay('infer', 'torch-image', '--row', '0')).code === 0);

    const answer = await ok('infer', 'torch-image', '--row', '3', '--save', 'answer.json');
    assert.equal(answer['verified'], true);
    assert.equal((answer['scores'] as number[]).length, 10);
    const verdict = await ok('verify', 'answer.json', '--model', 'image.exact.onnx');
    assert.equal(verdict['equal'], true);

    // The challenge window of a local network is seconds: then the author's share can be withdrawn.
    let paidWei = '0';
    await until(async () => {
      paidWei = (await ok('worker', 'withdraw', '--account', 'author'))['paidWei'] as string;
      return paidWei !== '0';
    });
    assert.equal(BigInt(paidWei) % 150_000_000_000_000n, 0n, `${paidWei} wei is 15 % of whole fees`);
  });

  for (const name of ['torch-mlp', 'matmul-add']) {
    it(`${name}: exact within half a point of float, proven from its own bytes`, async () => {
      const exact = await ok('model', 'exact', join(VECTORS, `${name}.onnx`), '--out', `${name}.exact.onnx`);
      assert.ok(Math.abs((exact['exactAccuracy'] as number) - (exact['floatAccuracy'] as number)) <= 0.005);
      const proven = await ok('verify', `${name}.exact.onnx`);
      assert.equal(proven['programRoot'], exact['programRoot']);
      assert.equal(proven['rangeClass'], 'U7S8 (proven)');
    });
  }

  for (const [name, op] of [
    ['torch-lstm', 'LSTM'],
    ['torch-cumsum', 'CumSum'],
  ] as const) {
    it(`${name}: refused, naming operator, domain and version`, async () => {
      const { code, json } = await assay('model', 'import', join(VECTORS, `${name}.onnx`));
      const { error } = json as unknown as { error: { code: string; why: string; fix: string } };
      assert.equal(code, 3);
      assert.equal(error.code, 'ONNX_OP_UNSUPPORTED');
      assert.match(error.why, new RegExp(`"${op}" of domain "ai.onnx", version 13`));
      assert.match(error.fix, /assay doctor --operators/);
    });
  }

  it('an operator without an exact twin is refused by the compiler, by name', async () => {
    const { code, json } = await assay('model', 'exact', join(VECTORS, 'torch-cumsum.onnx'));
    const { error } = json as unknown as { error: { code: string; why: string } };
    assert.equal(code, 3);
    assert.equal(error.code, 'EXACT_OP_UNSUPPORTED');
    assert.match(error.why, /CumSum/);
  });
});
