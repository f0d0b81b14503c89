import { elementCount, type Tensor } from '../../../tensor/tensor.ts';
import { UNBOUNDED } from '../ir.ts';
import type { Reading, Value } from '../reading.ts';
import { isRowMajor, viewOf } from '../view.ts';
import { imageAt, overImages } from './image.ts';

export const JOIN_RULES: Readonly<Record<string, (reading: Reading) => Value>> = { Concat: readConcat, Pad: readPad };

/** A constant as a value: a dense layer of zeros with the constant as its bias. */
function constantValue(r: Reading, tensor: Tensor, rank: number): Value {
  const { batch } = r.network;
  const [rows = 1, ...dims] = tensor.dims;
  const data = Float64Array.from(tensor.data as Float32Array);
  const bias = data.slice(0, data.length / rows);
  const isSame = data.every((c, at) => c === bias[at % bias.length]);
  if (tensor.dtype !== 'float32' || tensor.dims.length !== rank || (rows !== 1 && rows !== batch) || !isSame)
    throw r.refuse(`a constant of shape [${tensor.dims.join(', ')}] is not the same for every row of the batch`);
  const k = r.sampleSize({ node: 0, view: { offset: 0, dims: [] }, stages: [] });
  const op = {
    kind: 'dense',
    k,
    n: bias.length,
    weight: new Float64Array(k * bias.length),
    bias,
    ...UNBOUNDED,
  } as const;
  return { node: r.add(op, [0], [bias.length]), view: viewOf(batch, dims), stages: [] };
}

function readConcat(r: Reading): Value {
  const { axis } = r.numbers({ axis: 0 });
  const indices = r.node.inputs.map((_, index) => index);
  const some = indices.find((index) => !r.isConstant(index))!;
  const rank = r.value(some).view.dims.length;
  const values = indices.map((index) =>
    r.isConstant(index) ? constantValue(r, r.constant(index), rank) : r.settledValue(index),
  );
  const dim = r.sampleAxis(values[0]!, axis);
  for (const value of values) r.requireRows(value, rank);
  const orders = [values[0]!.view.dims.map((_, at) => at).slice(1), ...(rank === 4 ? [[2, 3, 1]] : [])];
  const inPlace = (order: readonly number[]): number => values.filter((value) => liesIn(r, value, order)).length;
  const order = orders.reduce((best, one) => (inPlace(one) > inPlace(best) ? one : best));
  const shapes = values.map((value) => order.map((at) => r.shape(value)[at]!));
  const place = order.indexOf(dim);
  const [first] = shapes;
  if (shapes.some((shape) => shape.some((size, at) => at !== place && size !== first![at])))
    throw r.refuse(`it joins ${values.map((value) => r.shown(value.view)).join(' and ')}`);
  const outer = elementCount(first!.slice(0, place));
  const inner = elementCount(first!.slice(place + 1));
  let node = r.packed(values[0]!, order);
  let size = first![place]!;
  for (const [at, value] of values.entries()) {
    if (at === 0) continue;
    const second = r.packed(value, order);
    const whole = size + shapes[at]![place]!;
    node = r.add({ kind: 'concat', axis: 1, first: size }, [node, second], [outer, whole, inner]);
    size = whole;
  }
  const dims = r
    .shape(values[0]!)
    .slice(1)
    .map((own, at) => (at + 1 === dim ? size : own));
  const places = dims.map((_, at) => order.indexOf(at + 1));
  return { node, view: viewOf(r.network.batch, dims, places), stages: [] };
}

const liesIn = (r: Reading, value: Value, order: readonly number[]): boolean =>
  value.view.offset === 0 &&
  isRowMajor(
    order.flatMap((dim) => value.view.dims[dim]!),
    r.sampleSize(value),
  );

/** Zeros around images: a depthwise convolution with one tap, whose padding counts as 0. */
function readPad(r: Reading): Value {
  r.numbers({}, ['mode', 'pads']);
  const mode = r.attribute('mode', 'string') ?? 'constant';
  const pads = r.attribute('pads', 'ints') ?? r.integers(1);
  if (mode !== 'constant' || (r.has(2) && r.scalar(2) !== 0) || r.has(3))
    throw r.refuse('it pads with something else than zeros around all axes');
  if (pads.every((pad) => pad === 0)) return r.raw(0);
  const { node, shape } = imageAt(r, r.settledValue(0));
  const [channels, height, width] = shape as [number, number, number];
  const [before, after] = [pads.slice(0, 4), pads.slice(4)];
  if (pads.length !== 8 || pads.some((pad) => pad < 0) || [0, 1].some((dim) => before[dim] !== 0 || after[dim] !== 0))
    throw r.refuse(`its pads [${pads.join(', ')}] are not around images alone`);
  const output = [height + before[2]! + after[2]!, width + before[3]! + after[3]!] as const;
  // Windows reach so far around their tap that none of them lies in the padding alone.
  const reach = [Math.max(before[2]!, after[2]!), Math.max(before[3]!, after[3]!)] as const;
  const kernel = [2 * reach[0] + 1, 2 * reach[1] + 1] as const;
  const geometry = {
    height,
    width,
    channels,
    kernel,
    strides: [1, 1],
    padTop: before[2]! + reach[0],
    padLeft: before[3]! + reach[1],
    output,
  } as const;
  const out = [...output, channels];
  const taps = kernel[0] * kernel[1];
  const weight = Float64Array.from({ length: channels * taps }, (_, at) => (at % taps === (taps - 1) / 2 ? 1 : 0));
  const bias = new Float64Array(channels);
  const op = { kind: 'conv', geometry, groups: channels, n: channels, weight, bias, ...UNBOUNDED } as const;
  return overImages(r, r.add(op, [node], out), out);
}
