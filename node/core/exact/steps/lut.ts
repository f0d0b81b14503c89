import { type Tensor, zeros } from '../../tensor/tensor.ts';
import { proveBytes, proveConstant, proveNoClass, proveNoConstant, proveSize, proveSources } from '../proofs.ts';
import { factsOf } from '../requant.ts';
import { attributesOf, outSize, type Step, type StepDType } from '../step.ts';
import type { StepKind } from '../stepKind.ts';
import { isImageOf } from './qadd.ts';

/** Entries of a table: one for each byte. */
export const TABLE = 256;

/** The fields of a LUT step by name. */
export interface LutFields {
  readonly source: number;
  readonly sourceDtype: 'uint8' | 'int8';
  readonly dims: readonly number[];
  /** [256]; entry i is for the byte i, so those of int8 -128..-1 are 128..255. Its type is the output's. */
  readonly table: Tensor<StepDType>;
}

export const lut = (f: LutFields): Step => ({
  op: 'LUT',
  sourceDtype: f.sourceDtype,
  outDtype: f.table.dtype,
  outDims: f.dims,
  sources: [f.source],
  attributes: attributesOf({}),
  constants: [f.table, undefined],
});

const tableOf = (step: Step): Int32Array => step.constants[0]!.data as Int32Array;

/** Any function of one byte. */
export const LUT: StepKind = {
  op: 'LUT',
  attributes: {},

  prove(step, sources, where) {
    proveSources(step, sources, 1, where);
    proveBytes(step, where);
    proveNoClass(step, where);
    proveNoConstant(step, 1, where);
    proveConstant(step.constants[0], step.outDtype, [TABLE], where, 'table entries');
    const source = sources[0]!;
    proveSize(source, outSize(step), where, `shape [${step.outDims.join(', ')}]`);
    let [lo, hi] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let x = source.lo; x <= source.hi; x++) {
      const y = tableOf(step)[x & 0xff]!;
      [lo, hi] = [Math.min(lo, y), Math.max(hi, y)];
    }
    return { output: factsOf(step.outDtype, outSize(step), { lo, hi }), accumulatorMax: 0, numeratorMax: 0n };
  },

  run(step, _proof, [source], rows) {
    const output = zeros(step.outDtype, [rows, ...step.outDims]);
    const [table, data] = [tableOf(step), source!.data as Int8Array];
    for (let e = 0; e < output.data.length; e++) output.data[e] = table[data[e]! & 0xff]!;
    return output;
  },

  reads: (_step, element) => [
    { operand: 0, first: element, count: 1 },
    { operand: 2, first: 0, count: TABLE },
  ],

  element: (_step, element, value) => Number(value(2, Number(value(0, element)) & 0xff)),

  emit(step, emitter, name) {
    const [source] = step.sources as [number];
    const form = isImageOf(emitter, source, step.outDims) ? 'image' : 'rows';
    // Gather counts negative indices from the end: -1 is entry 255, as the byte of int8 -1 is.
    const index = emitter.cast(emitter.like(source, form, step.outDims), 'int32', `${name}.index`);
    const table = emitter.constant(`${name}.table`, step.constants[0]!);
    emitter.define(emitter.node('Gather', [table, index], name, { axis: 0 }), step.outDtype, form, step.outDims);
  },

  constants: (_step, written) => [written('table'), undefined],
};
