import { type DType, zeros } from '../tensor/tensor.ts';
import { inferBroadcast, type Pairwise, pairwise } from './arithmetic.ts';
import { type Op, stopGradient } from './op.ts';
import { NUMBERS, tensorAt, typeAt } from './rule.ts';

type Relation = (a: number | bigint, b: number | bigint) => boolean;

function comparison(op: string, since: number, types: readonly DType[], holds: Relation): Op {
  const bit = (a: number | bigint, b: number | bigint) => (holds(a, b) ? 1 : 0);
  // `pairwise` stores what `big` answers into a bool tensor, where 0 and 1 are numbers.
  const f: Pairwise = { float: bit, int: bit, big: bit as unknown as Pairwise['big'] };
  return {
    op,
    domain: '',
    since,
    inputs: [2, 2],
    outputs: [1, 1],
    attributes: {},
    infer: (call) => [{ dtype: 'bool', dims: inferBroadcast(call, types).dims }],
    forward: (call) => [pairwise(f, tensorAt(call, 0), tensorAt(call, 1), zeros('bool', call.outputs[0]!.dims))],
    vjp: stopGradient,
  };
}

const not: Op = {
  op: 'Not',
  domain: '',
  since: 1,
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: {},
  infer: (call) => [{ dtype: 'bool', dims: typeAt(call, 0, ['bool']).dims }],
  forward: (call) => {
    const x = tensorAt(call, 0);
    return [{ dtype: 'bool', dims: x.dims, data: Uint8Array.from(x.data as Uint8Array, (bit) => 1 - bit) }];
  },
  vjp: stopGradient,
};

const BOOL: readonly DType[] = ['bool'];
export const COMPARE: readonly Op[] = [
  comparison('Greater', 9, NUMBERS, (a, b) => a > b),
  comparison('Less', 9, NUMBERS, (a, b) => a < b),
  comparison('GreaterOrEqual', 12, NUMBERS, (a, b) => a >= b),
  comparison('LessOrEqual', 12, NUMBERS, (a, b) => a <= b),
  comparison('Equal', 11, [...NUMBERS, 'bool'], (a, b) => a === b),
  comparison('And', 7, BOOL, (a, b) => a === 1 && b === 1),
  comparison('Or', 7, BOOL, (a, b) => a === 1 || b === 1),
  not,
];
