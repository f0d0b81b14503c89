import type { Program, ProgramInput } from '../../node/core/exact/program.ts';
import { proveProgram } from '../../node/core/exact/prove.ts';
import { RANGE_CLASSES, type RangeClass } from '../../node/core/exact/rangeClass.ts';
import type { Step, StepOp, ValueFacts } from '../../node/core/exact/step.ts';
import { STEP_KINDS } from '../../node/core/exact/stepKinds.ts';
import { qlinear } from '../../node/core/exact/steps/qlinear.ts';
import { type Tensor, tensor } from '../../node/core/tensor/tensor.ts';
import { MAKERS, type StepMaker } from './randomSteps.ts';
import type { Seeded } from './seeded.ts';

export interface RandomProgramOptions {
  readonly steps?: number;
  readonly maxWidth?: number;
  /** Numerators beyond 2^53, so that the interpreter must take its wide path. */
  readonly wide?: boolean;
  readonly rangeClass?: RangeClass;
}

const bitLength = (value: bigint): number => value.toString(2).length;

function randomStep(
  random: Seeded,
  source: number,
  k: number,
  n: number,
  from: RangeClass,
  to: RangeClass | 'int32',
  wide: boolean,
): Step {
  const { input, weight } = RANGE_CLASSES[from];
  const style = random.int(0, 3);
  const value = (): number => (style === 0 ? random.pick([weight.lo, weight.hi]) : random.int(weight.lo, weight.hi));
  const values = Array.from({ length: n * k }, style === 1 ? () => weight.hi : value);
  const inputZeroPoint = random.pick([0, input.lo, input.hi, random.int(input.lo, input.hi)]);
  const weightZeroPoint = weight.dtype === 'uint8' ? random.int(0, 255) : 0;
  const accMax = BigInt(k * (input.hi - input.lo) * Math.max(weight.hi - weightZeroPoint, weightZeroPoint - weight.lo));
  const multiplierBits = (wide ? 60 : 51) - bitLength(accMax);
  const multipliers = Array.from(
    { length: n },
    () => 1n + random.uint(random.int(1, 5) === 1 ? random.int(1, multiplierBits) : multiplierBits),
  );
  const most = multipliers.toSorted((a, b) => (a < b ? -1 : 1)).at(-1)!;
  // Random dot products stay about sqrt(K) below the worst case; outputs should spread over their type, and clip at times.
  const typicalBits = bitLength(accMax * most) - Math.round(Math.log2(k) / 2) - 1;
  const shift = Math.max(1, Math.min(61, typicalBits - (to === 'int32' ? 20 : 7) + random.int(-2, 2)));
  const b = ((accMax * most) >> BigInt(shift)) + 2n;
  const out = to === 'int32' ? { dtype: 'int32' as const, lo: -(2 ** 31), hi: 2 ** 31 - 1 } : RANGE_CLASSES[to].input;
  const lo = random.pick([out.lo, out.lo, out.lo + 3]);
  const hi = random.pick([out.hi, out.hi, out.hi - 5]);
  const zo = BigInt(random.pick([0, lo < -1000 ? -500 : lo, Math.min(hi, 60)]));
  const pairs = multipliers.flatMap((m) => [m, random.pick([0n, 1n, random.uint(shift)]) + (b << BigInt(shift))]);
  return qlinear({
    rangeClass: from,
    source,
    k,
    n,
    weight:
      weight.dtype === 'int8'
        ? tensor('int8', [n, k], Int8Array.from(values))
        : tensor('uint8', [n, k], Uint8Array.from(values)),
    inputZeroPoint,
    weightZeroPoint,
    pairs: tensor('int64', [n, 2], BigInt64Array.from(pairs)),
    shift,
    offset: b - zo,
    lo,
    hi,
    outDtype: out.dtype,
  });
}

function perElement(random: Seeded, dims: readonly number[]): Pick<ProgramInput, 'scale' | 'offset'> {
  const size = dims.reduce((a, b) => a * b, 1);
  const units = (low: number): number[] => Array.from({ length: size }, () => low + random.unit());
  return { scale: units(1e-9), offset: units(-0.5) };
}

/** A proven program of random shape, weights, zero points and constants, extremes included. */
export function randomProgram(random: Seeded, options: RandomProgramOptions = {}): Program {
  const classes = (length: number): RangeClass[] =>
    Array.from({ length }, () => options.rangeClass ?? random.pick(['U8U8', 'U7S8', 'S8S8'] as const));
  const count = options.steps ?? random.int(1, 4);
  const chain = classes(count);
  const dims = random.pick([[random.int(1, options.maxWidth ?? 70)], [2, random.int(1, 20)], [1, 3, random.int(1, 9)]]);
  const first = RANGE_CLASSES[chain[0]!].input;
  const input: ProgramInput = {
    name: 'x',
    dtype: first.dtype,
    dims,
    lo: first.lo,
    hi: first.hi,
    zeroPoint: 0,
    ...random.pick([{ scale: [1 / 128], offset: [0] }, perElement(random, dims)]),
  };
  let k = dims.reduce((a, b) => a * b, 1);
  const steps = chain.map((from, index) => {
    const n = random.int(1, options.maxWidth ?? 40);
    const step = randomStep(
      random,
      index,
      k,
      n,
      from,
      chain[index + 1] ?? random.pick(['int32', 'U7S8', 'S8S8'] as const),
      options.wide ?? false,
    );
    k = n;
    return step;
  });
  return proveProgram({ input, steps, output: { name: 'y', scale: 0.25, zeroPoint: 0, activation: 'none' } });
}

