import { type Tensor, zeros } from '../../tensor/tensor.ts';
import { int64List, int64Scalar } from '../emitter.ts';
import { ExactProofFailed } from '../errors.ts';
import {
  MAX_ROW,
  proveBytes,
  proveConstant,
  proveNoClass,
  proveNoConstant,
  proveOutDtype,
  proveSize,
  proveSources,
  proveWhole,
  whole,
} from '../proofs.ts';
import { ACCUMULATOR_LIMIT, factsOf } from '../requant.ts';
import { attribute, attributesOf, outSize, type Step } from '../step.ts';
import type { StepKind } from '../stepKind.ts';
import { TABLE } from './lut.ts';

const [K, Q] = [0, 1];

/** The fields of a SOFTMAX step by name. */
export interface SoftmaxFields {
  readonly source: number;
  readonly sourceDtype: 'uint8' | 'int8';
  /** The last one is K. */
  readonly dims: readonly number[];
  /** Integer that stands for probability 1. */
  readonly q: number;
  /** [256]: entry d is exp(-d * scale) in fixed point; entry 0 is at least 1. */
  readonly table: Tensor<'int32'>;
}

export const softmax = (f: SoftmaxFields): Step => ({
  op: 'SOFTMAX',
  sourceDtype: f.sourceDtype,
  outDtype: 'uint8',
  outDims: f.dims,
  sources: [f.source],
  attributes: attributesOf({ [K]: f.dims.at(-1)!, [Q]: f.q }),
  constants: [f.table, undefined],
});

const tableOf = (step: Step): Int32Array => step.constants[0]!.data as Int32Array;

/** Softmax over the last K elements, its exponential a table. */
export const SOFTMAX: StepKind = {
  op: 'SOFTMAX',
  attributes: { 0: 'k', 1: 'q' },

  prove(step, sources, where) {
    proveSources(step, sources, 1, where);
    proveBytes(step, where);
    proveNoClass(step, where);
    proveOutDtype(step, ['uint8'], where);
    proveNoConstant(step, 1, where);
    proveConstant(step.constants[0], 'int32', [TABLE], where, 'table entries');
    const k = whole(step, K, 'K', [1, MAX_ROW], where);
    proveWhole(step.outDims.at(-1)!, k, k, where, 'the last output dimension');
    const q = whole(step, Q, 'Q', [1, 255], where);
    const source = sources[0]!;
    proveSize(source, outSize(step), where, `shape [${step.outDims.join(', ')}]`);
    const table = tableOf(step);
    const negative = table.findIndex((entry) => entry < 0);
    if (negative >= 0 || table[0]! < 1)
      throw new ExactProofFailed(
        where,
        `table entry ${Math.max(0, negative)} is ${table[Math.max(0, negative)]}, expected 0 or more, the first 1 or more`,
      );
    const most = k * table.subarray(0, source.hi - source.lo + 1).reduce((a, b) => Math.max(a, b));
    if (most >= ACCUMULATOR_LIMIT) throw new ExactProofFailed(where, `the sum can reach ${most}, the bound is 2^31`);
    return { output: factsOf('uint8', outSize(step), { lo: 0, hi: q }), accumulatorMax: most, numeratorMax: 0n };
  },

  run(step, _proof, [source], rows) {
    const output = zeros(step.outDtype, [rows, ...step.outDims]);
    const [k, q, table] = [attribute(step, K), attribute(step, Q), tableOf(step)];
    const data = source!.data as Int8Array;
    for (let from = 0; from < data.length; from += k) {
      let [most, sum] = [-128, 0];
      for (let i = from; i < from + k; i++) most = Math.max(most, data[i]!);
      for (let i = from; i < from + k; i++) sum += table[most - data[i]!]!;
      const half = Math.floor(sum / 2);
      // Below 2^31 * 255 + 2^30: numbers are exact.
      for (let i = from; i < from + k; i++) output.data[i] = Math.floor((table[most - data[i]!]! * q + half) / sum);
    }
    return output;
  },

  reads(step, element) {
    const k = attribute(step, K);
    return [
      { operand: 0, first: element - (element % k), count: k },
      { operand: 2, first: 0, count: TABLE },
    ];
  },

  element(step, element, value) {
    const k = attribute(step, K);
    const from = element - (element % k);
    const x = Array.from({ length: k }, (_, i) => Number(value(0, from + i)));
    const most = Math.max(...x);
    const t = x.map((one) => BigInt(value(2, most - one)));
    const sum = t.reduce((a, b) => a + b);
    return Number((t[element - from]! * step.attributes[Q]! + sum / 2n) / sum);
  },

  emit(step, emitter, name) {
    const x = emitter.cast(emitter.rows(step.sources[0]!, step.outDims), 'int32', `${name}.wide`);
    const most = emitter.node('ReduceMax', [x], `${name}.most`, { axes: [-1], keepdims: 1 });
    const below = emitter.node('Sub', [most, x], `${name}.below`);
    const table = emitter.constant(`${name}.table`, step.constants[0]!);
    const entry = emitter.node('Gather', [table, below], `${name}.entry`, { axis: 0 });
    const t = emitter.cast(entry, 'int64', `${name}.t`);
    const axes = emitter.constant(`${name}.axes`, int64List([-1]));
    const sum = emitter.node('ReduceSum', [t, axes], `${name}.sum`, { keepdims: 1 });
    const q = emitter.constant(`${name}.q`, int64Scalar(attribute(step, Q)));
    const scaled = emitter.node('Mul', [t, q], `${name}.scaled`);
    const two = emitter.constant(`${name}.two`, int64Scalar(2));
    const half = emitter.node('Div', [sum, two], `${name}.half`);
    const numerator = emitter.node('Add', [scaled, half], `${name}.numerator`);
    const quotient = emitter.node('Div', [numerator, sum], `${name}.quotient`);
    emitter.define(emitter.cast(quotient, 'uint8', name), 'uint8', 'rows', step.outDims);
  },

  constants: (_step, written) => [written('table'), undefined],
};
