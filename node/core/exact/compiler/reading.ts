import type { Attribute, Node } from '../../onnx/model.ts';
import { elementCount, type Tensor } from '../../tensor/tensor.ts';
import type { ExactOpUnsupported } from '../errors.ts';
import { type FloatNode, type FloatOp, sizeOf } from './ir.ts';
import {
  type Axis,
  indicesOf,
  isComplete,
  isRowMajor,
  keepsRows,
  merged,
  refined,
  sampleAxes,
  shapeOf,
  sizeOfAxes,
  type View,
} from './view.ts';

/** A function of single elements that waits for the operator it can be folded into. */
export type Stage =
  | { readonly kind: 'affine'; readonly scale: number; readonly shift: number }
  | { readonly kind: 'clip'; readonly lo: number; readonly hi: number }
  | { readonly kind: 'pointwise'; readonly apply: (x: number) => number };

/** A value inside a composition that has a step of its own: it exists only once the composition is complete. */
export type Pattern =
  | { readonly kind: 'mean'; readonly of: Value; readonly compute: () => Value }
  | { readonly kind: 'centred' | 'squared' | 'variance'; readonly of: Value }
  | { readonly kind: 'varianceEps' | 'deviation' | 'inverseDeviation'; readonly of: Value; readonly eps: number }
  /** A softmax that nothing follows is left to the client. */
  | { readonly kind: 'softmax' | 'logSoftmax'; readonly of: Value; readonly compute: () => Value };

/** A float tensor of the model: elements of a node, seen through a view, then through the stages. */
export interface Value {
  readonly node: number;
  readonly view: View;
  readonly stages: readonly Stage[];
  readonly pattern?: Pattern;
}

/** Pieces that one reordering may fall into. */
const MAX_PIECES = 256;

/** The network as far as it has been read. */
export interface Network {
  readonly opset: number;
  /** Rows that shapes are inferred with. */
  readonly batch: number;
  readonly nodes: FloatNode[];
  readonly values: Map<string, Value>;
  readonly constants: Map<string, Tensor>;
  /** Nodes that stages have become. */
  readonly settled: Map<number, Map<Stage, number>>;
}

/** A node under the eyes of its rule. */
export class Reading {
  readonly network: Network;
  readonly node: Node;
  readonly name: string;
  readonly refuse: (why: string, fix?: string) => ExactOpUnsupported;

  constructor(network: Network, node: Node, refuse: Reading['refuse']) {
    this.network = network;
    this.node = node;
    this.name = node.name || node.outputs[0]!;
    this.refuse = refuse;
  }

  has(index: number): boolean {
    return (this.node.inputs[index] ?? '') !== '';
  }

  isConstant(index: number): boolean {
    return this.network.constants.has(this.node.inputs[index] ?? '');
  }

  /** Input `index` as it is, patterns and stages included. */
  raw(index: number): Value {
    const name = this.node.inputs[index] ?? '';
    const value = this.network.values.get(name);
    if (value === undefined)
      throw this.refuse(`its input ${index} ${JSON.stringify(name)} is ${this.isConstant(index) ? '' : 'no '}constant`);
    return value;
  }

  /** Input `index`, stages not yet applied. */
  value(index: number): Value {
    return this.plain(this.raw(index), index);
  }

  /** Input `index` with its stages applied. */
  settledValue(index: number): Value {
    return this.settle(this.value(index));
  }

  plain(value: Value, index = 0): Value {
    const { pattern } = value;
    if (pattern === undefined) return value;
    if (pattern.kind === 'logSoftmax') throw this.refuse('it follows LogSoftmax, which must come last');
    if ('compute' in pattern) return pattern.compute();
    throw this.refuse(`its input ${index} is a part of a layer normalisation that is not complete`);
  }

  constant(index: number): Tensor {
    const name = this.node.inputs[index] ?? '';
    const value = this.network.constants.get(name);
    if (value === undefined) throw this.refuse(`its input ${index} ${JSON.stringify(name)} is not a constant`);
    return value;
  }

