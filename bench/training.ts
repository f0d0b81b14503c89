// Training speed on the digits, one thread: the MLP 64-32-10 and the CNN of `assay model train --model cnn`. An epoch as
// one Scan in onnxruntime-node against a run per step, and against torch's plain loop on the same batches (Debian's
// python3-torch; skipped where it is missing).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';
import { encodeModel } from '../node/core/onnx/encode.ts';
import type { Model } from '../node/core/onnx/model.ts';
import { type Tensor, tensor, tensorBytes } from '../node/core/tensor/tensor.ts';
import {
  type ConvNetwork,
  convModel,
  convParameterShapes,
  initialConvParameters,
} from '../node/core/train/convModel.ts';
import { parseDataset } from '../node/core/train/dataset.ts';
import { buildEpoch } from '../node/core/train/epoch.ts';
import { denseModel, flatten, initialParameters, type Parameters, parameterShapes } from '../node/core/train/models.ts';
import { momentum, type Optimizer, sgd } from '../node/core/train/optimizer.ts';
import { type BatchPlan, epochInputs, planBatches, startState, trainingResult } from '../node/core/train/plan.ts';
import { divideBy, labelTensor, scaleFeatures, takeRows } from '../node/core/train/scaling.ts';
import { splitRows } from '../node/core/train/split.ts';
import { buildStep, NAMES, NEXT, type TrainingGraph } from '../node/core/train/step.ts';
import type { BenchRow } from './row.ts';

const BATCH = 32;
const MLP = { inputs: 64, hidden: [32], classes: 10 };
const CNN: ConvNetwork = { image: [1, 8, 8], maps: [16, 32, 32], classes: 10 };

/** One architecture, and how much of its training is timed. */
interface Case {
  readonly name: string;
  readonly model: Model;
  readonly initial: Parameters;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly sample: readonly number[];
  readonly optimizer: Optimizer;
  /** Velocity kept from step to step; 0 is plain SGD. */
  readonly momentum: number;
  readonly rate: number;
  readonly epochs: number;
  readonly runs: number;
  /** Least speed relative to torch (federated.md 4: small models 3x, convolutions not slower than 1.2x). */
  readonly target: number;
}

const mlpStart = initialParameters(MLP, 0);
const cnnStart = initialConvParameters(CNN, 0);
const CASES: readonly Case[] = [
  {
    name: 'MLP 64-32-10',
    model: denseModel(MLP, mlpStart),
    initial: mlpStart,
    shapes: parameterShapes(MLP),
    sample: [64],
    optimizer: sgd,
    momentum: 0,
    rate: 0.1,
    epochs: 20,
    runs: 20,
    target: 3,
  },
  {
    name: 'CNN 16-32-32',
    model: convModel(CNN, cnnStart),
    initial: cnnStart,
    shapes: convParameterShapes(CNN),
    sample: CNN.image,
    optimizer: momentum(0.9),
    momentum: 0.9,
    rate: 0.02,
    epochs: 2,
    runs: 20,
    target: 1 / 1.2,
  },
];

type Values = ReadonlyMap<string, Tensor>;
const toFeeds = (values: Values): Record<string, ort.Tensor> =>
  Object.fromEntries(
    [...values].map(([name, { dtype, data, dims }]) => [name, new ort.Tensor(dtype, data as never, dims)]),
  );
const fromResults = (results: ort.InferenceSession.OnnxValueMapType): Values =>
  new Map(
    Object.entries(results).map(([name, value]) => {
      const { type, dims, data } = value as ort.Tensor;
      return [name, { dtype: type, dims, data } as Tensor];
    }),
  );

function setUp(subject: Case) {
  const dataset = parseDataset(readFileSync(new URL('../data/digits.csv', import.meta.url), 'utf8'));
  const rows = splitRows(dataset, 'digits', 0).train;
  return {
    subject,
    features: scaleFeatures(dataset, divideBy(dataset.columns, 16)),
    labels: labelTensor(dataset),
    plan: planBatches({ rows, batch: BATCH, epochs: subject.epochs, tag: 'digits|bench|0' }),
  };
}
type Work = ReturnType<typeof setUp>;

const open = (graph: TrainingGraph): Promise<ort.InferenceSession> =>
  ort.InferenceSession.create(encodeModel(graph.model), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
  });

/** Least seconds of some runs after one to warm up. */
async function best(runs: number, run: () => Promise<unknown>): Promise<number> {
  await run();
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs; i++) {
    const begin = performance.now();
    await run();
    least = Math.min(least, (performance.now() - begin) / 1000);
  }
  return least;
}

/** Rows in the shape that the model takes them. */
const shaped = ({ sample }: Case, rows: Tensor<'float32'>) => tensor('float32', [rows.dims[0]!, ...sample], rows.data);

async function timeScan({ subject, features, labels, plan }: Work) {
  const { model, optimizer, rate, runs } = subject;
  const graph = buildEpoch({ model, batch: BATCH, optimizer });
  const session = await open(graph);
  const data = { features: shaped(subject, features), labels };
  const run = async () => fromResults(await session.run(toFeeds(epochInputs(startState(graph), data, plan, rate))));
  const weights = flatten(trainingResult(graph, await run()).parameters);
  const seconds = await best(runs, run);
  await session.release();
  return { seconds, weights };
}

