import { tensor } from '../../../tensor/tensor.ts';
import type { Step } from '../../step.ts';
import { layernorm } from '../../steps/layernorm.ts';
import { qmatmul } from '../../steps/qmatmul.ts';
import { softmax } from '../../steps/softmax.ts';
import { fixedPoint, nearest, requantOf } from '../fixedPoint.ts';
import { exp, sqrt } from '../functions.ts';
import type { OpOf } from '../ir.ts';
import type { Site } from './site.ts';

export function matmulStep({ node, from, to }: Site, op: OpOf<'matmul'>): Step {
  const [a, b] = [from[0]!, from[1]!];
  const factor = (a.scale * b.scale * op.scale) / to.scale;
  const fixed = fixedPoint(op.k * a.levels * b.levels * factor);
  return qmatmul({
    sources: [node.sources[0]!, node.sources[1]!],
    heads: op.heads,
    m: op.m,
    n: op.n,
    k: op.k,
    isInterleavedA: op.interleaved[0],
    isInterleavedB: op.interleaved[1],
    zeroPoints: [a.zeroPoint, b.zeroPoint],
    multiplier: BigInt(Math.max(1, Math.floor(factor * fixed.unit + 0.5))),
    addend: fixed.base,
    ...requantOf(fixed, op, to),
    outDtype: 'uint8',
  });
}

/** Entries of exp in fixed point, so large that K of them stay below 2^31. */
export function softmaxStep({ node, from, to }: Site, { k, scale }: OpOf<'softmax'>): Step {
  const one = Math.floor(2_147_483_647 / k) - 1;
  const table = Int32Array.from({ length: 256 }, (_, d) => Math.floor(exp(-d * from[0]!.scale * scale) * one + 0.5));
  return softmax({
    source: node.sources[0]!,
    sourceDtype: 'uint8',
    dims: node.dims,
    q: to.levels,
    table: tensor('int32', [256], table),
  });
}

/**
 * c = K (q - mean) has the same direction as x - mean, so gamma (x - mean) / sqrt(variance + eps) is
 * gamma sqrt(K) c / sqrt(sum of c^2 + eps K^3 / scale^2).
 */
export function layerNormStep({ node, from, to }: Site, op: OpOf<'layerNorm'>): Step {
  const { k, gamma, beta } = op;
  const { scale, levels } = from[0]!;
  const epsilon = Math.max(1, Math.floor((op.eps / scale / scale) * k * k * k + 0.5));
  const variance = (k * k * k * levels * levels) / 4 + epsilon;
  let [bits, square] = [1, 4];
  while (square <= variance && bits < 31) [bits, square] = [bits + 1, square * 4];
  const gain = gamma.map((g) => (g * sqrt(k)) / to.scale);
  const addend = beta.map((b) => b / to.scale);
  const most = gain.reduce((max, g) => Math.max(max, Math.abs(g)), 1);
  const reach = gain.reduce((max, g, at) => Math.max(max, Math.abs(g) + Math.abs(addend[at]!)), 1);
  // What is divided by the root stays below 2^53 as well: (G + bound) * root.
  const fixed = fixedPoint(Math.max(reach, most * 2 * sqrt(square)));
  const data = new BigInt64Array(2 * k);
  for (let i = 0; i < k; i++)
    data.set([nearest(gain[i]! * fixed.unit), nearest(addend[i]! * fixed.unit) + fixed.base], 2 * i);
  const bound = data.reduce((max, g, at) => (at % 2 === 0 && (g < 0n ? -g : g) > max ? (g < 0n ? -g : g) : max), 1n);
  return layernorm({
    source: node.sources[0]!,
    sourceDtype: 'uint8',
    dims: node.dims,
    epsilon: BigInt(epsilon),
    bound,
    bits,
    pairs: tensor('int64', [k, 2], data),
    ...requantOf(fixed, op, to),
    outDtype: 'uint8',
  });
}
