import { type GraphBuilder, ints } from '../onnx/build.ts';
import { DTYPES, type DType, type Tensor, tensor } from '../tensor/tensor.ts';

/** A value of the program in the graph: `rows` is [N, ...dims] row-major, `image` is [N, C, H, W] of dims [H, W, C]. */
interface Value {
  readonly name: string;
  readonly dtype: DType;
  readonly form: 'rows' | 'image';
  readonly dims: readonly number[];
}

const sameDims = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((dim, axis) => dim === b[axis]);

export const int64List = (values: readonly (number | bigint)[]): Tensor<'int64'> =>
  tensor('int64', [values.length], BigInt64Array.from(values, BigInt));
export const int64Scalar = (value: number | bigint): Tensor<'int64'> =>
  tensor('int64', [], BigInt64Array.of(BigInt(value)));

/** A zero point. */
export const byteScalar = (dtype: 'uint8' | 'int8', value: number): Tensor =>
  dtype === 'uint8' ? tensor('uint8', [], Uint8Array.of(value)) : tensor('int8', [], Int8Array.of(value));

/**
 * The graph under construction, with the outputs of the steps so far. Steps ask for a source in the shape and memory
 * order they compute in; what must be moved for that is moved once. Everything here is a function of the program alone, so
 * that the loader can write the graph again and compare.
 */
export class Emitter {
  readonly graph: GraphBuilder;
  readonly #values: Value[];
  /** Converted values by source, form and dims. */
  readonly #converted = new Map<string, Value>();

  constructor(
    graph: GraphBuilder,
    input: { readonly name: string; readonly dtype: DType; readonly dims: readonly number[] },
  ) {
    this.graph = graph;
    this.#values = [{ ...input, form: 'rows' }];
  }

  /** Source j as [N, ...dims], row-major; `dims` have the element count of the source. */
  rows(source: number, dims: readonly number[]): string {
    return this.#as(source, 'rows', dims).name;
  }

  /** Source j as [N, C, H, W]. */
  image(source: number, [height, width, channels]: readonly [number, number, number]): string {
    return this.#as(source, 'image', [height, width, channels]).name;
  }

  /** Dims [H, W, C] of a source that is at hand as an image, else undefined: steps on single elements keep the order. */
  imageDims(source: number): readonly number[] | undefined {
    const value = this.#values[source]!;
    return value.form === 'image' ? value.dims : undefined;
  }

  /** Source j in the given form. */
  like(source: number, form: 'rows' | 'image', dims: readonly number[]): string {
    return this.#as(source, form, dims).name;
  }

  dtypeOf(source: number): DType {
    return this.#values[source]!.dtype;
  }

  /** Declares the output of the next step. */
  define(name: string, dtype: DType, form: 'rows' | 'image', dims: readonly number[]): void {
    this.#values.push({ name, dtype, form, dims });
  }

  constant(name: string, value: Tensor): string {
    return this.graph.constant(name, value);
  }

  node(
    op: string,
    inputs: readonly string[],
    name: string,
    attributes: Parameters<GraphBuilder['node']>[2] = {},
  ): string {
    return this.graph.node(op, inputs, attributes, { name });
  }

  cast(value: string, to: DType, name: string): string {
    return this.node('Cast', [value], name, { to: DTYPES[to].onnx });
  }

  reshape(value: string, dims: readonly number[], name: string): string {
    return this.node('Reshape', [value, this.constant(`${name}.shape`, int64List([-1, ...dims]))], name);
  }

  #as(source: number, form: Value['form'], dims: readonly number[]): Value {
    const value = this.#values[source]!;
    if (value.form === form && sameDims(value.dims, dims)) return value;
    const key = `${source} ${form} ${dims.join(' ')}`;
    const known = this.#converted.get(key);
    if (known !== undefined) return known;
    const made = { name: this.#convert(source, value, form, dims), dtype: value.dtype, form, dims };
    this.#converted.set(key, made);
    return made;
  }

  #convert(source: number, value: Value, form: Value['form'], dims: readonly number[]): string {
    const name = `value${source}.${form}`;
    if (form === 'image') {
      const [height = 1, width = 1, channels = 1] = dims;
      // With one channel, or one pixel, both orders are the same.
      if (value.form === 'rows' && (channels === 1 || height * width === 1))
        return this.reshape(value.name, [channels, height, width], name);
      const rows = this.rows(source, dims);
      return this.node('Transpose', [rows], name, { perm: ints([0, 3, 1, 2]) });
    }
    if (value.form === 'rows') return this.reshape(value.name, dims, name);
    const [height = 1, width = 1, channels = 1] = value.dims;
    if (channels === 1 || height * width === 1) return this.reshape(value.name, dims, name);
    if (sameDims(value.dims, dims)) return this.node('Transpose', [value.name], name, { perm: ints([0, 2, 3, 1]) });
    return this.reshape(this.rows(source, value.dims), dims, name);
  }
}

/** Constants of a requantisation: one pair for all elements, or one per channel. */
export interface Requantization {
  readonly multipliers: readonly bigint[] | BigInt64Array;
  readonly addends: readonly bigint[] | BigInt64Array;
  readonly shift: number;
  readonly offset: bigint;
  readonly lo: number;
  readonly hi: number;
  readonly outDtype: DType;
  /** Shape in which the channel constants meet the accumulators, e.g. [N] or [C, 1, 1]; [] for a scalar. */
  readonly channelDims: readonly number[];
}

/** The seven nodes from accumulators to the step's output. @param acc integers of type `accDtype` */
export function emitRequant(emitter: Emitter, acc: string, accDtype: DType, q: Requantization, name: string): string {
  const channel = (values: Requantization['addends']): Tensor =>
    tensor('int64', q.channelDims, BigInt64Array.from(values));
  const wide = accDtype === 'int64' ? acc : emitter.cast(acc, 'int64', `${name}.wide`);
  const multiplier = emitter.constant(`${name}.multiplier`, channel(q.multipliers));
  const scaled = emitter.node('Mul', [wide, multiplier], `${name}.scaled`);
  return emitShift(emitter, scaled, q, name, channel(q.addends));
}

/** Add, Div, Sub, Clip, Cast: from scaled accumulators to the step's output. */
export function emitShift(
  emitter: Emitter,
  scaled: string,
  q: Pick<Requantization, 'shift' | 'offset' | 'lo' | 'hi' | 'outDtype'>,
  name: string,
  addend: Tensor,
): string {
  const scalar = (suffix: string, value: number | bigint): string =>
    emitter.constant(`${name}.${suffix}`, int64Scalar(value));
  const numerator = emitter.node('Add', [scaled, emitter.constant(`${name}.addend`, addend)], `${name}.numerator`);
  const quotient = emitter.node('Div', [numerator, scalar('divisor', 1n << BigInt(q.shift))], `${name}.quotient`);
  const centred = emitter.node('Sub', [quotient, scalar('offset', q.offset)], `${name}.centred`);
  const clipped = emitter.node('Clip', [centred, scalar('lo', q.lo), scalar('hi', q.hi)], `${name}.clipped`);
  return emitter.cast(clipped, q.outDtype, name);
}
