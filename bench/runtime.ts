// Runs through the process pool against bare onnxruntime-node in this process, same model, same run: what it costs to
// hold a model where it can harm nobody. 16 callers at a time, one process, one thread.
import { readdirSync, readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { tensor } from '../node/core/tensor/tensor.ts';
import type { Runtime, Session } from '../node/ports/Runtime.ts';
import { createOnnxRuntime } from '../node/runtime/onnxruntime/pool.ts';
import { denseModel } from '../test/helpers/denseModel.ts';
import { median } from './median.ts';
import type { BenchRow } from './row.ts';

const CALLERS = 16;
const ROUNDS = 5;
const ROUND_MS = 1000;

interface Case {
  readonly name: string;
  readonly width: number;
  readonly layers: number;
  readonly target?: number;
}

const CASES: readonly Case[] = [
  { name: '32 MiB model (2 ms)', width: 1024, layers: 8, target: 0.9 },
  { name: '4 MiB model (0.1 ms)', width: 1024, layers: 1, target: 0.6 },
  { name: '36 KiB model', width: 96, layers: 1 },
];

/** Calls per second of `CALLERS` callers who each ask again as soon as they are answered. */
async function rate(call: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  let calls = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() - started < ROUND_MS) {
      await call();
      calls++;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return calls / ((performance.now() - started) / 1000);
}

async function compare(runtime: Runtime, { name, width, layers, target }: Case): Promise<BenchRow> {
  const { file } = denseModel(width, layers);
  const session = await runtime.load(file);
  const bare = await ort.InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const x = tensor('float32', [1, width], new Float32Array(width).fill(0.5));
  const inputs = new Map([['x', x]]);
  const rounds: { ours: number; peer: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push({
      peer: await rate(() => bare.run({ x: new ort.Tensor('float32', x.data, x.dims) })),
      ours: await rate(() => session.run(inputs)),
    });
  }
  await Promise.all([session.close(), bare.release()]);
  const ours = median(rounds.map((round) => round.ours));
  const peer = median(rounds.map((round) => round.peer));
  return {
    name: `process pool, ${name}, against bare onnxruntime-node in process`,
    ours,
    peer,
    ratio: ours / peer,
    unit: 'runs/s',
    ...(target === undefined ? {} : { target }),
    note: `median of ${ROUNDS} rounds, ${CALLERS} callers, one process`,
  };
}

const LIMIT_MS = 1000;

/** The id of a child of this process whose command names the child program. */
function childPid(): number {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  const mine = pids.find((pid) => {
    const [, parent] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(parent) === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('child.ts');
  });
  return Number(mine);
}

/** From SIGKILL to the next answer of a small model. */
async function recovery(session: Session): Promise<BenchRow> {
  const inputs = new Map([['x', tensor('float32', [1, 96], new Float32Array(96))]]);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    process.kill(childPid(), 'SIGKILL');
    // The first run may still go to the dead process, and fails with it.
    while (
      await session.run(inputs).then(
        () => false,
        () => true,
      )
    );
    times.push(performance.now() - started);
  }
  const ours = median(times);
  return {
    name: 'process pool, from the death of a process to the next answer',
    ours,
    peer: LIMIT_MS,
    ratio: LIMIT_MS / ours,
    unit: 'ms',
    target: 1,
    note: `median of ${ROUNDS}; peer: the limit`,
  };
}

export async function run(): Promise<readonly BenchRow[]> {
  const runtime = createOnnxRuntime();
  try {
    const rows: BenchRow[] = [];
    for (const each of CASES) rows.push(await compare(runtime, each));
    if (process.platform === 'linux') rows.push(await recovery(await runtime.load(denseModel(96, 1).file)));
    return rows;
  } finally {
    await runtime.close();
  }
}
