import type { Attribute } from '../onnx/model.ts';
import { elementCount, type Tensor } from '../tensor/tensor.ts';
import type { Affine, Chain, DenseLayer, Reading } from './floatNetwork.ts';

type Rule = (reading: Reading) => void;

/** One row per operator that the exact compiler reads. */
export const FLOAT_RULES: Readonly<Record<string, Rule>> = {
  Gemm: readGemm,
  MatMul: readMatMul,
  Add: (reading) => readElementwise(reading, (c) => ({ scale: 1, shift: c })),
  Sub: (reading) =>
    readElementwise(reading, (c, isFirst) => (isFirst ? { scale: 1, shift: -c } : { scale: -1, shift: c })),
  Mul: (reading) => readElementwise(reading, (c) => ({ scale: c, shift: 0 })),
  Div: readDiv,
  Relu: (reading) => {
    readAttributes(reading, {});
    clip(reading, 0, Number.POSITIVE_INFINITY);
  },
  Clip: readClip,
  Flatten: readFlatten,
  Reshape: readReshape,
  Identity: (reading) => {
    readAttributes(reading, {});
  },
  Constant: readConstant,
  Softmax: (reading) => readSoftmax(reading, 'softmax'),
  LogSoftmax: (reading) => readSoftmax(reading, 'logSoftmax'),
};

/** Values of the numeric attributes, `defaults` where they are absent; any other attribute is refused. */
function readAttributes<Name extends string>(
  { node, refuse }: Reading,
  defaults: Readonly<Record<Name, number>>,
): Record<Name, number> {
  const values: Record<Name, number> = { ...defaults };
  for (const [name, attribute] of node.attributes) {
    if (!Object.hasOwn(defaults, name)) throw refuse(`its attribute ${JSON.stringify(name)} has no exact twin`);
    values[name as Name] = numberOf(attribute, () => refuse(`its attribute ${JSON.stringify(name)} is not a number`));
  }
  return values;
}

function numberOf(attribute: Attribute, complain: () => Error): number {
  if (attribute.type !== 'int' && attribute.type !== 'float') throw complain();
  return attribute.value;
}

/** The constant behind input `index`. */
function constantAt({ chain, node, refuse }: Reading, index: number): Tensor {
  const name = node.inputs[index];
  const value = name === undefined ? undefined : chain.constants.get(name);
  if (value === undefined) throw refuse(`its input ${index} ${JSON.stringify(name ?? '')} is not a constant`);
  return value;
}

function floatsAt(reading: Reading, index: number): { readonly dims: readonly number[]; readonly data: Float64Array } {
  const { dtype, dims, data } = constantAt(reading, index);
  if (dtype !== 'float32' && dtype !== 'float64')
    throw reading.refuse(`its constant input ${index} is ${dtype}, not float`);
  const values = Float64Array.from(data as Float32Array | Float64Array);
  if (!values.every(Number.isFinite))
    throw reading.refuse(
      `its constant input ${index} holds NaN or infinity`,
      'Train the model again: its weights diverged.',
    );
  return { dims, data: values };
}

function readGemm(reading: Reading): void {
  const { node, chain, refuse } = reading;
  const { alpha, beta, transA, transB } = readAttributes(reading, { alpha: 1, beta: 1, transA: 0, transB: 0 });
  if (transA !== 0) throw refuse('transA is set, which mixes the rows of a batch');
  const weight = readWeight(reading, transB !== 0).map((w) => w * alpha);
  const n = weight.length / chain.dims[0]!;
  const hasBias = (node.inputs[2] ?? '') !== '';
  const bias = hasBias ? broadcast(reading, 2, [n]).map((c) => c * beta) : new Float64Array(n);
  pushLayer(reading, weight, bias);
}

function readMatMul(reading: Reading): void {
  readAttributes(reading, {});
  const weight = readWeight(reading, false);
  pushLayer(reading, weight, new Float64Array(weight.length / reading.chain.dims[0]!));
}

