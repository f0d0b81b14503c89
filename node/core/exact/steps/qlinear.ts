import { DTYPES, type DTypeArrays, elementCount, type Tensor, tensor, zeros } from '../../tensor/tensor.ts';
import { byteScalar, emitRequant } from '../emitter.ts';
import { ExactModelMalformed } from '../errors.ts';
import {
  dotInterval,
  MAX_K,
  MAX_N,
  proveConstant,
  proveOperands,
  proveSize,
  proveSources,
  proveWhole,
  whole,
} from '../proofs.ts';
import { RANGE_CLASSES, type RangeClass } from '../rangeClass.ts';
import { exactPairs, factsOf, largest, proveNumerator, proveRequant, requantBig, requantOf } from '../requant.ts';
import { attribute, attributesOf, type Fetch, outSize, REQUANT, type Step, type StepDType } from '../step.ts';
import type { StepKind } from '../stepKind.ts';

const [K, X_ZERO, W_ZERO] = [0, 1, 2];
/** Products that one evidence holds; longer sums are opened in chunks (docs/program.md). */
export const MAX_DOT = 4096;
/** Products of one chunk. */
export const CHUNK = 2048;

const channelsOf = (step: Step): number => step.outDims.at(-1)!;
const weightsOf = (step: Step): Uint8Array | Int8Array => step.constants[0]!.data as Uint8Array | Int8Array;
const pairsOf = (step: Step): BigInt64Array => step.constants[1]!.data as BigInt64Array;

/** [N, K] to [K, N] or back: `rows` and `columns` of what is given. */
export function transposed<D extends 'int8' | 'uint8'>(weight: Tensor<D>, rows: number, columns: number): Tensor<D> {
  const data = DTYPES[weight.dtype].make(rows * columns) as DTypeArrays[D];
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) data[c * rows + r] = weight.data[r * columns + c]!;
  return { dtype: weight.dtype, dims: [columns, rows], data };
}

/** Pairs [N, 2] as the two lists in the graph. */
export const halfOf = (pairs: BigInt64Array, which: 0 | 1): BigInt64Array => pairs.filter((_, at) => at % 2 === which);

/** The two lists of the graph as pairs [N, 2]. @throws {ExactModelMalformed} */
export function pairsFrom(written: (suffix: string) => Tensor): Tensor<'int64'> {
  const [multiplier, addend] = [written('multiplier'), written('addend')];
  const n = multiplier.data.length;
  if (multiplier.dtype !== 'int64' || addend.dtype !== 'int64' || addend.data.length !== n || n === 0)
    throw new ExactModelMalformed('channel constants', 'multipliers and addends are not int64 lists of one length');
  const data = new BigInt64Array(2 * n);
  for (let c = 0; c < n; c++) data.set([multiplier.data[c] as bigint, addend.data[c] as bigint], 2 * c);
  return tensor('int64', [n, 2], data);
}

/** The fields of a QLINEAR step by name. */
export interface QLinearFields {
  readonly rangeClass: RangeClass;
  readonly source: number;
  /** Positions at which the same weights are applied, outermost first. @default [] (one) */
  readonly positions?: readonly number[];
  readonly k: number;
  readonly n: number;
  /** [N, K]: output-major, so that the weights of one output element are contiguous. */
  readonly weight: Tensor<'int8' | 'uint8'>;
  readonly inputZeroPoint: number;
  readonly weightZeroPoint: number;
  /** [N, 2]: (multiplier, addend) of each output channel. */
  readonly pairs: Tensor<'int64'>;
  readonly shift: number;
  readonly offset: bigint;
  readonly lo: number;
  readonly hi: number;
  readonly outDtype: StepDType;
}

export const qlinear = (f: QLinearFields): Step => ({
  op: 'QLINEAR',
  rangeClass: f.rangeClass,
  sourceDtype: RANGE_CLASSES[f.rangeClass].input.dtype,
  outDtype: f.outDtype,
  outDims: [...(f.positions ?? []), f.n],
  sources: [f.source],
  attributes: attributesOf({
    [K]: f.k,
    [X_ZERO]: f.inputZeroPoint,
    [W_ZERO]: f.weightZeroPoint,
    ...requantAttributes(f),
  }),
  constants: [f.weight, f.pairs],
});