  /** @param mayHide minus infinity is allowed */
  floats(index: number, mayHide = false): { readonly dims: readonly number[]; readonly data: Float64Array } {
    const { dtype, dims, data } = this.constant(index);
    if (dtype !== 'float32' && dtype !== 'float64')
      throw this.refuse(`its constant input ${index} is ${dtype}, not float`);
    const values = Float64Array.from(data as Float32Array | Float64Array);
    if (!values.every((value) => Number.isFinite(value) || (mayHide && value === Number.NEGATIVE_INFINITY)))
      throw this.refuse(
        `its constant input ${index} holds NaN or infinity`,
        'Train the model again: its weights diverged.',
      );
    return { dims, data: values };
  }

  /** Booleans as 0 and 1. */
  flags(index: number): { readonly dims: readonly number[]; readonly data: Float64Array } {
    const { dims, data } = this.constant(index);
    return { dims, data: Float64Array.from(data as Uint8Array, (flag) => (flag === 0 ? 0 : 1)) };
  }

  integers(index: number): number[] {
    const { dtype, data } = this.constant(index);
    if (dtype !== 'int64' && dtype !== 'int32')
      throw this.refuse(`its constant input ${index} is ${dtype}, not integer`);
    return Array.from(data as BigInt64Array | Int32Array, Number);
  }

  scalar(index: number): number {
    const { data } = this.floats(index);
    if (data.length !== 1) throw this.refuse(`its input ${index} is not a scalar`);
    return data[0]!;
  }

  /** Values of the numeric attributes, `defaults` where they are absent; any other attribute is refused. */
  numbers<Name extends string>(
    defaults: Readonly<Record<Name, number>>,
    others: readonly string[] = [],
  ): Record<Name, number> {
    const values: Record<Name, number> = { ...defaults };
    for (const [name, attribute] of this.node.attributes) {
      if (others.includes(name)) continue;
      if (!Object.hasOwn(defaults, name)) throw this.refuse(`its attribute ${JSON.stringify(name)} has no exact twin`);
      if (attribute.type !== 'int' && attribute.type !== 'float')
        throw this.refuse(`its attribute ${JSON.stringify(name)} is not a number`);
      values[name as Name] = attribute.value;
    }
    return values;
  }

  attribute<T extends Attribute['type']>(name: string, type: T) {
    const found = this.node.attributes.get(name);
    if (found === undefined) return undefined;
    if (found.type !== type) throw this.refuse(`its attribute ${JSON.stringify(name)} is not ${type}`);
    return found.value as Extract<Attribute, { type: T }>['value'];
  }

  /** `axis` counted from the front. */
  axis(axis: number, rank: number): number {
    const at = axis < 0 ? axis + rank : axis;
    if (!Number.isInteger(at) || at < 0 || at >= rank) throw this.refuse(`axis ${axis} is outside ${rank} dimensions`);
    return at;
  }

  /** The axis, which must not be the batch. */
  sampleAxis(value: Value, axis: number): number {
    const at = this.axis(axis, value.view.dims.length);
    if (value.view.dims[at]!.some(({ isBatch }) => isBatch))
      throw this.refuse(`axis ${axis} mixes the rows of a batch`, 'Work on the axes behind the batch.');
    return at;
  }

  /** The value has shape [batch, ...rank - 1 dimensions], the rows apart. */
  requireRows({ view }: Value, rank?: number): void {
    if (!keepsRows(view) || (rank !== undefined && view.dims.length !== rank))
      throw this.refuse(
        `it takes ${this.shown(view)}`,
        `Give it [batch, ...samples]${rank === undefined ? '' : ` of rank ${rank}`}.`,
      );
  }

  /** Shape of a view for people, the batch as N. */
  shown({ dims }: View): string {
    const one = (axes: readonly Axis[]): string =>
      axes.length === 0 ? '1' : axes.map(({ isBatch, size }) => (isBatch ? 'N' : String(size))).join('*');
    return `[${dims.map(one).join(', ')}]`;
  }

  shape(value: Value): number[] {
    return shapeOf(value.view);
  }

  /** Elements of one row of the node behind a value. */
  sampleSize({ node }: Value): number {
    return sizeOf(this.network.nodes[node]!);
  }

  add(op: FloatOp, sources: readonly number[], dims: readonly number[], name = this.name): number {
    this.network.nodes.push({ name, op, sources, dims });
    return this.network.nodes.length - 1;
  }

