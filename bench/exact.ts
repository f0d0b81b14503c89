// What proofs cost: a receipt beside the run it is for, a full trace beside a plain run, and exact networks beside the
// float networks that they were compiled from. Everything on stock onnxruntime in this process, one thread; the two
// sides of a row take turns.
import * as ort from 'onnxruntime-node';
import { receiptHasher } from '../node/core/codec/receipt.ts';
import { compileExact } from '../node/core/exact/compile.ts';
import { modelFromProgram } from '../node/core/exact/modelFromProgram.ts';
import { type Program, programRoot } from '../node/core/exact/program.ts';
import { encodeInput } from '../node/core/exact/quantize.ts';
import { tensorCommitment } from '../node/core/merkle/tensorCommitment.ts';
import { graphBuilder, ints } from '../node/core/onnx/build.ts';
import { decodeModel } from '../node/core/onnx/decode.ts';
import { encodeModel } from '../node/core/onnx/encode.ts';
import { elementCount, type Tensor, tensor } from '../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256 } from '../node/host.ts';
import { createOnnxRuntime } from '../node/runtime/onnxruntime/pool.ts';
import { collectTrace, commitTrace } from '../node/service/trace.ts';
import { convolutionalProgram } from '../test/helpers/convolutionalProgram.ts';
import { denseModel } from '../test/helpers/denseModel.ts';
import { exactNetworks, floatNetwork } from '../test/helpers/exactNetworks.ts';
import { randomInput } from '../test/helpers/randomProgram.ts';
import { Seeded } from '../test/helpers/seeded.ts';
import { testSigner } from '../test/helpers/testSigner.ts';
import type { BenchRow } from './row.ts';

const ROUNDS = 40;
const ROUND_MS = 15;
const CALLERS = 16;
const RECEIPT_SHARE = 0.03;
const TRACE_LIMIT = 1.25;
const OPTIONS = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 } as const;

type Work = () => unknown;

/** Mean time of one call in ms over about ROUND_MS. */
async function lap(work: Work): Promise<number> {
  const started = performance.now();
  let calls = 0;
  for (; calls === 0 || performance.now() - started < ROUND_MS; calls++) await work();
  return (performance.now() - started) / calls;
}

/** The best of laps that take turns: what the machine can do when nothing else runs. */
async function race(...works: readonly Work[]): Promise<number[]> {
  for (const work of works) await lap(work);
  const best = works.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++)
    for (const [at, work] of works.entries()) best[at] = Math.min(best[at]!, await lap(work));
  return best;
}

const feedOf = ({ dtype, data, dims }: Tensor): ort.Tensor => new ort.Tensor(dtype, data as never, dims);
const fromOrt = ({ type, dims, data }: ort.Tensor): Tensor => ({
  dtype: type as Tensor['dtype'],
  dims,
  data: data as Tensor['data'],
});
const open = (file: Uint8Array): Promise<ort.InferenceSession> => ort.InferenceSession.create(file, OPTIONS);

/** Products of one row. */
const products = ({ steps }: Program): number =>
  steps.reduce((sum, { op, outDims, constants }) => {
    if (op !== 'QLINEAR' && op !== 'QCONV2D') return sum;
    const [weight] = constants;
    return sum + elementCount(outDims) * (weight!.data.length / weight!.dims[0]!);
  }, 0);
const millions = (program: Program): string => `${(products(program) / 1e6).toFixed(1)}M products`;

/** What `node/service/worker/answers.ts` adds to a run: roots of input and output, EIP-712 digest, signature. */
function receiptOf(program: Program): (input: Tensor, output: Tensor) => unknown {
  const signer = testSigner('bench');
  const root = programRoot(program, sha256);
  const digestOf = receiptHasher({ chainId: 31337n, verifyingContract: signer.address });
  return (input, output) =>
    signer.signDigest(
      digestOf({
        jobId: root,
        versionId: 1n,
        programRoot: root,
        inputRoot: tensorCommitment(input, { sha256 }),
        outputRoot: tensorCommitment(output, { sha256 }),
        worker: signer.address,
        issuedAt: BigInt(Math.floor(Date.now() / 1000)),
      }),
    );
}

const share = (part: number, whole: number): string =>
  `${((100 * part) / whole).toFixed(2)} % of a run of ${whole.toFixed(2)} ms`;

