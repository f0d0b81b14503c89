import { invariant } from '../errors.ts';
import { type GraphBuilder, graphBuilder, ints } from '../onnx/build.ts';
import type { Model } from '../onnx/model.ts';
import { elementCount, type Tensor, tensor, tensorBytes } from '../tensor/tensor.ts';
import { type StepCase, stepCases } from './conformanceSteps.ts';
import { byteScalar, Emitter, emitRequant, type Requantization } from './emitter.ts';
import { type Bytes, convInteger, matMulInteger } from './integerOps.ts';
import { RANGE_CLASSES, type RangeClass } from './rangeClass.ts';
import { scramble } from './scramble.ts';
import type { ValueFacts } from './step.ts';
import { STEP_KINDS } from './stepKinds.ts';

/**
 * One model whose outputs are the cases, by name, with what a machine must answer. A node encodes and runs the model
 * at boot and serves no exact version when {@link failedCases} names any case (verification.md 3.3).
 */
export interface ConformanceSuite {
  readonly model: Model;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly expected: ReadonlyMap<string, Tensor>;
}

/** Names of the cases whose answer is missing or differs in type, shape or any bit. */
export const failedCases = (suite: ConformanceSuite, outputs: ReadonlyMap<string, Tensor>): string[] =>
  [...suite.expected].flatMap(([name, wanted]) => (isEqual(wanted, outputs.get(name)) ? [] : [name]));

