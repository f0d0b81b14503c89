import { ints } from '../../onnx/build.ts';
import { zeros } from '../../tensor/tensor.ts';
import { byteScalar, type Emitter, emitRequant } from '../emitter.ts';
import { ExactProofFailed } from '../errors.ts';
import { MAX_K, MAX_N, proveNoConstant, proveSize, proveSources, whole } from '../proofs.ts';
import {
  DTYPE_RANGE,
  exactPairs,
  factsOf,
  proveInteger,
  proveNumerator,
  proveRequant,
  requantBig,
  requantOf,
} from '../requant.ts';
import { attribute, attributesOf, type Fetch, outSize, type Step, type StepDType, type ValueFacts } from '../step.ts';
import type { StepKind } from '../stepKind.ts';
import { CHUNK, dot, MAX_DOT, requantAttributes, requantFields } from './qlinear.ts';

const [HEADS, M, N, K, A_INTERLEAVED, B_INTERLEAVED] = [0, 1, 2, 3, 4, 5];
const [A_ZERO, B_ZERO, MULTIPLIER, ADDEND] = [8, 9, 14, 15];

/** The fields of a QMATMUL step by name: for each head, rows of a times rows of b. */
export interface QMatMulFields {
  /** a and b. */
  readonly sources: readonly [number, number];
  readonly heads: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** a is [M, heads, K] instead of [heads, M, K]. */
  readonly isInterleavedA: boolean;
  /** b is [N, heads, K] instead of [heads, N, K]. */
  readonly isInterleavedB: boolean;
  readonly zeroPoints: readonly [number, number];
  readonly multiplier: bigint;
  readonly addend: bigint;
  readonly shift: number;
  readonly offset: bigint;
  readonly lo: number;
  readonly hi: number;
  readonly outDtype: StepDType;
}

export const qmatmul = (f: QMatMulFields): Step => ({
  op: 'QMATMUL',
  rangeClass: 'U8U8',
  sourceDtype: 'uint8',
  outDtype: f.outDtype,
  outDims: f.heads === 1 ? [f.m, f.n] : [f.heads, f.m, f.n],
  sources: f.sources,
  attributes: attributesOf({
    [HEADS]: f.heads,
    [M]: f.m,
    [N]: f.n,
    [K]: f.k,
    [A_INTERLEAVED]: f.isInterleavedA ? 1 : 0,
    [B_INTERLEAVED]: f.isInterleavedB ? 1 : 0,
    [A_ZERO]: f.zeroPoints[0],
    [B_ZERO]: f.zeroPoints[1],
    [MULTIPLIER]: f.multiplier,
    [ADDEND]: f.addend,
    ...requantAttributes(f),
  }),
  constants: [undefined, undefined],
});

interface Shape {
  readonly heads: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}
const shapeOf = (step: Step): Shape => ({
  heads: attribute(step, HEADS),
  m: attribute(step, M),
  n: attribute(step, N),
  k: attribute(step, K),
});
const pairOf = ({ attributes }: Step): BigInt64Array => BigInt64Array.of(attributes[MULTIPLIER]!, attributes[ADDEND]!);

/** Index of the first of the K elements of row `at` of a head, in an operand of `count` rows a head. */
const firstOf = (
  { heads, k }: Shape,
  count: number,
  isInterleaved: boolean,
  [row, head, at]: readonly [number, number, number],
): number => (row * heads * count + (isInterleaved ? at * heads + head : head * count + at)) * k;

/** Where the two operands of an output element begin. */
function locate(step: Step, element: number): { readonly a: number; readonly b: number } {
  const shape = shapeOf(step);
  const column = element % shape.n;
  const line = (element - column) / shape.n;
  const i = line % shape.m;
  const head = ((line - i) / shape.m) % shape.heads;
  const row = Math.floor(element / outSize(step));
  return {
    a: firstOf(shape, shape.m, attribute(step, A_INTERLEAVED) === 1, [row, head, i]),
    b: firstOf(shape, shape.n, attribute(step, B_INTERLEAVED) === 1, [row, head, column]),
  };
}

