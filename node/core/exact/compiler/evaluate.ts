import { exp, sqrt } from './functions.ts';
import { type Bounds, type Conv, type FloatNode, type Geometry, type OpOf, sizeOf } from './ir.ts';

const clamp = (x: number, { lo, hi }: Bounds): number => (x < lo ? lo : x > hi ? hi : x);
type Samples = Float64Array;

/**
 * One node in float64 on whole rows, from + - * / alone: what the program's steps are compared with.
 * @param sources samples of its sources, row by row
 */
export function evaluateNode(node: FloatNode, sources: readonly Samples[], rows: number): Samples {
  const { op } = node;
  const [a, b] = sources as [Samples, Samples];
  const out = new Float64Array(rows * sizeOf(node));
  if (op.kind === 'dense') dense(op, a, out);
  else if (op.kind === 'conv') {
    const isDepthwise = op.groups === op.n && op.groups === op.geometry.channels;
    (isDepthwise ? depthwise : conv)(op, a, out, rows);
  } else if (op.kind === 'maxPool')
    pool(op.geometry, a, out, rows, (max, x) => Math.max(max, x), Number.NEGATIVE_INFINITY);
  else if (op.kind === 'avgPool') {
    pool(op.geometry, a, out, rows, (sum, x) => sum + x, 0);
    for (let i = 0; i < out.length; i++) out[i] = clamp(out[i]! * op.scale, op);
  } else if (op.kind === 'add') {
    const [f, g] = op.factors;
    for (let i = 0; i < out.length; i++) out[i] = clamp(f * a[i]! + g * b[i]! + op.shift, op);
  } else if (op.kind === 'addConstant') {
    const { constant } = op;
    for (let i = 0; i < out.length; i++) out[i] = clamp(a[i]! + constant[i % constant.length]!, op);
  } else if (op.kind === 'affine') {
    const { scale, shift } = op;
    for (let i = 0; i < out.length; i++) out[i] = a[i]! * scale[i % scale.length]! + shift[i % shift.length]!;
  } else if (op.kind === 'clip') for (let i = 0; i < out.length; i++) out[i] = clamp(a[i]!, op);
  else if (op.kind === 'pointwise') for (let i = 0; i < out.length; i++) out[i] = op.apply(a[i]!);
  else if (op.kind === 'mask') {
    const { hidden } = op;
    for (let i = 0; i < out.length; i++) out[i] = hidden[i % hidden.length] === 1 ? Number.NEGATIVE_INFINITY : a[i]!;
  } else if (op.kind === 'gather') gather(op, node, a, out, rows);
  else if (op.kind === 'concat') concat(op, node, a, b, out);
  else if (op.kind === 'matmul') matmul(op, a, b, out, rows);
  else if (op.kind === 'softmax') softmax(op, a, out);
  else if (op.kind === 'layerNorm') layerNorm(op, a, out);
  else if (op.kind === 'argmax') argmax(op.k, a, out);
  return out;
}

/** Four sums side by side: the processor does not wait for each addition. */
function dot(a: Samples, atA: number, b: Samples, atB: number, count: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < count; i += 4) {
    s0 += a[atA + i]! * b[atB + i]!;
    s1 += a[atA + i + 1]! * b[atB + i + 1]!;
    s2 += a[atA + i + 2]! * b[atB + i + 2]!;
    s3 += a[atA + i + 3]! * b[atB + i + 3]!;
  }
  for (; i < count; i++) s0 += a[atA + i]! * b[atB + i]!;
  return s0 + s1 + (s2 + s3);
}

function dense(op: OpOf<'dense'>, x: Samples, out: Samples): void {
  const { k, n, weight, bias } = op;
  for (let p = 0; p < out.length / n; p++) {
    for (let c = 0; c < n; c++) {
      out[p * n + c] = clamp(bias[c]! + dot(x, p * k, weight, c * k, k), op);
    }
  }
}

/** One channel a group: every tap is a product of two rows of channels. */
function depthwise(op: Conv, x: Samples, out: Samples, rows: number): void {
  const { height, width, channels, kernel, strides, padTop, padLeft, output } = op.geometry;
  const [kH, kW] = kernel;
  const taps = kH * kW;
  const turned = op.weight.map((_, at) => op.weight[(at % channels) * taps + Math.floor(at / channels)]!);
  for (let position = 0; position < rows * output[0] * output[1]; position++) {
    const row = Math.floor(position / (output[0] * output[1]));
    const top = (Math.floor(position / output[1]) % output[0]) * strides[0] - padTop;
    const left = (position % output[1]) * strides[1] - padLeft;
    const to = position * channels;
    out.set(op.bias, to);
    for (let i = Math.max(0, -top); i < kH && top + i < height; i++) {
      for (let j = Math.max(0, -left); j < kW && left + j < width; j++) {
        const from = ((row * height + top + i) * width + left + j) * channels;
        const w = (i * kW + j) * channels;
        for (let c = 0; c < channels; c++) out[to + c]! += x[from + c]! * turned[w + c]!;
      }
    }
  }
  for (let at = 0; at < out.length; at++) out[at] = clamp(out[at]!, op);
}

