import { int } from '../onnx/build.ts';
import { DTYPES, type DType, type Tensor, tensor, zeros } from '../tensor/tensor.ts';
import { type InferCall, type Op, stopGradient } from './op.ts';
import {
  ALL_TYPES,
  type Cells,
  floatAttribute,
  floatsAttribute,
  intAttribute,
  integersAt,
  intsAttribute,
  isBig,
  isFloat,
  namedAt,
  requireInput,
  tensorAt,
  tensorAttribute,
  typeAt,
} from './rule.ts';

type Call = Pick<InferCall, 'node' | 'opset'>;

/** The one value that a Constant node holds. */
function constantValue(call: Call): Tensor {
  const [value, x, xs] = [
    tensorAttribute(call, 'value'),
    floatAttribute(call, 'value_float'),
    floatsAttribute(call, 'value_floats'),
  ];
  const [n, ns] = [intAttribute(call, 'value_int'), intsAttribute(call, 'value_ints')];
  const given = [
    ...(value === undefined ? [] : [value]),
    ...(x === undefined ? [] : [tensor('float32', [], Float32Array.of(x))]),
    ...(xs === undefined ? [] : [tensor('float32', [xs.length], Float32Array.from(xs))]),
    ...(n === undefined ? [] : [tensor('int64', [], BigInt64Array.of(BigInt(n)))]),
    ...(ns === undefined ? [] : [tensor('int64', [ns.length], BigInt64Array.from(ns, BigInt))]),
  ];
  requireInput(call, given.length === 1, `it has ${given.length} values, expected one`);
  return given[0]!;
}

const SHORT_VALUES: Op['attributes'] = {
  value_float: 'float',
  value_floats: 'floats',
  value_int: 'int',
  value_ints: 'ints',
};

const constant = (since: number): Op => ({
  op: 'Constant',
  domain: '',
  since,
  inputs: [0, 0],
  outputs: [1, 1],
  attributes: { value: 'tensor', ...(since < 12 ? {} : SHORT_VALUES) },
  infer: (call) => {
    const value = constantValue(call);
    return [{ dtype: value.dtype, dims: value.dims, value }];
  },
  forward: (call) => [constantValue(call)],
  vjp: stopGradient,
});

const constantOfShape: Op = {
  op: 'ConstantOfShape',
  domain: '',
  since: 9,
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: { value: 'tensor' },
  infer: (call) => {
    const dims = integersAt(call, 0);
    requireInput(call, dims?.every((dim) => dim >= 0) === true, `shape [${dims?.join(', ')}] is negative`);
    const value = tensorAttribute(call, 'value');
    requireInput(call, value === undefined || value.data.length === 1, 'attribute value must hold one element');
    return [{ dtype: value?.dtype ?? 'float32', dims: dims! }];
  },
  forward: (call) => {
    const { dtype, dims } = call.outputs[0]!;
    const out = zeros(dtype, dims);
    const value = tensorAttribute(call, 'value');
    const to: Cells = out.data;
    if (value !== undefined) for (let i = 0; i < out.data.length; i++) to[i] = value.data[0]!;
    return [out];
  },
  vjp: stopGradient,
};

const byNumber = new Map<number, DType>(ALL_TYPES.map((dtype) => [DTYPES[dtype].onnx, dtype]));

function target(call: Call): DType {
  const number = intAttribute(call, 'to');
  const dtype = number === undefined ? undefined : byNumber.get(number);
  requireInput(call, dtype !== undefined, `attribute to = ${number} names no supported element type`);
  return dtype;
}

/** Float to integer truncates; integer to a narrower integer drops high bits (measured in onnxruntime). */
function convert(from: Tensor, to: DType): Tensor {
  const out = zeros(to, from.dims);
  const [source, cells]: [Cells, Cells] = [from.data, out.data];
  const one = (value: number | bigint): number | bigint => {
    if (to === 'bool') return Number(value) === 0 ? 0 : 1;
    if (isBig(to)) return typeof value === 'bigint' ? value : BigInt(Number.isFinite(value) ? Math.trunc(value) : 0);
    if (isFloat(to) || typeof value === 'number') return Number(value);
    return Number(BigInt.asIntN(32, value));
  };
  for (let i = 0; i < from.data.length; i++) cells[i] = one(source[i]!);
  return out;
}

/** `saturate` (opset 19) concerns 8-bit floats only, which do not exist here. */
const cast = (since: number): Op => ({
  op: 'Cast',
  domain: '',
  since,
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: since < 19 ? { to: 'int' } : { to: 'int', saturate: 'int' },
  infer: (call) => [{ dtype: target(call), dims: typeAt(call, 0, ALL_TYPES).dims }],
  forward: (call) => [convert(tensorAt(call, 0), target(call))],
  vjp: (call) => {
    const from = namedAt(call, 0).dtype;
    if (!isFloat(from) || !isFloat(target(call))) return [undefined];
    return [call.emit.node('Cast', [call.gradients[0]!], { to: int(DTYPES[from].onnx) })];
  },
});

export const CONSTANT: readonly Op[] = [constant(11), constant(12), constantOfShape, cast(9), cast(19)];
