import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { MAX_ROW, proveNoClass, proveNoConstant, proveOutDtype, proveSize, proveSources, whole } from '../proofs.ts';
import { factsOf } from '../requant.ts';
import { attribute, attributesOf, outSize, type Step, type StepDType } from '../step.ts';
import type { StepKind } from '../stepKind.ts';

const K = 0;

/** The fields of an ARGMAX step by name. */
export interface ArgMaxFields {
  readonly source: number;
  readonly sourceDtype: StepDType;
  readonly k: number;
  /** What is left of the source's dims without the last. @default [1] */
  readonly dims?: readonly number[];
}

export const argmax = (f: ArgMaxFields): Step => ({
  op: 'ARGMAX',
  sourceDtype: f.sourceDtype,
  outDtype: 'int32',
  outDims: f.dims ?? [1],
  sources: [f.source],
  attributes: attributesOf({ [K]: f.k }),
  constants: [undefined, undefined],
});

/** Index of the first largest of the last K elements. */
export const ARGMAX: StepKind = {
  op: 'ARGMAX',
  attributes: { 0: 'k' },

  prove(step, sources, where) {
    proveSources(step, sources, 1, where);
    proveNoClass(step, where);
    proveOutDtype(step, ['int32'], where);
    proveNoConstant(step, 0, where);
    proveNoConstant(step, 1, where);
    const k = whole(step, K, 'K', [1, MAX_ROW], where);
    proveSize(sources[0]!, outSize(step) * k, where, `shape [${[...step.outDims, k].join(', ')}]`);
    return { output: factsOf('int32', outSize(step), { lo: 0, hi: k - 1 }), accumulatorMax: 0, numeratorMax: 0n };
  },

  run(step, _proof, [source], rows): Tensor<'int32'> {
    const [k, data] = [attribute(step, K), source!.data as Int32Array];
    const answers = Int32Array.from({ length: rows * outSize(step) }, (_, e) => {
      let best = e * k;
      for (let i = best + 1; i < (e + 1) * k; i++) if (data[i]! > data[best]!) best = i;
      return best - e * k;
    });
    return tensor('int32', [rows, ...step.outDims], answers);
  },

  reads(step, element) {
    const count = attribute(step, K);
    return [{ operand: 0, first: element * count, count }];
  },

  element(step, element, value) {
    const k = attribute(step, K);
    const x = Array.from({ length: k }, (_, i) => Number(value(0, element * k + i)));
    return x.indexOf(Math.max(...x));
  },

  emit(step, emitter, name) {
    const x = emitter.rows(step.sources[0]!, [...step.outDims, attribute(step, K)]);
    const index = emitter.node('ArgMax', [x], `${name}.index`, { axis: -1, keepdims: 0, select_last_index: 0 });
    emitter.define(emitter.cast(index, 'int32', name), 'int32', 'rows', step.outDims);
  },

  constants: () => [undefined, undefined],
};
