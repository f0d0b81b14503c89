import { zeros } from '../../tensor/tensor.ts';
import { proveBytes, proveNoClass, proveNoConstant, proveOutDtype, proveSources, proveWhole } from '../proofs.ts';
import { factsOf } from '../requant.ts';
import { attributesOf, outSize, type Step } from '../step.ts';
import type { StepKind } from '../stepKind.ts';
import {
  cellIndex,
  onnxWindow,
  placeOf,
  proveEvidence,
  proveWindow,
  WINDOW_ATTRIBUTES,
  type WindowFields,
  windowAttributes,
  windowOf,
  windowOutput,
  windowReads,
} from './window.ts';

/** Most cells under one kernel: the referee walks them all. */
const MAX_CELLS = 4096;

/** The fields of a MAXPOOL step by name. */
export interface MaxPoolFields extends WindowFields {
  readonly source: number;
  readonly dtype: 'uint8' | 'int8';
}

export const maxpool = (f: MaxPoolFields): Step => ({
  op: 'MAXPOOL',
  sourceDtype: f.dtype,
  outDtype: f.dtype,
  outDims: [...windowOutput(f), f.image[2]],
  sources: [f.source],
  attributes: attributesOf(windowAttributes(f)),
  constants: [undefined, undefined],
});

/** The largest valid cell under the kernel. */
export const MAXPOOL: StepKind = {
  op: 'MAXPOOL',
  attributes: WINDOW_ATTRIBUTES,

  prove(step, sources, where) {
    proveSources(step, sources, 1, where);
    proveBytes(step, where);
    proveNoClass(step, where);
    proveOutDtype(step, [step.sourceDtype], where);
    proveNoConstant(step, 0, where);
    proveNoConstant(step, 1, where);
    const source = sources[0]!;
    const w = proveWindow(step, source, where);
    proveWhole(step.outDims[2]!, w.channels, w.channels, where, 'output channels');
    proveWhole(w.kernelHeight * w.kernelWidth, 1, MAX_CELLS, where, 'cells of the kernel');
    proveEvidence(w, w.kernelHeight, 1, 0, where);
    return { output: factsOf(step.outDtype, outSize(step), source), accumulatorMax: 0, numeratorMax: 0n };
  },

  run(step, _proof, [source], rows) {
    const w = windowOf(step);
    const output = zeros(step.outDtype, [rows, ...step.outDims]);
    const data = source!.data as Uint8Array | Int8Array;
    const most = new Int16Array(w.channels);
    for (let at = 0; at < output.data.length; at += w.channels) {
      const place = placeOf(w, w.channels, at);
      most.fill(-128);
      for (let i = place.fromY; i < place.toY; i++) {
        for (let j = place.fromX; j < place.toX; j++) {
          const from = cellIndex(w, place, i, j, 0);
          for (let c = 0; c < most.length; c++) if (data[from + c]! > most[c]!) most[c] = data[from + c]!;
        }
      }
      (output.data as Int32Array).set(most, at);
    }
    return output;
  },

  reads(step, element) {
    const w = windowOf(step);
    const place = placeOf(w, w.channels, element);
    return windowReads(w, place, place.channel, 1);
  },

  element(step, element, value) {
    const w = windowOf(step);
    const place = placeOf(w, w.channels, element);
    const cells: number[] = [];
    for (let i = place.fromY; i < place.toY; i++)
      for (let j = place.fromX; j < place.toX; j++)
        cells.push(Number(value(0, cellIndex(w, place, i, j, place.channel))));
    return Math.max(...cells);
  },

  emit(step, emitter, name) {
    const w = windowOf(step);
    const image = emitter.image(step.sources[0]!, [w.height, w.width, w.channels]);
    emitter.define(emitter.node('MaxPool', [image], name, onnxWindow(w)), step.outDtype, 'image', step.outDims);
  },

  constants: () => [undefined, undefined],
};
