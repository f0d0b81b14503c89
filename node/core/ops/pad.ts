import { zeros } from '../tensor/tensor.ts';
import { int64List } from './gradient.ts';
import { without } from './move.ts';
import type { InferCall, Op } from './op.ts';
import {
  type Cells,
  integersAt,
  NUMBERS,
  namedAt,
  normalAxis,
  requireInput,
  stringAttribute,
  tensorAt,
  typeAt,
} from './rule.ts';
import { rowMajor, viewOffsets } from './strides.ts';

/** Cells added in front of and behind every axis. */
function padding(call: InferCall, rank: number): { readonly before: number[]; readonly after: number[] } {
  const mode = stringAttribute(call, 'mode') ?? 'constant';
  requireInput(call, mode === 'constant', `mode ${JSON.stringify(mode)} is not supported`);
  const pads = integersAt(call, 1) ?? [];
  const axes = integersAt(call, 3)?.map((axis) => normalAxis(call, axis, rank)) ?? [...Array(rank).keys()];
  const fits = pads.length === 2 * axes.length && new Set(axes).size === axes.length && pads.every((pad) => pad >= 0);
  requireInput(call, fits, `pads [${pads.join(', ')}] are not two counts for each of axes [${axes.join(', ')}]`);
  const [before, after] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)];
  axes.forEach((axis, i) => {
    before[axis] = pads[i]!;
    after[axis] = pads[i + axes.length]!;
  });
  return { before, after };
}

/** Constant mode alone; `axes` joined in opset 18. */
const pad = (since: number): Op => ({
  op: 'Pad',
  domain: '',
  since,
  inputs: since < 18 ? [2, 3] : [2, 4],
  outputs: [1, 1],
  attributes: { mode: 'string' },
  infer: (call) => {
    const { dtype, dims } = typeAt(call, 0, NUMBERS);
    if (call.inputs[2] !== undefined) typeAt(call, 2, [dtype]);
    const { before, after } = padding(call, dims.length);
    return [{ dtype, dims: dims.map((dim, axis) => dim + before[axis]! + after[axis]!) }];
  },
  forward: (call) => {
    const x = tensorAt(call, 0);
    const { dtype, dims } = call.outputs[0]!;
    const inputs = call.inputs.map((value) => value && { dtype: value.dtype, dims: value.dims, value });
    const { before } = padding({ ...call, inputs, inferGraph: () => [] }, dims.length);
    const strides = rowMajor(dims);
    const start = before.reduce((sum, count, axis) => sum + count * strides[axis]!, 0);
    const out = zeros(dtype, dims);
    const [from, to]: [Cells, Cells] = [x.data, out.data];
    const filling = call.inputs[2]?.data[0];
    if (filling !== undefined) for (let i = 0; i < out.data.length; i++) to[i] = filling;
    viewOffsets(x.dims, strides, start).forEach((cell, i) => {
      to[cell] = from[i]!;
    });
    return [out];
  },
  vjp: (call) => {
    const { emit } = call;
    const { dims } = namedAt(call, 0);
    const { before } = padding({ ...call, inferGraph: () => [] }, dims.length);
    const list = (values: readonly number[]) => emit.constant(int64List(values));
    const ends = dims.map((dim, axis) => before[axis]! + dim);
    const axes = [...dims.keys()];
    return without(call, emit.node('Slice', [call.gradients[0]!, list(before), list(ends), list(axes)]));
  },
});

export const PAD: readonly Op[] = [11, 13, 18].map(pad);
