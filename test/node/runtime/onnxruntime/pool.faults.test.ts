import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { graphBuilder } from '../../../../node/core/onnx/build.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import { type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import type { LoadOptions, Runtime, Session } from '../../../../node/ports/Runtime.ts';
import {
  RuntimeClosed,
  RuntimeCrashed,
  RuntimeInputInvalid,
  RuntimeLoadFailed,
  RuntimeOutOfMemory,
  RuntimeTimeout,
} from '../../../../node/runtime/errors.ts';
import { type Confinement, guarded } from '../../../../node/runtime/onnxruntime/confinement.ts';
import { createOnnxRuntime } from '../../../../node/runtime/onnxruntime/pool.ts';
import { childPids, hasProc, isAlive, until } from '../../../helpers/childProcesses.ts';
import { HOSTILE_MODELS } from '../../../helpers/hostileModels.ts';

/** Divides a by b; runs `passes` passes of a loop before. b = -1 and a = minimum kills the process (SIGFPE). */
function divider(): Uint8Array {
  const g = graphBuilder('divider');
  const [a, b] = [g.input('a', 'int64', [1]), g.input('b', 'int64', [1])];
  const passes = g.input('passes', 'int64', []);
  const body = g.subgraph('body');
  body.input('pass', 'int64', []);
  const goOn = body.input('goOn', 'bool', []);
  const carried = body.input('carried', 'int64', [1]);
  body.output(goOn, 'bool', [], 'goOnOut');
  body.output(body.node('Identity', [carried]), 'int64', [1], 'carriedOut');
  const slow = g.node('Loop', [passes, '', a], { body: body.graph() });
  g.output(g.node('Div', [slow, b]), 'int64', [1], 'y');
  return encodeModel(g.model());
}

const file = divider();
const ENDLESS = 2n ** 62n;
const feed = (a: bigint, b: bigint, passes = 0n): ReadonlyMap<string, Tensor> =>
  new Map<string, Tensor>([
    ['a', tensor('int64', [1], BigInt64Array.of(a))],
    ['b', tensor('int64', [1], BigInt64Array.of(b))],
    ['passes', tensor('int64', [], BigInt64Array.of(passes))],
  ]);
const DEADLY = feed(-(2n ** 63n), -1n);

const divide = async (session: Session, a: bigint, b: bigint): Promise<bigint> =>
  (await session.run(feed(a, b))).get('y')!.data[0] as bigint;