/** Feeds of each step, prepared beforehand: only runs are timed. */
function stepFeeds({ subject, features, labels, plan }: Work): Record<string, ort.Tensor>[] {
  return Array.from({ length: plan.indices.dims[0]! }, (_, step) => {
    const [from, to] = [step * BATCH, (step + 1) * BATCH];
    const rows = Uint32Array.from(plan.indices.data.subarray(from, to), Number);
    const chosen = BigInt64Array.from(rows, (row) => labels.data[row]!);
    return toFeeds(
      new Map<string, Tensor>([
        [NAMES.features, shaped(subject, takeRows(features, rows))],
        [NAMES.labels, tensor('int64', [BATCH], chosen)],
        [NAMES.weights, tensor('float32', [BATCH], plan.weights.data.slice(from, to))],
        [NAMES.rate, tensor('float32', [], Float32Array.of(subject.rate))],
      ]),
    );
  });
}

async function timeSteps(work: Work): Promise<number> {
  const { model, optimizer, runs } = work.subject;
  const graph = buildStep({ model, batch: BATCH, optimizer });
  const session = await open(graph);
  const feeds = stepFeeds(work);
  const start = toFeeds(startState(graph));
  const names = graph.carried.map(({ name }) => name);
  const seconds = await best(runs, async () => {
    let state = start;
    for (const feed of feeds) {
      const results = await session.run({ ...feed, ...state });
      state = Object.fromEntries(names.map((name) => [name, results[name + NEXT] as ort.Tensor]));
    }
  });
  await session.release();
  return seconds;
}

interface TorchAnswer {
  readonly torch: string;
  readonly seconds: readonly number[];
  readonly weights: readonly number[];
}

const sizesOf = (plan: BatchPlan): number[] =>
  Array.from({ length: plan.indices.dims[0]! }, (_, step) => Math.round(1 / plan.weights.data[step * BATCH]!));

/** Runs the same training in torch; null where no Python with torch is found. */
function timeTorch({ subject, features, labels, plan }: Work): TorchAnswer | null {
  const python = ['python3', '/usr/bin/python3'].find((path) => spawnSync(path, ['-c', 'import torch']).status === 0);
  if (python === undefined) return null;
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'));
  try {
    const flat = flatten(subject.initial);
    const files = { features, labels, start: tensor('float32', [flat.length], flat), indices: plan.indices };
    for (const [name, value] of Object.entries(files)) writeFileSync(join(folder, name), tensorBytes(value));
    const { sample, shapes, rate, momentum: kept } = subject;
    const meta = { sample, shapes: [...shapes.values()], batch: BATCH, rate, momentum: kept, sizes: sizesOf(plan) };
    writeFileSync(join(folder, 'meta.json'), JSON.stringify(meta));
    const script = fileURLToPath(new URL('torchTraining.py', import.meta.url));
    const run = spawnSync(python, [script, folder, String(subject.runs)], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`torch failed: ${run.stderr}`);
    return JSON.parse(run.stdout) as TorchAnswer;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function runCase(subject: Case): Promise<BenchRow[]> {
  const { name: what, target, runs } = subject;
  const work = setUp(subject);
  const steps = work.plan.indices.dims[0]!;
  const perStep = (seconds: number) => (seconds / steps) * 1e6;
  const scan = await timeScan(work);
  const single = await timeSteps(work);
  const torch = timeTorch(work);
  const row = (name: string, peer: number | null, extra: Partial<BenchRow>): BenchRow => ({
    name: `training ${what}: ${name}`,
    ours: perStep(scan.seconds),
    peer: peer === null ? null : perStep(peer),
    ratio: peer === null ? null : peer / scan.seconds,
    unit: 'us/step',
    ...extra,
  });
  const rows = [row('one Scan against a run per step', single, { note: `${steps} steps, best of ${runs}` })];
  if (torch === null) {
    const note = 'skipped: no python3 with torch (Debian: apt-get install python3-torch)';
    return [...rows, row('one Scan against torch', null, { target, note })];
  }
  const apart = torch.weights.reduce((most, weight, i) => Math.max(most, Math.abs(weight - scan.weights[i]!)), 0);
  if (!(apart < 1e-2)) throw new Error(`${what}: torch ends at other weights: ${apart} apart`);
  const note = `torch ${torch.torch}, same batches, final weights within ${apart.toExponential(1)}`;
  return [...rows, row('one Scan against torch', Math.min(...torch.seconds), { target, note })];
}

/** Training in microseconds per step: ours (Scan) against a run per step, and against torch. */
export async function run(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const subject of CASES) rows.push(...(await runCase(subject)));
  return rows;
}

if (import.meta.main) {
  for (const { name, ours, peer, ratio, unit, target, note } of await run()) {
    const figures = peer === null ? ours.toFixed(1) : `${ours.toFixed(1)} against ${peer.toFixed(1)}`;
    const verdict =
      ratio === null ? '' : `, ${ratio.toFixed(2)}x${target === undefined ? '' : ` (target ${target.toFixed(2)}x)`}`;
    console.log(`${name}: ${figures} ${unit}${verdict}${note === undefined ? '' : `; ${note}`}`);
  }
}
