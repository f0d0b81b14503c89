import { elementCount, type Tensor, tensor } from '../tensor/tensor.ts';
import { reshape } from './gradient.ts';
import type { InferCall, Op, VjpCall } from './op.ts';
import {
  ALL_TYPES,
  intAttribute,
  integersAt,
  intsAttribute,
  namedAt,
  normalAxes,
  requireInput,
  tensorAt,
  typeAt,
} from './rule.ts';

/** Operators that give the same elements, in the same order, another shape. */
type NewDims = (call: InferCall, dims: readonly number[]) => readonly number[];

interface View {
  readonly op: string;
  readonly since: number;
  readonly inputs?: readonly [number, number];
  readonly attributes?: Op['attributes'];
  readonly dims: NewDims;
}

const sameElements = (t: Tensor, dims: readonly number[]): Tensor => tensor(t.dtype, dims, t.data);
const backToInput = (call: VjpCall): (string | undefined)[] => [
  call.wanted[0] ? reshape(call.emit, call.gradients[0]!, namedAt(call, 0).dims) : undefined,
  ...call.inputs.slice(1).map(() => undefined),
];

const view = ({ op, since, inputs = [1, 1], attributes = {}, dims }: View): Op => ({
  op,
  domain: '',
  since,
  inputs,
  outputs: [1, 1],
  attributes,
  infer: (call) => {
    const x = typeAt(call, 0, ALL_TYPES);
    const shape = dims(call, x.dims);
    const [from, to] = [elementCount(x.dims), elementCount(shape)];
    requireInput(call, from === to, `[${x.dims.join(', ')}] has ${from} elements, [${shape.join(', ')}] has ${to}`);
    return [{ dtype: x.dtype, dims: shape }];
  },
  forward: (call) => [sameElements(tensorAt(call, 0), call.outputs[0]!.dims)],
  vjp: backToInput,
});

/** `shape` may copy a dimension (0, unless allowzero) and leave one open (-1). */
function reshapeDims(call: InferCall, dims: readonly number[]): number[] {
  const shape = integersAt(call, 1);
  requireInput(call, shape !== undefined, 'input 1 is missing');
  const keepZero = (intAttribute(call, 'allowzero') ?? 0) !== 0;
  const open = shape.indexOf(-1);
  const filled = shape.map((dim, axis) => {
    if (dim !== 0 || keepZero) return dim;
    requireInput(call, axis < dims.length, `shape[${axis}] = 0 copies a dimension that does not exist`);
    return dims[axis]!;
  });
  requireInput(
    call,
    filled.every((dim, axis) => dim >= 0 || axis === open),
    `shape [${shape.join(', ')}] is negative`,
  );
  if (open < 0) return filled;
  requireInput(call, !keepZero || !shape.includes(0), 'shape has both 0 and -1 under allowzero');
  const rest = elementCount(filled.filter((_, axis) => axis !== open));
  const count = elementCount(dims);
  requireInput(call, rest > 0 && count % rest === 0, `${count} elements do not fill shape [${shape.join(', ')}]`);
  filled[open] = count / rest;
  return filled;
}

function flattenDims(call: InferCall, dims: readonly number[]): number[] {
  const axis = intAttribute(call, 'axis') ?? 1;
  requireInput(call, Math.abs(axis) <= dims.length, `axis ${axis} is outside a tensor of ${dims.length} dimensions`);
  const at = axis < 0 ? axis + dims.length : axis;
  return [elementCount(dims.slice(0, at)), elementCount(dims.slice(at))];
}

/** `axes` moved from attribute to input in opset 13. */
const axesOf = (call: InferCall): readonly number[] | undefined =>
  call.opset < 13 ? intsAttribute(call, 'axes') : integersAt(call, 1);

function squeezeDims(call: InferCall, dims: readonly number[]): number[] {
  const given = axesOf(call);
  const axes =
    given === undefined ? dims.flatMap((dim, axis) => (dim === 1 ? [axis] : [])) : normalAxes(call, given, dims.length);
  const wide = axes.find((axis) => dims[axis] !== 1);
  requireInput(call, wide === undefined, `axis ${wide} of [${dims.join(', ')}] is not of size 1`);
  return dims.filter((_, axis) => !axes.includes(axis));
}

function unsqueezeDims(call: InferCall, dims: readonly number[]): number[] {
  const given = axesOf(call);
  requireInput(call, given !== undefined, 'axes are missing');
  const axes = normalAxes(call, given, dims.length + given.length);
  const rest = dims.values();
  return Array.from({ length: dims.length + axes.length }, (_, axis) => (axes.includes(axis) ? 1 : rest.next().value!));
}

/** A reshape whose axes are an attribute before opset 13 and an input from 13 on. */
const withAxes = (op: string, least: 1 | 2, dims: NewDims): Op[] => [
  view({ op, since: 11, attributes: { axes: 'ints' }, dims }),
  view({ op, since: 13, inputs: [least, 2], dims }),
];

const shapeOp = (since: number): Op => ({
  op: 'Shape',
  domain: '',
  since,
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: since < 15 ? {} : { start: 'int', end: 'int' },
  infer: (call) => {
    const { dims } = typeAt(call, 0, ALL_TYPES);
    const part = dims.slice(intAttribute(call, 'start') ?? 0, intAttribute(call, 'end') ?? dims.length);
    return [
      { dtype: 'int64', dims: [part.length], value: tensor('int64', [part.length], BigInt64Array.from(part, BigInt)) },
    ];
  },
  forward: (call) => [call.outputs[0]!.value!],
  vjp: () => [undefined],
});

export const SHAPE: readonly Op[] = [
  view({ op: 'Identity', since: 1, dims: (_, dims) => dims }),
  view({ op: 'Flatten', since: 11, attributes: { axis: 'int' }, dims: flattenDims }),
  view({ op: 'Reshape', since: 5, inputs: [2, 2], dims: reshapeDims }),
  view({ op: 'Reshape', since: 14, inputs: [2, 2], attributes: { allowzero: 'int' }, dims: reshapeDims }),
  ...withAxes('Squeeze', 1, squeezeDims),
  ...withAxes('Unsqueeze', 2, unsqueezeDims),
  shapeOp(1),
  shapeOp(15),
];