describe('a runtime process that dies', { skip: !hasProc }, () => {
  const runtime = createOnnxRuntime();
  let session: Session;
  afterEach(() => session.close());
  after(() => runtime.close());
  const open = async (options: LoadOptions = {}): Promise<number[]> => {
    session = await runtime.load(file, options);
    return childPids();
  };

  it('fails the run in it, is replaced within a second, and the next run succeeds', async (test) => {
    const [pid] = await open();
    const running = session.run(feed(1n, 1n, ENDLESS));
    process.kill(pid!, 'SIGKILL');
    const killed = performance.now();
    await assert.rejects(running, (error) => {
      assert(error instanceof RuntimeCrashed);
      assert.equal(error.retryable, true);
      assert.match(error.why, /SIGKILL/);
      return true;
    });
    const failed = performance.now();
    assert.equal(await divide(session, 42n, 6n), 7n);
    const recovered = performance.now();
    test.diagnostic(
      `rejected after ${(failed - killed).toFixed(0)} ms, answered again after ${(recovered - killed).toFixed(0)} ms`,
    );
    assert.ok(failed - killed < 1000);
    assert.ok(recovered - killed < 4000);
    assert.notDeepEqual(childPids(), [pid]);
  });

  it('is replaced also when it was idle', async () => {
    const [pid] = await open();
    process.kill(pid!, 'SIGKILL');
    await until(() => !isAlive(pid!), 'the death');
    await until(() => childPids().length === 1, 'the replacement');
    assert.equal(await divide(session, 6n, 3n), 2n);
  });

  it('fails only the run that killed it: those behind it are answered', async () => {
    await open();
    const fine = (n: number): Promise<bigint> => divide(session, BigInt(n), 1n);
    const outcomes = await Promise.allSettled([
      fine(1),
      fine(2),
      session.run(DEADLY),
      fine(3),
      session.run(DEADLY),
      ...Array.from({ length: 30 }, (_, n) => fine(n + 4)),
    ]);
    const crashed = outcomes.flatMap((outcome, index) => (outcome.status === 'rejected' ? [index] : []));
    assert.deepEqual(crashed, [2, 4]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') assert(outcome.reason instanceof RuntimeCrashed);
    assert.deepEqual(
      outcomes.flatMap((outcome) =>
        outcome.status === 'fulfilled' && typeof outcome.value === 'bigint' ? [outcome.value] : [],
      ),
      Array.from({ length: 33 }, (_, n) => BigInt(n + 1)),
    );
  });

  it('leaves the other processes of its session at work', async () => {
    const pids = await open({ processes: 2 });
    assert.equal(pids.length, 2);
    const slow = session.run(feed(1n, 1n, ENDLESS));
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => divide(session, BigInt(2 * n), 2n)));
    assert.deepEqual(
      answers,
      Array.from({ length: 20 }, (_, n) => BigInt(n)),
    );
    const rejected = assert.rejects(slow, RuntimeCrashed);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await rejected;
    await until(() => childPids().length === 2 && !childPids().some((pid) => pids.includes(pid)), 'two new ones');
    assert.equal(await divide(session, 9n, 3n), 3n);
  });

  it('error: RuntimeTimeout on a run beyond its limit; the limit of those behind it starts with them', async () => {
    await open({ runTimeoutMs: 600 });
    const started = performance.now();
    const endless = assert.rejects(session.run(feed(1n, 1n, ENDLESS)), RuntimeTimeout);
    const behind = Promise.all([divide(session, 4n, 2n), divide(session, 8n, 2n)]);
    await endless;
    assert.ok(performance.now() - started < 1600);
    assert.deepEqual(await behind, [2n, 4n]);
  });

  it('error: RuntimeTimeout on a load beyond its limit', async () => {
    await open();
    await assert.rejects(runtime.load(file, { loadTimeoutMs: 5 }), RuntimeTimeout);
    assert.equal(await divide(session, 4n, 2n), 2n);
  });

  it('error: RuntimeClosed for what runs when the runtime is closed', async () => {
    const other = createOnnxRuntime();
    session = await other.load(file);
    const runs = [session.run(feed(1n, 1n, ENDLESS)), session.run(feed(1n, 1n))].map((run) =>
      assert.rejects(run, RuntimeClosed),
    );
    const loading = assert.rejects(other.load(file), RuntimeClosed);
    await other.close();
    await Promise.all([...runs, loading]);
    assert.deepEqual(childPids(), []);
  });

  it('fails the waiting runs when it cannot be started again, and the next run tries again', async () => {
    let isBroken = false;
    const flaky: Confinement = {
      notices: [],
      command: (memoryBytes) => {
        const { file: program, args, env } = guarded.command(memoryBytes);
        return {
          get file() {
            return isBroken ? '/nonexistent' : program;
          },
          args,
          env,
        };
      },
    };
    const other = createOnnxRuntime({ confinement: flaky });
    session = await other.load(file);
    isBroken = true;
    const [dead, waiting] = [session.run(DEADLY), session.run(feed(4n, 2n))];
    await assert.rejects(dead, RuntimeCrashed);
    await assert.rejects(
      waiting,
      (error) => error instanceof RuntimeCrashed && error.cause instanceof RuntimeLoadFailed,
    );
    isBroken = false;
    assert.equal(await divide(session, 4n, 2n), 2n);
    await other.close();
  });

  it('error: RuntimeLoadFailed when there is no folder to start it in', async () => {
    await open();
    const { TMPDIR } = process.env;
    process.env['TMPDIR'] = '/nonexistent';
    try {
      await assert.rejects(runtime.load(file), RuntimeLoadFailed);
    } finally {
      if (TMPDIR === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = TMPDIR;
    }
  });

  it('carries 64 MiB there and back, and refuses more than 256 MiB before sending it', async () => {
    await open();
    const g = graphBuilder('large');
    g.output(g.node('Identity', [g.input('x', 'uint8', ['N'])]), 'uint8', ['N'], 'y');
    const large = await runtime.load(encodeModel(g.model()));
    const bytes = new Uint8Array(2 ** 26).map((_, at) => (at * 31) & 255);
    const outputs = await large.run(new Map([['x', tensor('uint8', [bytes.length], bytes)]]));
    assert.ok(Buffer.from(bytes.buffer).equals(outputs.get('y')!.data as Uint8Array));
    const tooLarge = tensor('uint8', [2 ** 28], new Uint8Array(2 ** 28));
    await assert.rejects(large.run(new Map([['x', tooLarge]])), RuntimeInputInvalid);
    await large.close();
  });

  it('error: RuntimeOutOfMemory when the cap is below what Node needs', async () => {
    await open();
    await assert.rejects(runtime.load(file, { memoryBytes: 2 ** 30 }), RuntimeOutOfMemory);
  });
});