/** Attributes of a requantisation. */
export const requantAttributes = (q: {
  readonly shift: number;
  readonly offset: bigint;
  readonly lo: number;
  readonly hi: number;
}) => ({
  [REQUANT.shift]: q.shift,
  [REQUANT.offset]: q.offset,
  [REQUANT.lo]: q.lo,
  [REQUANT.hi]: q.hi,
});

/** MatMulInteger and its requantisation, on every position of the source. */
export const QLINEAR: StepKind = {
  op: 'QLINEAR',
  attributes: { 0: 'k', 1: 'inputZeroPoint', 2: 'weightZeroPoint', 10: 'shift', 11: 'offset', 12: 'lo', 13: 'hi' },

  prove(step, sources, where) {
    proveSources(step, sources, 1, where);
    const source = sources[0]!;
    const k = whole(step, K, 'K', [1, MAX_K], where);
    const n = channelsOf(step);
    proveWhole(n, 1, MAX_N, where, 'N');
    proveSize(source, (outSize(step) / n) * k, where, `K = ${k} at ${outSize(step) / n} positions`);
    const dtype = step.constants[0]?.dtype === 'uint8' ? 'uint8' : 'int8';
    proveConstant(step.constants[0], dtype, [n, k], where, 'weights');
    proveConstant(step.constants[1], 'int64', [n, 2], where, 'multipliers and addends');
    const zero = { input: attribute(step, X_ZERO), weight: attribute(step, W_ZERO) };
    const x = proveOperands(step, source, zero, where);
    const clip = proveRequant(step, where);
    let [accumulatorMax, numeratorMax] = [0, 0n];
    for (let c = 0; c < n; c++) {
      const acc = dotInterval(weightsOf(step), [c * k, c * k + k], zero.weight, x);
      const [multiplier, addend] = [pairsOf(step)[2 * c]!, pairsOf(step)[2 * c + 1]!];
      const numerator = proveNumerator(acc, multiplier, addend, `${where}, channel ${c}`);
      accumulatorMax = Math.max(accumulatorMax, -acc.lo, acc.hi);
      numeratorMax = largest(numeratorMax, numerator);
    }
    return {
      output: factsOf(step.outDtype, outSize(step), clip),
      accumulatorMax,
      numeratorMax,
      exactPairs: exactPairs(step, pairsOf(step), numeratorMax),
    };
  },

  run(step, proof, [source], rows) {
    const [k, n] = [attribute(step, K), channelsOf(step)];
    const output = zeros(step.outDtype, [rows, ...step.outDims]);
    const requant = requantOf(step, proof, pairsOf(step));
    const weight = centred(weightsOf(step), attribute(step, W_ZERO));
    const [zero, x] = [attribute(step, X_ZERO), new Int16Array(k)];
    const positions = elementCount(output.dims) / n;
    for (let p = 0; p < positions; p++) {
      for (let i = 0; i < k; i++) x[i] = (source!.data[p * k + i] as number) - zero;
      for (let c = 0; c < n; c++) output.data[p * n + c] = requant(dot(x, weight, c * k), c);
    }
    return output;
  },

  reads(step, element) {
    const [k, n] = [attribute(step, K), channelsOf(step)];
    const [p, c] = [Math.floor(element / n), element % n];
    return [
      { operand: 0, first: p * k, count: k },
      { operand: 2, first: c * k, count: k },
      { operand: 3, first: 2 * c, count: 2 },
    ];
  },

  element(step, element, value) {
    const c = element % channelsOf(step);
    const acc = sum(step, element, [0, attribute(step, K)], value);
    return requantBig(step, acc * BigInt(value(3, 2 * c)) + BigInt(value(3, 2 * c + 1)));
  },

  chunkSums(step, element, value) {
    const k = attribute(step, K);
    if (k <= MAX_DOT) return undefined;
    return Array.from({ length: Math.ceil(k / CHUNK) }, (_, i) =>
      sum(step, element, [i * CHUNK, Math.min(k, (i + 1) * CHUNK)], value),
    );
  },

  emit(step, emitter, name) {
    const [k, n] = [attribute(step, K), channelsOf(step)];
    const weight = step.constants[0] as Tensor<'int8' | 'uint8'>;
    const operands = [
      emitter.rows(step.sources[0]!, [...step.outDims.slice(0, -1), k]),
      emitter.constant(`${name}.weight`, transposed(weight, n, k)),
      emitter.constant(
        `${name}.inputZeroPoint`,
        byteScalar(step.sourceDtype as 'uint8' | 'int8', attribute(step, X_ZERO)),
      ),
    ];
    if (weight.dtype === 'uint8')
      operands.push(emitter.constant(`${name}.weightZeroPoint`, byteScalar('uint8', attribute(step, W_ZERO))));
    const acc = emitter.node('MatMulInteger', operands, `${name}.acc`);
    const result = emitRequant(
      emitter,
      acc,
      'int32',
      {
        multipliers: halfOf(pairsOf(step), 0),
        addends: halfOf(pairsOf(step), 1),
        channelDims: [n],
        ...requantFields(step),
      },
      name,
    );
    emitter.define(result, step.outDtype, 'rows', step.outDims);
  },

  constants(_step, written) {
    const weight = written('weight');
    const [k = 0, n = 0] = weight.dims;
    if ((weight.dtype !== 'int8' && weight.dtype !== 'uint8') || weight.dims.length !== 2)
      throw new ExactModelMalformed('weights', `they are ${weight.dtype} of rank ${weight.dims.length}`);
    return [transposed(weight as Tensor<'int8' | 'uint8'>, k, n), pairsFrom(written)];
  },
};