/** MatMulInteger of two values, head by head, and its requantisation. */
export const QMATMUL: StepKind = {
  op: 'QMATMUL',
  attributes: {
    0: 'heads',
    1: 'm',
    2: 'n',
    3: 'k',
    4: 'isInterleavedA',
    5: 'isInterleavedB',
    8: 'aZeroPoint',
    9: 'bZeroPoint',
    10: 'shift',
    11: 'offset',
    12: 'lo',
    13: 'hi',
    14: 'multiplier',
    15: 'addend',
  },

  prove(step, sources, where) {
    proveSources(step, sources, 2, where);
    if (step.rangeClass !== 'U8U8' || step.sourceDtype !== 'uint8')
      throw new ExactProofFailed(where, `QMATMUL is uint8 x uint8 of range class U8U8, not ${step.sourceDtype}`);
    proveNoConstant(step, 0, where);
    proveNoConstant(step, 1, where);
    const { heads, m, n, k } = proveShape(step, where);
    const [a, b] = sources as [ValueFacts, ValueFacts];
    proveSize(a, heads * m * k, where, `operand a of ${heads} x ${m} x ${k}`);
    proveSize(b, heads * n * k, where, `operand b of ${heads} x ${n} x ${k}`);
    const [za, zb] = [attribute(step, A_ZERO), attribute(step, B_ZERO)];
    proveInteger(za, DTYPE_RANGE.uint8, where, 'zero point of a');
    proveInteger(zb, DTYPE_RANGE.uint8, where, 'zero point of b');
    const clip = proveRequant(step, where);
    const ends = [a.lo - za, a.hi - za].flatMap((x) => [x * (b.lo - zb), x * (b.hi - zb)]);
    const acc = { lo: k * Math.min(...ends), hi: k * Math.max(...ends) };
    const numeratorMax = proveNumerator(acc, step.attributes[MULTIPLIER]!, step.attributes[ADDEND]!, where);
    return {
      output: factsOf(step.outDtype, outSize(step), clip),
      accumulatorMax: Math.max(-acc.lo, acc.hi),
      numeratorMax,
      exactPairs: exactPairs(step, pairOf(step), numeratorMax),
    };
  },

  run(step, proof, [a, b], rows) {
    const { n, k } = shapeOf(step);
    const output = zeros(step.outDtype, [rows, ...step.outDims]);
    const requant = requantOf(step, proof, pairOf(step));
    const [left, x] = [a!.data as Uint8Array, new Int16Array(k)];
    const right = Int16Array.from(b!.data as Uint8Array, (value) => value - attribute(step, B_ZERO));
    const [za, isInterleaved] = [attribute(step, A_ZERO), attribute(step, B_INTERLEAVED) === 1];
    const pitch = k * (isInterleaved ? attribute(step, HEADS) : 1);
    for (let at = 0; at < output.data.length; at += n) {
      const first = locate(step, at);
      for (let i = 0; i < k; i++) x[i] = left[first.a + i]! - za;
      for (let c = 0; c < n; c++) output.data[at + c] = requant(dot(x, right, first.b + c * pitch), 0);
    }
    return output;
  },

  reads(step, element) {
    const { a, b } = locate(step, element);
    const count = attribute(step, K);
    return [
      { operand: 0, first: a, count },
      { operand: 1, first: b, count },
    ];
  },

  element(step, element, value) {
    const acc = sum(step, element, [0, attribute(step, K)], value);
    return requantBig(step, acc * step.attributes[MULTIPLIER]! + step.attributes[ADDEND]!);
  },

  chunkSums(step, element, value) {
    const k = attribute(step, K);
    if (k <= MAX_DOT) return undefined;
    return Array.from({ length: Math.ceil(k / CHUNK) }, (_, i) =>
      sum(step, element, [i * CHUNK, Math.min(k, (i + 1) * CHUNK)], value),
    );
  },

  emit(step, emitter, name) {
    const { heads, m, n, k } = shapeOf(step);
    const [a, b] = step.sources as [number, number];
    const operands = [
      emitOperand(emitter, a, [heads, m, k], attribute(step, A_INTERLEAVED) === 1, 'rows', `${name}.a`),
      emitOperand(emitter, b, [heads, n, k], attribute(step, B_INTERLEAVED) === 1, 'columns', `${name}.b`),
      emitter.constant(`${name}.aZeroPoint`, byteScalar('uint8', attribute(step, A_ZERO))),
      emitter.constant(`${name}.bZeroPoint`, byteScalar('uint8', attribute(step, B_ZERO))),
    ];
    const acc = emitter.node('MatMulInteger', operands, `${name}.acc`);
    const pair = { multipliers: [step.attributes[MULTIPLIER]!], addends: [step.attributes[ADDEND]!], channelDims: [] };
    const result = emitRequant(emitter, acc, 'int32', { ...pair, ...requantFields(step) }, name);
    emitter.define(result, step.outDtype, 'rows', step.outDims);
  },

  constants: () => [undefined, undefined],
};

function proveShape(step: Step, where: string): Shape {
  const heads = whole(step, HEADS, 'heads', [1, MAX_N], where);
  const m = whole(step, M, 'M', [1, MAX_N], where);
  const n = whole(step, N, 'N', [1, MAX_N], where);
  const k = whole(step, K, 'K', [1, MAX_K], where);
  whole(step, A_INTERLEAVED, 'interleaving of a', [0, 1], where);
  whole(step, B_INTERLEAVED, 'interleaving of b', [0, 1], where);
  const dims = heads === 1 ? [m, n] : [heads, m, n];
  if (dims.join() !== step.outDims.join())
    throw new ExactProofFailed(where, `the output is [${step.outDims.join(', ')}], expected [${dims.join(', ')}]`);
  return { heads, m, n, k };
}

function sum(step: Step, element: number, [from, to]: readonly [number, number], value: Fetch): bigint {
  const { a, b } = locate(step, element);
  let total = 0;
  for (let i = from; i < to; i++) {
    const x = Number(value(0, a + i)) - attribute(step, A_ZERO);
    total += x * (Number(value(1, b + i)) - attribute(step, B_ZERO));
  }
  return BigInt(total);
}

/** [N, heads, count, K], or the last two the other way round; without `heads` when there is one. */
function emitOperand(
  emitter: Emitter,
  source: number,
  [heads, count, k]: readonly [number, number, number],
  isInterleaved: boolean,
  as: 'rows' | 'columns',
  name: string,
): string {
  const turn = (value: string, perm: readonly number[]): string =>
    emitter.node('Transpose', [value], name, { perm: ints(perm) });
  if (heads === 1) {
    const value = emitter.rows(source, [count, k]);
    return as === 'rows' ? value : turn(value, [0, 2, 1]);
  }
  if (!isInterleaved) {
    const value = emitter.rows(source, [heads, count, k]);
    return as === 'rows' ? value : turn(value, [0, 1, 3, 2]);
  }
  return turn(emitter.rows(source, [count, heads, k]), as === 'rows' ? [0, 2, 1, 3] : [0, 2, 3, 1]);
}