describe('what a runtime process holds', { skip: !hasProc }, () => {
  const temporary = mkdtempSync(join(tmpdir(), 'assay-test-'));
  const { TMPDIR } = process.env;
  const runtimes: Runtime[] = [];
  afterEach(async () => {
    await Promise.all(runtimes.splice(0).map((runtime) => runtime.close()));
    delete process.env['ASSAY_TEST_SECRET'];
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
  });
  after(() => rmSync(temporary, { recursive: true }));
  const opened = (runtime: Runtime): Runtime => {
    runtimes.push(runtime);
    return runtime;
  };
  const SECRET = 'a-secret-that-only-the-node-may-know';
  const confinements: readonly (readonly [string, () => Runtime])[] = [
    ['held by the system', () => createOnnxRuntime()],
    ['guarded by itself', () => createOnnxRuntime({ confinement: guarded })],
  ];
  for (const [name, create] of confinements) {
    it(`${name}: no environment, no files, no folder of ours`, async () => {
      process.env['ASSAY_TEST_SECRET'] = SECRET;
      process.env['TMPDIR'] = temporary;
      const runtime = opened(create());
      await runtime.load(file);
      const [pid] = childPids();
      const proc = (entry: string): string => readFileSync(`/proc/${pid}/${entry}`, 'latin1');
      assert.equal(proc('environ'), 'ORT_DISABLE_TELEMETRY=1\0');
      assert.ok(!proc('cmdline').includes(SECRET));
      assert.match(readlinkSync(`/proc/${pid}/cwd`), / \(deleted\)$/);
      assert.deepEqual(readdirSync(temporary), []);
      const files = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
      assert.deepEqual(
        files.filter((target) => target.startsWith('/') && target !== '/dev/null'),
        [],
      );
    });
  }

  it('held by the system: no network where namespaces are allowed, no new privileges, the cap', async (test) => {
    const notices: string[] = [];
    const log = { warn: (event: string) => notices.push(event) };
    const runtime = opened(
      createOnnxRuntime({
        log: {
          ...log,
          debug() {},
          info() {},
          error() {},
          child() {
            return this;
          },
        },
      }),
    );
    await runtime.load(file, { memoryBytes: 3 * 2 ** 30 });
    const [pid] = childPids();
    const proc = (entry: string): string => readFileSync(`/proc/${pid}/${entry}`, 'latin1');
    assert.match(proc('limits'), /Max address space +3221225472 +3221225472/);
    test.diagnostic(`missing here: ${notices.join('; ') || 'nothing'}`);
    const hasNetwork = notices.some((notice) => notice.includes('network'));
    if (!hasNetwork)
      assert.deepEqual(
        proc('net/dev')
          .match(/^ *\w+(?=:)/gm)
          ?.map((line) => line.trim()),
        ['lo'],
      );
    if (!notices.some((notice) => notice.includes('setpriv'))) assert.match(proc('status'), /NoNewPrivs:\t1/);
  });

  it('guarded by itself: not more memory than its cap', async () => {
    const runtime = opened(createOnnxRuntime({ confinement: guarded }));
    const { file: bomb, feeds } = HOSTILE_MODELS.find(({ name }) => name.includes('ConstantOfShape of a fed shape'))!;
    const session = await runtime.load(bomb, { memoryBytes: 1.7 * 2 ** 30 });
    await assert.rejects(session.run(feeds), RuntimeOutOfMemory);
  });
});

describe('a runtime process whose node is killed', { skip: !hasProc }, () => {
  const parent = fileURLToPath(new URL('../../../helpers/orphanParent.ts', import.meta.url));
  for (const mode of ['', 'guarded']) {
    it(`dies with it in the middle of an endless run ${mode}`, async () => {
      const node = spawn(process.execPath, [parent, mode], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [line] = (await once(node.stdout, 'data')) as [Buffer];
      const pids = `${line}`.trim().split(' ').map(Number);
      assert.equal(pids.filter(isAlive).length, 1);
      node.kill('SIGKILL');
      await until(() => !pids.some(isAlive), 'the death of the orphan');
    });
  }
});