/** A receipt one after the other with the run, on one core; and where it really happens, beside the process that runs. */
async function receiptRows(): Promise<readonly BenchRow[]> {
  const program = convolutionalProgram({ image: [32, 32, 3], stages: [32, 64, 96], depth: 3, classes: 10 });
  const file = encodeModel(modelFromProgram(program));
  const input = randomInput(new Seeded(1), program, 1);
  const bare = await open(file);
  const feeds = { [program.input.name]: feedOf(input) };
  const output = fromOrt((await bare.run(feeds))[program.output.name]!);
  const receipt = receiptOf(program);
  const roots = (): unknown => [tensorCommitment(input, { sha256 }), tensorCommitment(output, { sha256 })];
  const [run, hashed, signed] = await race(
    () => bare.run(feeds),
    roots,
    () => receipt(input, output),
  );
  await bare.release();
  const budget = run! * RECEIPT_SHARE;
  const row = (name: string, cost: number): BenchRow => ({
    name: `${name}, against ${100 * RECEIPT_SHARE} % of the run`,
    ours: cost * 1000,
    peer: budget * 1000,
    ratio: budget / cost,
    unit: 'us',
    target: 1,
    note: `${share(cost, run!)}, convolutional network, ${millions(program)}`,
  });
  return [
    row('receipt: hashing input and output', hashed!),
    row('receipt: hashing, digest and signature, one after the other', signed!),
    await servedRow(program, file, input, receipt),
  ];
}

/** Runs per second of a version in its own process, with a receipt for each and without. */
async function servedRow(
  program: Program,
  file: Uint8Array,
  input: Tensor,
  receipt: (input: Tensor, output: Tensor) => unknown,
): Promise<BenchRow> {
  const runtime = createOnnxRuntime();
  try {
    const session = await runtime.load(file);
    const inputs = new Map([[program.input.name, input]]);
    const plain = async (): Promise<Tensor> => (await session.run(inputs)).get(program.output.name)!;
    const sealed = async (): Promise<unknown> => receipt(input, await plain());
    const [plainMs, sealedMs] = await race(
      () => Promise.all(Array.from({ length: CALLERS }, plain)),
      () => Promise.all(Array.from({ length: CALLERS }, sealed)),
    );
    const [peer, ours] = [(CALLERS * 1000) / plainMs!, (CALLERS * 1000) / sealedMs!];
    return {
      name: 'served with a receipt each, against served without',
      ours,
      peer,
      ratio: ours / peer,
      unit: 'runs/s',
      target: 1 - RECEIPT_SHARE,
      note: `${CALLERS} callers, one runtime process; receipts are made while it runs the next`,
    };
  } finally {
    await runtime.close();
  }
}

interface Traced {
  readonly name: string;
  readonly program: Program;
  readonly target?: number;
  readonly rows?: number;
}

/** Every step an output, collected and committed, against the run that serves. */
async function traceRow({ name, program, target, rows = 1 }: Traced): Promise<BenchRow> {
  const input = randomInput(new Seeded(2), program, rows);
  const plain = await open(encodeModel(modelFromProgram(program)));
  const tracing = await open(encodeModel(modelFromProgram(program, { trace: true })));
  const feeds = { [program.input.name]: feedOf(input) };
  let bytes = 0;
  const trace = async (): Promise<void> => {
    const results = Object.entries(await tracing.run(feeds)).map(([key, value]) => [key, fromOrt(value)] as const);
    const tensors = collectTrace(program, new Map(results), rows)!;
    bytes = tensors.reduce((sum, { data }) => sum + data.byteLength, 0);
    commitTrace(tensors, 'runtime', sha256);
  };
  const [run, traced] = await race(() => plain.run(feeds), trace);
  await Promise.all([plain.release(), tracing.release()]);
  return {
    name: `full trace against the plain run, ${name}`,
    ours: traced!,
    peer: run!,
    ratio: run! / traced!,
    unit: 'ms',
    ...(target === undefined ? {} : { target }),
    note: `${(traced! / run!).toFixed(2)}x, ${program.steps.length} steps, ${(bytes / 1000).toFixed(0)} kB hashed, ${millions(program)}`,
  };
}

interface Compared {
  readonly name: string;
  readonly float: Uint8Array;
  /** float32 [rows, ...dims]. */
  readonly calibration: Tensor;
  readonly batch: number;
  readonly target?: number;
}