  /** The value with another stage behind it. */
  staged(value: Value, stage: Stage): Value {
    return { ...value, stages: [...value.stages, stage] };
  }

  /** The value with its stages as nodes. */
  settle(value: Value): Value {
    const { nodes, settled } = this.network;
    let { node } = value;
    for (const stage of value.stages) {
      const known = settled.get(node) ?? new Map<Stage, number>();
      settled.set(node, known);
      const made = known.get(stage) ?? this.add(opOfStage(stage), [node], nodes[node]!.dims);
      known.set(stage, made);
      node = made;
    }
    return { ...value, node, stages: [] };
  }

  /** A value of the same view over another node of the same sample. */
  over(value: Value, node: number): Value {
    return { node, view: value.view, stages: [] };
  }

  /** A node whose sample is row-major in the given order of the value's dimensions; moved only if it must be. */
  packed(value: Value, order: readonly number[]): number {
    const axes = order.flatMap((dim) => value.view.dims[dim]!.filter(({ isBatch }) => !isBatch));
    if (value.view.offset === 0 && isRowMajor(axes, this.sampleSize(value))) return value.node;
    return this.#gather(value.node, value.view.offset, merged(axes), { pieces: 1 });
  }

  /** A node that holds the elements of `value` in the physical order of `base`, whose view is complete. */
  packedLike(value: Value, base: Value): number {
    const sample = (view: View): Axis[] => merged(sampleAxes(view));
    const pairs = refined(sample(base.view), sample(value.view));
    if (pairs === undefined) throw this.refuse(`it combines ${this.shown(base.view)} and ${this.shown(value.view)}`);
    const axes = pairs.toSorted((a, b) => b[0].stride - a[0].stride).map(([, own]) => own);
    if (value.view.offset === 0 && isRowMajor(axes, this.sampleSize(value))) return value.node;
    return this.#gather(value.node, value.view.offset, merged(axes), { pieces: 1 });
  }

  /** The value over a node that holds exactly its elements, whatever their order. */
  complete(value: Value): Value {
    if (isComplete(value.view, this.sampleSize(value))) return value;
    const order = value.view.dims.map((_, dim) => dim);
    const node = this.packed(value, order);
    let stride = sizeOfAxes(sampleAxes(value.view));
    const dims = value.view.dims.map((axes) =>
      axes.map((axis) => {
        if (axis.isBatch) return axis;
        stride /= axis.size;
        return { size: axis.size, stride };
      }),
    );
    return { node, view: { offset: 0, dims }, stages: [] };
  }

  #gather(source: number, base: number, axes: readonly Axis[], budget: { pieces: number }): number {
    if (axes.length <= 3) {
      const strides = axes.map(({ stride }) => stride);
      const dims = axes.map(({ size }) => size);
      return axes.length === 0
        ? this.add({ kind: 'gather', base, strides: [0] }, [source], [1])
        : this.add({ kind: 'gather', base, strides }, [source], dims);
    }
    const [outer, ...rest] = axes;
    budget.pieces *= outer!.size;
    if (budget.pieces > MAX_PIECES)
      throw this.refuse(`its input comes in an order that takes more than ${MAX_PIECES} moves`);
    const size = elementCount(rest.map((one) => one.size));
    let whole = this.#gather(source, base, rest, budget);
    for (let i = 1; i < outer!.size; i++) {
      const piece = this.#gather(source, base + i * outer!.stride, rest, budget);
      whole = this.add({ kind: 'concat', axis: 0, first: i * size }, [whole, piece], [(i + 1) * size]);
    }
    return whole;
  }

  /** A constant of one sample's shape in the physical order of a complete value. */
  scattered(value: Value, constant: Float64Array): Float64Array {
    const physical = new Float64Array(constant.length);
    for (const [at, index] of indicesOf(value.view).entries()) physical[index] = constant[at]!;
    return physical;
  }
}

function opOfStage(stage: Stage): FloatOp {
  if (stage.kind !== 'affine') return stage;
  return { kind: 'affine', scale: Float64Array.of(stage.scale), shift: Float64Array.of(stage.shift) };
}