export interface RandomGraphOptions {
  /** @default 2 to 7 */
  readonly steps?: number;
  /** @default all */
  readonly ops?: readonly StepOp[];
  /** Dimensions of an input sample. */
  readonly dims?: readonly number[];
}

/** A proven program of random steps of all kinds; every step reads the one before, some another one as well. */
export function randomGraph(random: Seeded, options: RandomGraphOptions = {}): Program {
  const ops = options.ops ?? (Object.keys(MAKERS) as StepOp[]);
  const dims = options.dims ?? random.pick([[6, 5, 4], [4, 4, 3], [24], [8, 12], [7, 3, 2], [1, 9, 8], [1]]);
  const range = random.pick([
    { dtype: 'uint8', lo: 0, hi: 255 },
    { dtype: 'uint8', lo: 0, hi: 127 },
    { dtype: 'int8', lo: -127, hi: 127 },
    { dtype: 'int8', lo: -128, hi: 127 },
  ] as const);
  const values: ValueFacts[] = [{ size: dims.reduce((a, b) => a * b, 1), ...range }];
  const steps: Step[] = [];
  const count = options.steps ?? random.int(2, 7);
  for (let attempts = 0; steps.length < count && attempts < 1000; attempts++) {
    const maker: StepMaker = MAKERS[random.pick(ops) as keyof typeof MAKERS];
    const sources = values.map((facts, index) => ({ ...facts, index }));
    const step = maker(random, sources.at(-1)!, sources);
    if (step === undefined) continue;
    const read = step.sources.map((source) => values[source]!);
    values.push(STEP_KINDS[step.op].prove(step, read, `random step ${steps.length + 1}`).output);
    steps.push(step);
  }
  // Some operators take no int8 that can be -128.
  if (steps.length === 0) return randomGraph(random, options);
  return proveProgram({
    input: { name: 'x', dims, zeroPoint: 0, scale: [1], offset: [0], ...range },
    steps,
    output: { name: 'y', scale: 1, zeroPoint: 0, activation: 'none' },
  });
}

/** Rows of extremes, ramps and noise inside the program's input range. */
export function randomInput(random: Seeded, { input }: Program, rows: number): Tensor {
  const size = input.dims.reduce((a, b) => a * b, 1);
  const row = (index: number): number[] => {
    const style = index < 4 ? index : random.int(0, 5);
    return Array.from({ length: size }, (_, at) => {
      if (style === 0) return input.hi;
      if (style === 1) return input.lo;
      if (style === 2) return at % 2 === 0 ? input.hi : input.lo;
      if (style === 3) return random.pick([input.lo, input.hi]);
      return random.int(input.lo, input.hi);
    });
  };
  const values = Array.from({ length: rows }, (_, index) => row(index)).flat();
  const dims = [rows, ...input.dims];
  return input.dtype === 'uint8'
    ? tensor('uint8', dims, Uint8Array.from(values))
    : tensor('int8', dims, Int8Array.from(values));
}

const clamped = (value: bigint, lo: bigint, hi: bigint): bigint => {
  if (value < lo) return lo;
  return value > hi ? hi : value;
};

/** The normative formula of docs/program.md in big integers and nothing else: the oracle of every other evaluator. */
export function oracle(program: Program, input: Tensor): bigint[][] {
  const floorDiv = (a: bigint, b: bigint): bigint => (a >= 0n ? a / b : -((-a + b - 1n) / b));
  const rows = input.dims[0]!;
  const outputs: bigint[][] = [];
  let x = Array.from(input.data as Uint8Array | Int8Array, BigInt);
  for (const { attributes: a, constants, outDims } of program.steps) {
    const [k, n] = [Number(a[0]), outDims.at(-1)!];
    const [weight, pairs] = [constants[0]!.data as Int8Array, constants[1]!.data as BigInt64Array];
    const y: bigint[] = [];
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < n; c++) {
        let acc = 0n;
        for (let i = 0; i < k; i++) acc += (x[r * k + i]! - a[1]!) * (BigInt(weight[c * k + i]!) - a[2]!);
        const value = floorDiv(acc * pairs[2 * c]! + pairs[2 * c + 1]!, 2n ** a[10]!) - a[11]!;
        y.push(clamped(value, a[12]!, a[13]!));
      }
    }
    outputs.push(y);
    x = y;
  }
  return outputs;
}