/** The scalar constants of a requantisation, as the emitter wants them. */
export const requantFields = (step: Step) => ({
  shift: attribute(step, REQUANT.shift),
  offset: step.attributes[REQUANT.offset]!,
  lo: attribute(step, REQUANT.lo),
  hi: attribute(step, REQUANT.hi),
  outDtype: step.outDtype,
});

/** Weights minus their zero point; int8 ones have none (proven), so they need no copy. */
export function centred(weights: Uint8Array | Int8Array, zeroPoint: number): Int8Array | Int16Array {
  return weights instanceof Int8Array ? weights : Int16Array.from(weights, (w) => w - zeroPoint);
}

/** Every partial sum is below 2^31 in magnitude: K <= 32768 and |products| <= 255 * 255. Four sums keep the CPU busy. */
export function dot(x: Int16Array, weight: Int8Array | Int16Array, at: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = x.length - (x.length % 4);
  for (let i = 0; i < whole; i += 4) {
    const j = at + i;
    a = (a + Math.imul(x[i]!, weight[j]!)) | 0;
    b = (b + Math.imul(x[i + 1]!, weight[j + 1]!)) | 0;
    c = (c + Math.imul(x[i + 2]!, weight[j + 2]!)) | 0;
    d = (d + Math.imul(x[i + 3]!, weight[j + 3]!)) | 0;
  }
  for (let i = whole; i < x.length; i++) a = (a + Math.imul(x[i]!, weight[at + i]!)) | 0;
  return a + b + c + d;
}

function sum(step: Step, element: number, [from, to]: readonly [number, number], value: Fetch): bigint {
  const [k, n] = [attribute(step, K), channelsOf(step)];
  const [p, c] = [Math.floor(element / n), element % n];
  let total = 0;
  for (let i = from; i < to; i++) {
    const x = Number(value(0, p * k + i)) - attribute(step, X_ZERO);
    total += x * (Number(value(2, c * k + i)) - attribute(step, W_ZERO));
  }
  return BigInt(total);
}
