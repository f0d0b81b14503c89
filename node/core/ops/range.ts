import { type Tensor, zeros } from '../tensor/tensor.ts';
import { type Op, stopGradient } from './op.ts';
import { type Cells, integersAt, requireInput, typeAt } from './rule.ts';

/** Range(start, limit, delta) of constant integers; floats, whose rounding machines would have to share, are not supported. */
export const RANGE: readonly Op[] = [
  {
    op: 'Range',
    domain: '',
    since: 11,
    inputs: [3, 3],
    outputs: [1, 1],
    attributes: {},
    infer: (call) => {
      const [[start], [limit], [delta]] = [0, 1, 2].map((at) => integersAt(call, at) ?? []) as [
        number[],
        number[],
        number[],
      ];
      const { dtype } = typeAt(call, 0, ['int64', 'int32']);
      for (const at of [1, 2]) typeAt(call, at, [dtype]);
      requireInput(
        call,
        start !== undefined && limit !== undefined && delta !== undefined && delta !== 0,
        `it counts from ${start} to ${limit} by ${delta}`,
      );
      return [{ dtype, dims: [Math.max(0, Math.ceil((limit - start) / delta))] }];
    },
    forward: (call) => {
      const [start, , delta] = call.inputs as readonly Tensor[];
      const { dtype, dims } = call.outputs[0]!;
      const out = zeros(dtype, dims);
      const to: Cells = out.data;
      const [from, by] = [Number(start!.data[0]), Number(delta!.data[0])];
      for (let at = 0; at < out.data.length; at++) {
        const value = from + at * by;
        to[at] = dtype === 'int64' ? BigInt(value) : value;
      }
      return [out];
    },
    vjp: stopGradient,
  },
];