/** Constant input 1 as [N, K]. */
function readWeight(reading: Reading, isOutputMajor: boolean): Float64Array {
  const { chain, node, refuse } = reading;
  if (node.inputs[0] !== chain.value) throw refuse('the constant is its left operand, which mixes the rows of a batch');
  if (chain.dims.length !== 1)
    throw refuse(
      `it takes samples of shape [${chain.dims.join(', ')}]`,
      'Put Flatten in front of the first dense layer.',
    );
  const { dims, data } = floatsAt(reading, 1);
  const [k] = chain.dims;
  const [rows, columns] = isOutputMajor ? [dims[1], dims[0]] : [dims[0], dims[1]];
  if (dims.length !== 2 || rows === undefined || rows !== k || columns === undefined || columns === 0) {
    throw refuse(`its weights have shape [${dims.join(', ')}] for samples of ${k} elements`);
  }
  if (isOutputMajor) return data;
  return Float64Array.from(data, (_, at) => data[(at % rows) * columns + Math.floor(at / rows)]!);
}

/** Adds the layer, with what waited in front of it folded in: (scale x + shift) W^T = x (W scale)^T + W shift. */
function pushLayer({ chain, node }: Reading, weight: Float64Array, bias: Float64Array): void {
  const k = chain.dims[0]!;
  const n = bias.length;
  const { pending } = chain;
  if (pending !== undefined) {
    for (let at = 0; at < weight.length; at++) {
      const channel = Math.floor(at / k);
      bias[channel] = bias[channel]! + weight[at]! * pending.shift[at % k]!;
      weight[at] = weight[at]! * pending.scale[at % k]!;
    }
  }
  chain.layers.push({
    name: node.name || node.outputs[0]!,
    k,
    n,
    weight,
    bias,
    lo: Number.NEGATIVE_INFINITY,
    hi: Number.POSITIVE_INFINITY,
  });
  chain.pending = undefined;
  chain.dims = [n];
}

function readElementwise(
  reading: Reading,
  of: (constant: number, valueIsFirst: boolean) => { readonly scale: number; readonly shift: number },
): void {
  const { chain, node } = reading;
  readAttributes(reading, {});
  const isFirst = node.inputs[0] === chain.value;
  const constants = broadcast(reading, isFirst ? 1 : 0, chain.dims);
  const parts = Array.from(constants, (c) => of(c, isFirst));
  fold(chain, {
    scale: Float64Array.from(parts, (part) => part.scale),
    shift: Float64Array.from(parts, (part) => part.shift),
  });
}

function readDiv(reading: Reading): void {
  const { chain, node, refuse } = reading;
  if (node.inputs[0] !== chain.value) throw refuse('it divides by a computed value');
  if (broadcast(reading, 1, chain.dims).includes(0))
    throw refuse('it divides by 0', 'Remove constant features from the training data.');
  readElementwise(reading, (c) => ({ scale: 1 / c, shift: 0 }));
}

/** Into the layer before it when nothing stands between, otherwise into the next one. */
function fold(chain: Chain, { scale, shift }: Affine): void {
  const last = chain.layers.at(-1);
  const { pending } = chain;
  const isOpen =
    last !== undefined &&
    pending === undefined &&
    last.lo === Number.NEGATIVE_INFINITY &&
    last.hi === Number.POSITIVE_INFINITY;
  if (isOpen) {
    const weight = last.weight.map((w, at) => w * scale[Math.floor(at / last.k)]!);
    replaceLast(chain, { ...last, weight, bias: last.bias.map((b, n) => b * scale[n]! + shift[n]!) });
  } else if (pending === undefined) chain.pending = { scale, shift };
  else {
    chain.pending = {
      scale: pending.scale.map((s, at) => s * scale[at]!),
      shift: pending.shift.map((s, at) => s * scale[at]! + shift[at]!),
    };
  }
}

function replaceLast(chain: Chain, layer: DenseLayer): void {
  chain.layers[chain.layers.length - 1] = layer;
}

/** Constant input `index` spread over a sample of shape `dims` (multidirectional broadcasting, one row). */
function broadcast(reading: Reading, index: number, dims: readonly number[]): Float64Array {
  const constant = floatsAt(reading, index);
  const missing = dims.length + 1 - constant.dims.length;
  const own = [...new Array<number>(Math.max(0, missing)).fill(1), ...constant.dims];
  const [rows, ...sample] = own;
  if (missing < 0 || rows !== 1 || sample.some((dim, axis) => dim !== 1 && dim !== dims[axis])) {
    throw reading.refuse(
      `its constant of shape [${constant.dims.join(', ')}] does not spread over samples of [${dims.join(', ')}]`,
    );
  }
  const result = new Float64Array(elementCount(dims));
  for (let at = 0; at < result.length; at++) {
    let [rest, stride, from] = [at, 1, 0];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const position = rest % dims[axis]!;
      rest = Math.floor(rest / dims[axis]!);
      if (sample[axis] !== 1) from += position * stride;
      stride *= sample[axis]!;
    }
    result[at] = constant.data[from]!;
  }
  return result;
}