function isEqual(wanted: Tensor, given: Tensor | undefined): boolean {
  if (given === undefined || given.dtype !== wanted.dtype || given.dims.length !== wanted.dims.length) return false;
  if (given.dims.some((dim, axis) => dim !== wanted.dims[axis])) return false;
  const [a, b] = [tensorBytes(wanted), tensorBytes(given)];
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

const DEPTHS = [64, 130, 1024] as const;
/** x [C, H, W], kernel and padding of the convolutions, for each K = C * kernel. */
const CONVOLUTIONS = {
  64: { x: [64, 3, 3], kernel: [1, 1], pad: 0 },
  130: { x: [13, 4, 7], kernel: [2, 5], pad: 1 },
  1024: { x: [16, 9, 9], kernel: [8, 8], pad: 0 },
} as const;
const ROWS = 5;
/** Odd, so that kernels have leftovers at the end of their tiles. */
const CHANNELS = 19;
const CONV_CHANNELS = 9;

interface Range {
  readonly dtype: 'uint8' | 'int8';
  readonly lo: number;
  readonly hi: number;
}
interface Operands {
  readonly name: string;
  readonly input: Range;
  readonly weight: Range;
  readonly zeroPoints: readonly number[];
}

/** `input` and `weight` at element `i` of an operand; extremes whose sums saturate 16 bits where a kernel is unsound. */
const PATTERNS: Readonly<Record<string, (range: Range, i: number, isWeight: boolean) => number>> = {
  highHigh: ({ hi }) => hi,
  highLow: ({ lo, hi }, _, isWeight) => (isWeight ? lo : hi),
  lowLow: ({ lo }) => lo,
  alternating: ({ lo, hi }, i) => (i % 2 === 0 ? hi : lo),
  noise: ({ lo, hi }, i, isWeight) => {
    const bits = scramble(2 * i + (isWeight ? 1 : 0));
    if (bits % 4 === 0) return hi;
    return bits % 4 === 1 ? lo : lo + ((bits >>> 8) % (hi - lo + 1));
  },
};

const ZERO_POINTS: Readonly<Record<RangeClass, readonly number[]>> = {
  U8U8: [0, 64, 128],
  U7S8: [0, 64, 127],
  S8S8: [0, 64, -127],
};

/** Operands outside every class: what AVX2 without VNNI and ARM64 without dot-product instructions get wrong. */
const OUTSIDE: readonly Operands[] = [
  {
    name: 'u8 full x s8 full',
    input: { dtype: 'uint8', lo: 0, hi: 255 },
    weight: { dtype: 'int8', lo: -128, hi: 127 },
    zeroPoints: [0],
  },
  {
    name: 's8 full x s8 full',
    input: { dtype: 'int8', lo: -128, hi: 127 },
    weight: { dtype: 'int8', lo: -128, hi: 127 },
    zeroPoints: [0],
  },
];

/**
 * The cases: 135 MatMulInteger, 135 ConvInteger, 10 requantisations at the edges of int64, and the form of every step
 * operator. Operands inside the classes.
 */
export function conformanceSuite(): ConformanceSuite {
  const draft = new Draft('conformance');
  for (const name of Object.keys(RANGE_CLASSES) as RangeClass[]) {
    draft.addProducts({ name, ...RANGE_CLASSES[name], zeroPoints: ZERO_POINTS[name] });
  }
  REQUANTIZATIONS.forEach((requantization, index) => {
    draft.addRequantization(requantization, `requant ${index + 1}`);
  });
  for (const one of stepCases()) draft.addStep(one);
  return draft.suite();
}

/**
 * The negative control: the same products with operands outside the classes. A machine may fail these and is still fit
 * for exact versions; that some do is why the classes exist.
 */
export function controlSuite(): ConformanceSuite {
  const draft = new Draft('control');
  for (const operands of OUTSIDE) draft.addProducts(operands);
  return draft.suite();
}

class Draft {
  readonly #g: GraphBuilder;
  readonly #inputs = new Map<string, Tensor>();
  readonly #constants = new Map<string, string>();
  readonly #expected = new Map<string, Tensor>();

  constructor(name: string) {
    this.#g = graphBuilder(name, { opset: 17 });
  }

  suite(): ConformanceSuite {
    return { model: this.#g.model(), inputs: this.#inputs, expected: this.#expected };
  }

  addProducts(operands: Operands): void {
    for (const k of DEPTHS) for (const pattern of Object.keys(PATTERNS)) this.#addPair(operands, k, pattern);
  }

  #addPair(operands: Operands, k: (typeof DEPTHS)[number], pattern: string): void {
    const { name, input, weight, zeroPoints } = operands;
    const { x: xDims, kernel, pad } = CONVOLUTIONS[k];
    const tag = `${name} K ${k} ${pattern}`;
    const a = this.#operand(`MatMul ${tag} a`, [ROWS, k], input, pattern, false);
    const b = this.#operand(`MatMul ${tag} b`, [k, CHANNELS], weight, pattern, true);
    const x = this.#operand(`Conv ${tag} x`, [1, ...xDims], input, pattern, false);
    const w = this.#operand(`Conv ${tag} w`, [CONV_CHANNELS, xDims[0], ...kernel], weight, pattern, true);
    for (const [index, zero] of zeroPoints.entries()) {
      const weightZero = weight.dtype === 'uint8' ? zero : 0;
      // Constant weights are packed when a model loads, others when it runs: two code paths of a runtime.
      const isConstant = index !== 1;
      this.#add('MatMulInteger', [a, b], isConstant, [zero, weightZero], {}, `MatMul ${tag} zero ${zero}`, (p, q) =>
        matMulInteger(p, q, zero, weightZero),
      );
      const pads = { pads: ints([pad, pad, pad, pad]) };
      this.#add('ConvInteger', [x, w], isConstant, [zero, weightZero], pads, `Conv ${tag} zero ${zero}`, (p, q) =>
        convInteger(p, q, zero, weightZero, pad),
      );
    }
  }

  #operand(
    name: string,
    dims: readonly number[],
    range: Range,
    pattern: string,
    isWeight: boolean,
  ): { readonly name: string; readonly value: Bytes } {
    const length = dims.reduce((product, dim) => product * dim, 1);
    const of = PATTERNS[pattern]!;
    const values = Array.from({ length }, (_, i) => of(range, i, isWeight));
    const value: Bytes =
      range.dtype === 'uint8'
        ? tensor('uint8', dims, Uint8Array.from(values))
        : tensor('int8', dims, Int8Array.from(values));
    return { name, value };
  }

  #add(
    op: string,
    operands: readonly { readonly name: string; readonly value: Bytes }[],
    isConstant: boolean,
    zeros: readonly number[],
    attributes: Parameters<GraphBuilder['node']>[2],
    name: string,
    evaluate: (left: Bytes, right: Bytes) => Tensor,
  ): void {
    const [left, right] = operands;
    invariant(left !== undefined && right !== undefined && zeros.length === 2, 'a product has two operands');
    const names = [this.#fed(left), isConstant ? this.#packed(right) : this.#fed(right)];
    const zeroNames = zeros.map((zero, index) =>
      this.#g.constant('zero', byteScalar(operands[index]!.value.dtype, zero)),
    );
    const output = this.#g.node(op, [...names, ...zeroNames], attributes, { name });
    this.#expect(output, evaluate(left.value, right.value));
  }

  /** The operand as an input, declared once. */
  #fed({ name, value }: { readonly name: string; readonly value: Tensor }): string {
    if (!this.#inputs.has(name)) {
      this.#g.input(name, value.dtype, value.dims);
      this.#inputs.set(name, value);
    }
    return name;
  }

  /** The operand as a constant, shared by the cases that use it. */
  #packed({ name, value }: { readonly name: string; readonly value: Tensor }): string {
    const known = this.#constants.get(name) ?? this.#g.constant(`${name} packed`, value);
    this.#constants.set(name, known);
    return known;
  }

  #expect(name: string, value: Tensor): void {
    this.#g.output(name, value.dtype, value.dims);
    this.#expected.set(name, value);
  }

  addStep({ name, step, sources }: StepCase): void {
    const fed = sources.map((value, at) => this.#fed({ name: `${name} source ${at}`, value }));
    const samples = sources.map(({ dtype, dims }) => ({ dtype, dims: dims.slice(1) }));
    const emitter = new Emitter(this.#g, { name: fed[0]!, ...samples[0]! });
    if (fed.length === 2) emitter.define(fed[1]!, samples[1]!.dtype, 'rows', samples[1]!.dims);
    const kind = STEP_KINDS[step.op];
    kind.emit(step, emitter, `${name} step`);
    const facts = step.sources.map((source): ValueFacts => {
      const { data } = sources[source]!;
      return { dtype: step.sourceDtype, size: elementCount(samples[source]!.dims), ...extremes(data as Int32Array) };
    });
    const proof = kind.prove(step, facts, name);
    const operands = step.sources.map((source) => sources[source]!);
    const wanted = kind.run(step, proof, operands, sources[0]!.dims[0]!);
    this.#g.output(emitter.rows(fed.length, step.outDims), wanted.dtype, wanted.dims, name);
    this.#expected.set(name, wanted);
  }

  addRequantization(step: Requantization, name: string): void {
    const acc = tensor('int32', [ACCUMULATORS.length / 2, 2], Int32Array.from(ACCUMULATORS));
    const fed = this.#fed({ name: 'accumulators', value: acc });
    const emitter = new Emitter(this.#g, { name: fed, dtype: 'int32', dims: [2] });
    const output = emitRequant(emitter, fed, 'int32', step, name);
    const values = ACCUMULATORS.map((value, at) => requantized(BigInt(value), at % 2, step));
    const data = { uint8: Uint8Array, int8: Int8Array, int32: Int32Array }[step.outDtype as 'int32'].from(values);
    this.#expect(output, { dtype: step.outDtype, dims: acc.dims, data });
  }
}

function extremes(data: Int32Array): { lo: number; hi: number } {
  let [lo, hi] = [data[0]!, data[0]!];
  for (const value of data) [lo, hi] = [Math.min(lo, value), Math.max(hi, value)];
  return { lo, hi };
}

const ACCUMULATORS = [
  0, 1, -1, 2, 127, -128, 255, 65_535, -65_536, 16_777_217, 2_147_483_647, -2_147_483_647, 1_073_741_824,
  -1_073_741_823,
];

function requantized(acc: bigint, channel: number, q: Requantization): number {
  const { multipliers, addends, shift, offset, lo, hi } = q;
  const y = ((acc * multipliers[channel]! + addends[channel]!) >> BigInt(shift)) - offset;
  return Number(y < BigInt(lo) ? BigInt(lo) : y > BigInt(hi) ? BigInt(hi) : y);
}

/** Multipliers of the two channels, shift, extra offset, clip. Addends keep the numerator from 0 to below 2^62. */
function requantization(
  multipliers: readonly [bigint, bigint],
  shift: number,
  zeroPoint: bigint,
  outDtype: 'uint8' | 'int8' | 'int32',
  lo: number,
  hi: number,
): Requantization {
  const most = multipliers[0] + multipliers[1];
  const base = ((most << 31n) >> BigInt(shift)) + 1n;
  const addend = (base << BigInt(shift)) + (1n << BigInt(shift - 1));
  return {
    multipliers,
    addends: [addend, addend],
    channelDims: [2],
    shift,
    offset: base - zeroPoint,
    lo,
    hi,
    outDtype,
  };
}

const REQUANTIZATIONS: readonly Requantization[] = [
  requantization([1n, 1n], 1, 0n, 'int32', -2_147_483_648, 2_147_483_647),
  requantization([1n, 2n], 1, 0n, 'uint8', 0, 127),
  requantization([3n, 5n], 2, 64n, 'uint8', 0, 255),
  requantization([255n, 257n], 16, 0n, 'int8', -127, 127),
  requantization([1n << 20n, (1n << 20n) + 1n], 30, 10n, 'uint8', 3, 120),
  requantization([(1n << 21n) - 1n, 1n], 31, -5n, 'int8', -128, 127),
  requantization([1n << 28n, (1n << 28n) - 1n], 36, 0n, 'int32', -1_000_000, 1_000_000),
  requantization([(1n << 29n) - 1n, 1n << 29n], 29, 0n, 'int32', -2_147_483_648, 2_147_483_647),
  requantization([1n << 29n, 12_345n], 58, 1n, 'uint8', 0, 1),
  requantization([715_827_882n, 1n], 59, 0n, 'int8', -1, 1),
];
