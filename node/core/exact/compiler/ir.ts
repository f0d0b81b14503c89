import { elementCount } from '../../tensor/tensor.ts';

/** Image geometry of convolutions and pools, over physical samples [H, W, C]. */
export interface Geometry {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padTop: number;
  readonly padLeft: number;
  /** Output rows and columns. */
  readonly output: readonly [number, number];
}

/** What a step clips its real output to; -Infinity..Infinity where nothing does. */
export interface Bounds {
  readonly lo: number;
  readonly hi: number;
}
export const UNBOUNDED: Bounds = { lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY };
export const isUnbounded = ({ lo, hi }: Bounds): boolean =>
  lo === Number.NEGATIVE_INFINITY && hi === Number.POSITIVE_INFINITY;

/** `y = clip(x W^T + b)` on every position: source [positions, K], weight [N, K], output [positions, N]. */
export interface Dense extends Bounds {
  readonly kind: 'dense';
  readonly k: number;
  readonly n: number;
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/** Weight [O, kH, kW, C / groups]. */
export interface Conv extends Bounds {
  readonly kind: 'conv';
  readonly geometry: Geometry;
  readonly groups: number;
  readonly n: number;
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/** Real arithmetic over physical samples: what a step of the program stands for, or what will be folded into one. */
export type FloatOp =
  | { readonly kind: 'input' }
  | Dense
  | Conv
  | { readonly kind: 'maxPool'; readonly geometry: Geometry }
  /** Sum over the valid cells times `scale`. */
  | ({ readonly kind: 'avgPool'; readonly geometry: Geometry; readonly scale: number } & Bounds)
  /** factors[0] a + factors[1] b + shift, of two sources. */
  | ({ readonly kind: 'add'; readonly factors: readonly [number, number]; readonly shift: number } & Bounds)
  | ({ readonly kind: 'addConstant'; readonly constant: Float64Array } & Bounds)
  /** `scale x + shift`, element e by index e mod length; length 1, the last dimension, or the sample. */
  | { readonly kind: 'affine'; readonly scale: Float64Array; readonly shift: Float64Array }
  | ({ readonly kind: 'clip' } & Bounds)
  | { readonly kind: 'pointwise'; readonly apply: (x: number) => number }
  /** Minus infinity where `hidden` is 1; a softmax reads it. */
  | { readonly kind: 'mask'; readonly hidden: Float64Array }
  /** Output element [d0, d1, d2] is source element base + sum of d_i * strides[i]. */
  | { readonly kind: 'gather'; readonly base: number; readonly strides: readonly number[] }
  /** Of two sources. */
  | { readonly kind: 'concat'; readonly axis: number; readonly first: number }
  /** sum over k of a[h, m, k] b[h, n, k], times scale; an interleaved operand is [M, heads, K]. */
  | ({
      readonly kind: 'matmul';
      readonly heads: number;
      readonly m: number;
      readonly n: number;
      readonly k: number;
      readonly interleaved: readonly [boolean, boolean];
      readonly scale: number;
    } & Bounds)
  /** Over the last k elements of scale * x. */
  | { readonly kind: 'softmax'; readonly k: number; readonly scale: number }
  | ({
      readonly kind: 'layerNorm';
      readonly k: number;
      readonly eps: number;
      readonly gamma: Float64Array;
      readonly beta: Float64Array;
    } & Bounds)
  | { readonly kind: 'argmax'; readonly k: number };

export type FloatKind = FloatOp['kind'];
export type OpOf<K extends FloatKind> = Extract<FloatOp, { readonly kind: K }>;

/** One value of the network. `sources` are ids of earlier values; `dims` the physical sample, 1 to 3 dimensions. */
export interface FloatNode {
  /** Of the ONNX node it came from, for people. */
  readonly name: string;
  readonly op: FloatOp;
  readonly sources: readonly number[];
  readonly dims: readonly number[];
}

export const sizeOf = (node: FloatNode): number => elementCount(node.dims);

/** Bounds of an operator that clips its output; undefined for those that cannot. */
export function boundsOf(op: FloatOp): Bounds | undefined {
  return 'lo' in op && op.kind !== 'clip' ? op : undefined;
}

/** Multiplications of one row: what a run costs. */
export function workOf({ op, dims }: FloatNode): number {
  const size = elementCount(dims);
  if (op.kind === 'dense' || op.kind === 'matmul') return size * op.k;
  if (op.kind === 'conv') return (size / op.n) * op.weight.length;
  if (op.kind === 'maxPool' || op.kind === 'avgPool') return size * op.geometry.kernel[0] * op.geometry.kernel[1];
  return op.kind === 'pointwise' ? size * 32 : size;
}
