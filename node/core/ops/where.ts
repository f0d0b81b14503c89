import { zeros } from '../tensor/tensor.ts';
import { keepWhere, scalar, unbroadcast } from './gradient.ts';
import type { Op } from './op.ts';
import { ALL_TYPES, type Cells, namedAt, requireInput, tensorAt, typeAt } from './rule.ts';
import { broadcastDims, broadcastStrides, viewOffsets } from './strides.ts';

const where: Op = {
  op: 'Where',
  domain: '',
  since: 9,
  inputs: [3, 3],
  outputs: [1, 1],
  attributes: {},
  infer: (call) => {
    const [mask, x, y] = [typeAt(call, 0, ['bool']), typeAt(call, 1, ALL_TYPES), typeAt(call, 2, ALL_TYPES)];
    requireInput(call, x.dtype === y.dtype, `element types differ: ${x.dtype} and ${y.dtype}`);
    const dims = broadcastDims([mask.dims, x.dims, y.dims]);
    requireInput(call, dims !== undefined, `shapes [${mask.dims}], [${x.dims}] and [${y.dims}] do not broadcast`);
    return [{ dtype: x.dtype, dims }];
  },
  forward: (call) => {
    const { dtype, dims } = call.outputs[0]!;
    const out = zeros(dtype, dims);
    const parts = [0, 1, 2].map((index) => {
      const value = tensorAt(call, index);
      return { cells: value.data as Cells, at: viewOffsets(dims, broadcastStrides(value.dims, dims)) };
    });
    const [mask, x, y] = parts as [(typeof parts)[0], (typeof parts)[0], (typeof parts)[0]];
    const to: Cells = out.data;
    for (let i = 0; i < out.data.length; i++) {
      to[i] = mask.cells[mask.at[i]!] === 0 ? y.cells[y.at[i]!]! : x.cells[x.at[i]!]!;
    }
    return [out];
  },
  vjp: (call) => {
    const { emit } = call;
    const [mask, x, y] = [namedAt(call, 0), namedAt(call, 1), namedAt(call, 2)];
    const g = call.gradients[0]!;
    const { dims } = call.outputs[0]!;
    const elsewhere = () => emit.node('Where', [mask.name, emit.constant(scalar(y.dtype, 0)), g]);
    return [
      undefined,
      call.wanted[1] ? unbroadcast(emit, keepWhere(emit, mask.name, g, x), dims, x) : undefined,
      call.wanted[2] ? unbroadcast(emit, elsewhere(), dims, y) : undefined,
    ];
  },
};

export const WHERE: readonly Op[] = [where];