/** Rows per second of the exact network against those of its float original. */
async function throughputRow({ name, float, calibration, batch, target }: Compared): Promise<BenchRow> {
  const { program } = compileExact(decodeModel(float), calibration);
  const size = elementCount(calibration.dims.slice(1));
  const values = Float32Array.from(
    { length: batch * size },
    (_, at) => calibration.data[at % calibration.data.length] as number,
  );
  const [theirs, ours] = await Promise.all([open(float), open(encodeModel(modelFromProgram(program)))]);
  const x = tensor('float32', [batch, ...calibration.dims.slice(1)], values);
  const floatFeeds = { [theirs.inputNames[0]!]: feedOf(x) };
  const exactFeeds = { [program.input.name]: feedOf(encodeInput(program, values, [batch, ...program.input.dims])) };
  const [a, b] = await race(
    () => theirs.run(floatFeeds),
    () => ours.run(exactFeeds),
  );
  await Promise.all([theirs.release(), ours.release()]);
  return {
    name: `exact against float, ${name}, ${batch === 1 ? 'one row' : `${batch} rows`}`,
    ours: (batch * 1000) / b!,
    peer: (batch * 1000) / a!,
    ratio: a! / b!,
    unit: 'rows/s',
    ...(target === undefined ? {} : { target }),
    note: millions(program),
  };
}

/** A VGG-like float network [N, 3, size, size] of random weights. */
function floatCnn(size: number, stages: readonly number[], depth: number): Uint8Array {
  const random = new Seeded(3);
  const g = graphBuilder('cnn', { opset: 17 });
  const gauss = (dims: readonly number[], scale: number): Tensor =>
    tensor(
      'float32',
      dims,
      Float32Array.from({ length: elementCount(dims) }, () => (random.unit() - 0.5) * scale),
    );
  let [name, channels, side] = [g.input('x', 'float32', ['N', 3, size, size]), 3, size];
  for (const [index, out] of stages.entries()) {
    if (index > 0) {
      name = g.node('MaxPool', [name], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) });
      side >>= 1;
    }
    for (let layer = 0; layer < depth; layer++) {
      const weight = g.constant('w', gauss([out, channels, 3, 3], 2 * Math.sqrt(6 / (9 * channels))));
      const bias = g.constant('b', gauss([out], 0.1));
      name = g.node('Relu', [g.node('Conv', [name, weight, bias], { pads: ints([1, 1, 1, 1]) })]);
      channels = out;
    }
  }
  const flat = g.node('Flatten', [name]);
  const k = side * side * channels;
  const head = g.node('Gemm', [
    flat,
    g.constant('w', gauss([k, 10], 2 / Math.sqrt(k))),
    g.constant('b', gauss([10], 0.1)),
  ]);
  g.output(head, 'float32', ['N', 10], 'y');
  return encodeModel(g.model());
}

function noise(dims: readonly number[]): Tensor {
  const random = new Seeded(4);
  return tensor(
    'float32',
    dims,
    Float32Array.from({ length: elementCount(dims) }, () => random.unit()),
  );
}

export async function run(): Promise<readonly BenchRow[]> {
  const cnn = (size: number, stages: readonly number[], depth: number): Program =>
    convolutionalProgram({ image: [size, size, 3], stages, depth, classes: 10 });
  const target = 1 / TRACE_LIMIT;
  const rows: BenchRow[] = [...(await receiptRows())];
  rows.push(await traceRow({ name: 'convolutions at 56x56', program: cnn(56, [64, 64, 128, 128], 2), target }));
  rows.push(await traceRow({ name: 'convolutions at 32x32', program: cnn(32, [32, 64, 96], 2), target }));
  const dense = denseModel(1024, 8).file;
  const wide = compileExact(decodeModel(dense), noise([16, 1024])).program;
  rows.push(await traceRow({ name: 'dense 8 x 1024', program: wide }));
  const mobilenet = await exactNetworks(1)
    .find(({ name }) => name === 'torch-mobilenet')
    ?.load();
  if (mobilenet !== undefined) rows.push(await traceRow({ name: 'MobileNetV2 at 8x8', program: mobilenet.program }));
  for (const batch of [1, 16])
    rows.push(
      await throughputRow({ name: 'dense 8 x 1024', float: dense, calibration: noise([16, 1024]), batch, target: 1 }),
    );
  for (const name of ['torch-mlp', 'torch-cnn', 'torch-transformer']) {
    const { bytes, calibration } = floatNetwork(name);
    for (const batch of [1, 64]) rows.push(await throughputRow({ name, float: bytes, calibration, batch }));
  }
  for (const batch of [1, 16])
    rows.push(
      await throughputRow({
        name: 'convolutions at 32x32',
        float: floatCnn(32, [32, 64, 96], 2),
        calibration: noise([8, 3, 32, 32]),
        batch,
      }),
    );
  return rows;
}