/** Copies each window once, so that every output channel is one plain dot product. */
function conv(op: Conv, x: Samples, out: Samples, rows: number): void {
  const { geometry, groups, n, weight, bias } = op;
  const { height, width, channels, kernel, strides, padTop, padLeft, output } = geometry;
  const depth = channels / groups;
  const [kH, kW] = kernel;
  const each = kH * kW * depth;
  const patch = new Float64Array(each);
  const perGroup = n / groups;
  let to = 0;
  for (let position = 0; position < rows * output[0] * output[1]; position++) {
    const row = Math.floor(position / (output[0] * output[1]));
    const top = (Math.floor(position / output[1]) % output[0]) * strides[0] - padTop;
    const left = (position % output[1]) * strides[1] - padLeft;
    for (let g = 0; g < groups; g++) {
      patch.fill(0);
      for (let i = Math.max(0, -top); i < kH && top + i < height; i++) {
        for (let j = Math.max(0, -left); j < kW && left + j < width; j++) {
          const from = ((row * height + top + i) * width + left + j) * channels + g * depth;
          for (let d = 0; d < depth; d++) patch[(i * kW + j) * depth + d] = x[from + d]!;
        }
      }
      for (let c = g * perGroup; c < (g + 1) * perGroup; c++) {
        out[to++] = clamp(bias[c]! + dot(patch, 0, weight, c * each, each), op);
      }
    }
  }
}

function pool(
  geometry: Geometry,
  x: Samples,
  out: Samples,
  rows: number,
  reduce: (before: number, x: number) => number,
  start: number,
): void {
  const { height, width, channels, kernel, strides, padTop, padLeft, output } = geometry;
  let to = 0;
  for (let row = 0; row < rows; row++) {
    for (let oy = 0; oy < output[0]; oy++) {
      for (let ox = 0; ox < output[1]; ox++) {
        const [top, left] = [oy * strides[0] - padTop, ox * strides[1] - padLeft];
        for (let c = 0; c < channels; c++) {
          let result = start;
          for (let i = Math.max(0, -top); i < kernel[0] && top + i < height; i++)
            for (let j = Math.max(0, -left); j < kernel[1] && left + j < width; j++)
              result = reduce(result, x[((row * height + top + i) * width + left + j) * channels + c]!);
          out[to++] = result;
        }
      }
    }
  }
}

function gather({ base, strides }: OpOf<'gather'>, { dims }: FloatNode, x: Samples, out: Samples, rows: number): void {
  const [d0 = 1, d1 = 1, d2 = 1] = dims;
  const [s0 = 0, s1 = 0, s2 = 0] = strides;
  const size = x.length / rows;
  let to = 0;
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < d0; i++)
      for (let j = 0; j < d1; j++)
        for (let k = 0; k < d2; k++) out[to++] = x[row * size + base + i * s0 + j * s1 + k * s2]!;
}

function concat({ axis, first }: OpOf<'concat'>, { dims }: FloatNode, a: Samples, b: Samples, out: Samples): void {
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const [left, right] = [first * inner, (dims[axis]! - first) * inner];
  for (let block = 0; block < out.length / (left + right); block++) {
    out.set(a.subarray(block * left, (block + 1) * left), block * (left + right));
    out.set(b.subarray(block * right, (block + 1) * right), block * (left + right) + left);
  }
}

function matmul(op: OpOf<'matmul'>, a: Samples, b: Samples, out: Samples, rows: number): void {
  const { heads, m, n, k, interleaved, scale } = op;
  const at = (row: number, h: number, i: number, count: number, isInterleaved: boolean): number =>
    (row * heads * count + (isInterleaved ? i * heads + h : h * count + i)) * k;
  let to = 0;
  for (let row = 0; row < rows; row++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          const [left, right] = [at(row, h, i, m, interleaved[0]), at(row, h, j, n, interleaved[1])];
          out[to++] = clamp(dot(a, left, b, right, k) * scale, op);
        }
      }
    }
  }
}

function softmax({ k, scale }: OpOf<'softmax'>, x: Samples, out: Samples): void {
  for (let at = 0; at < out.length; at += k) {
    let [max, sum] = [Number.NEGATIVE_INFINITY, 0];
    for (let i = 0; i < k; i++) max = Math.max(max, x[at + i]!);
    for (let i = 0; i < k; i++) {
      out[at + i] = exp((x[at + i]! - max) * scale);
      sum += out[at + i]!;
    }
    for (let i = 0; i < k; i++) out[at + i] = out[at + i]! / sum;
  }
}

function layerNorm(op: OpOf<'layerNorm'>, x: Samples, out: Samples): void {
  const { k, eps, gamma, beta } = op;
  for (let at = 0; at < out.length; at += k) {
    let [mean, variance] = [0, 0];
    for (let i = 0; i < k; i++) mean += x[at + i]! / k;
    for (let i = 0; i < k; i++) variance += ((x[at + i]! - mean) * (x[at + i]! - mean)) / k;
    const deviation = sqrt(variance + eps);
    for (let i = 0; i < k; i++) out[at + i] = clamp(((x[at + i]! - mean) / deviation) * gamma[i]! + beta[i]!, op);
  }
}

function argmax(k: number, x: Samples, out: Samples): void {
  for (let at = 0; at < out.length; at++) {
    let best = 0;
    for (let i = 1; i < k; i++) if (x[at * k + i]! > x[at * k + best]!) best = i;
    out[at] = best;
  }
}

/**
 * Every node on some rows; what nobody reads any more is dropped.
 * @param input node 0's samples, units applied
 * @param visit is shown each node's samples once
 */
export function evaluateNetwork(
  nodes: readonly FloatNode[],
  input: Samples,
  rows: number,
  visit: (id: number, samples: Samples) => void,
): void {
  const last = nodes.map((_, id) => id);
  for (const [id, { sources }] of nodes.entries()) for (const source of sources) last[source] = id;
  const values: (Samples | undefined)[] = [];
  for (const [id, node] of nodes.entries()) {
    const samples =
      id === 0
        ? input
        : evaluateNode(
            node,
            node.sources.map((source) => values[source]!),
            rows,
          );
    visit(id, samples);
    values[id] = samples;
    for (const source of node.sources) if (last[source] === id) values[source] = undefined;
  }
}