function clip({ chain, refuse }: Reading, lo: number, hi: number): void {
  const last = chain.layers.at(-1);
  if (last === undefined || chain.pending !== undefined) throw refuse('no Gemm or MatMul stands before it');
  const clipped = { ...last, lo: Math.min(Math.max(last.lo, lo), hi), hi: Math.max(Math.min(last.hi, hi), lo) };
  replaceLast(chain, clipped);
}

function readClip(reading: Reading): void {
  const { node, refuse } = reading;
  readAttributes(reading, {});
  const bound = (index: number, absent: number): number => {
    if ((node.inputs[index] ?? '') === '') return absent;
    const { data } = floatsAt(reading, index);
    if (data.length !== 1) throw refuse(`its bound ${index} is not a scalar`);
    return data[0]!;
  };
  const lo = bound(1, Number.NEGATIVE_INFINITY);
  const hi = bound(2, Number.POSITIVE_INFINITY);
  if (lo > hi) throw refuse(`its bounds ${lo}..${hi} are empty`);
  clip(reading, lo, hi);
}

function readFlatten(reading: Reading): void {
  const { chain, refuse } = reading;
  const { axis } = readAttributes(reading, { axis: 1 });
  if (axis !== 1) throw refuse(`axis ${axis} mixes the rows of a batch`, 'Flatten from axis 1.');
  chain.dims = [elementCount(chain.dims)];
}

function readReshape(reading: Reading): void {
  const { chain, refuse } = reading;
  const { allowzero } = readAttributes(reading, { allowzero: 0 });
  const { dtype, dims, data } = constantAt(reading, 1);
  if (dtype !== 'int64' || dims.length !== 1 || data.length < 2)
    throw refuse('its shape is not a list of at least two int64');
  const fix = 'Reshape to [0, -1] or [-1, ...sizes], so that the rows of a batch stay apart.';
  const [rows, ...sizes] = Array.from(data as BigInt64Array, Number);
  const size = elementCount(chain.dims);
  const resolved = sizes.map((dim, axis) => (dim === 0 && allowzero === 0 ? (chain.dims[axis] ?? -2) : dim));
  const open = resolved.filter((dim) => dim === -1).length;
  const rest = resolved.reduce((product, dim) => (dim === -1 ? product : product * dim), 1);
  const filled = resolved.map((dim) => (dim === -1 ? size / rest : dim));
  const keepsRows = rows === -1 ? open === 0 : (rows === 0 && allowzero === 0) || (rows !== 0 && rows === chain.batch);
  if (
    !keepsRows ||
    open > 1 ||
    filled.some((dim) => !Number.isSafeInteger(dim) || dim < 1) ||
    elementCount(filled) !== size
  ) {
    throw refuse(`it turns samples of [${chain.dims.join(', ')}] into shape [${[rows, ...sizes].join(', ')}]`, fix);
  }
  chain.dims = filled;
}

function readConstant({ chain, node, refuse }: Reading): void {
  const value = node.attributes.get('value');
  if (node.attributes.size !== 1 || value?.type !== 'tensor') throw refuse('it holds no tensor');
  chain.constants.set(node.outputs[0]!, value.value);
}

function readSoftmax(reading: Reading, activation: Chain['activation']): void {
  const { chain, refuse } = reading;
  const { axis } = readAttributes(reading, { axis: chain.opset < 13 ? 1 : -1 });
  if (chain.layers.length === 0 || chain.dims.length !== 1 || (axis !== 1 && axis !== -1)) {
    throw refuse(
      `it works on axis ${axis} of samples of [${chain.dims.join(', ')}]`,
      'Apply it to the last axis of the last layer.',
    );
  }
  chain.activation = activation;
}
