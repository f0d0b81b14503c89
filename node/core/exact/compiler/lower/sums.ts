import { tensor } from '../../../tensor/tensor.ts';
import type { Step } from '../../step.ts';
import { avgpool } from '../../steps/avgpool.ts';
import { qadd } from '../../steps/qadd.ts';
import { LEVELS } from '../assign.ts';
import { fixedPoint, nearest, requantOf } from '../fixedPoint.ts';
import { type OpOf, UNBOUNDED } from '../ir.ts';
import { type Quantization, quantized } from '../range.ts';
import type { Site } from './site.ts';
import { windowOf } from './window.ts';

export function avgPoolStep({ node, from, to }: Site, op: OpOf<'avgPool'>): Step {
  const { kernel } = op.geometry;
  const factor = (from[0]!.scale * op.scale) / to.scale;
  const fixed = fixedPoint(from[0]!.levels * kernel[0] * kernel[1] * factor);
  return avgpool({
    ...windowOf(op.geometry),
    source: node.sources[0]!,
    sourceDtype: 'uint8',
    inputZeroPoint: from[0]!.zeroPoint,
    multiplier: BigInt(Math.max(1, Math.floor(factor * fixed.unit + 0.5))),
    addend: fixed.base,
    ...requantOf(fixed, op, to),
    outDtype: 'uint8',
  });
}

/** f a + g b + shift of two quantised values. */
function sumOf(
  [f, g]: readonly [number, number],
  [a, b]: readonly [Quantization, Quantization],
  shift: number,
  to: Quantization,
) {
  const reach = (Math.abs(f) * a.levels * a.scale + Math.abs(g) * b.levels * b.scale + Math.abs(shift)) / to.scale;
  // Twice, for the zero points, which are taken off in the addend.
  const fixed = fixedPoint(2 * reach);
  const multipliers = [
    nearest(((f * a.scale) / to.scale) * fixed.unit),
    nearest(((g * b.scale) / to.scale) * fixed.unit),
  ] as const;
  const centre = multipliers[0] * BigInt(a.zeroPoint) + multipliers[1] * BigInt(b.zeroPoint);
  const addend = nearest((shift / to.scale) * fixed.unit) + fixed.base - centre;
  return { fixed, multipliers, addend };
}

export function addStep({ node, from, to }: Site, op: OpOf<'add'>): Step {
  const { fixed, multipliers, addend } = sumOf(op.factors, [from[0]!, from[1]!], op.shift, to);
  return qadd({
    sources: [node.sources[0]!, node.sources[1]!],
    sourceDtype: 'uint8',
    dims: node.dims,
    multipliers,
    addend,
    ...requantOf(fixed, op, to),
    outDtype: 'uint8',
  });
}

export function addConstantStep({ node, from, to }: Site, op: OpOf<'addConstant'>): Step {
  const own = constantQuantization(op.constant);
  const { fixed, multipliers, addend } = sumOf([1, 1], [from[0]!, own], 0, to);
  return qadd({
    sources: [node.sources[0]!],
    operand: tensor(
      'uint8',
      node.dims,
      Uint8Array.from(op.constant, (c) => quantized(c, own)),
    ),
    sourceDtype: 'uint8',
    dims: node.dims,
    multipliers,
    addend,
    ...requantOf(fixed, op, to),
    outDtype: 'uint8',
  });
}

/** Hidden elements lose so much that they end at the lower clip. */
export function maskStep({ node, from, to }: Site, { hidden }: OpOf<'mask'>): Step {
  const [source] = from as [Quantization];
  const depth = (source.levels - source.zeroPoint) * source.scale + to.zeroPoint * to.scale;
  const own = { scale: (1.01 * depth) / LEVELS.eight, zeroPoint: LEVELS.eight, levels: LEVELS.eight };
  const { fixed, multipliers, addend } = sumOf([1, 1], [source, own], 0, to);
  return qadd({
    sources: [node.sources[0]!],
    operand: tensor(
      'uint8',
      node.dims,
      Uint8Array.from(hidden, (one) => (one === 1 ? 0 : LEVELS.eight)),
    ),
    sourceDtype: 'uint8',
    dims: node.dims,
    multipliers,
    addend,
    ...requantOf(fixed, UNBOUNDED, to),
    outDtype: 'uint8',
  });
}

/** 8 bits over the constants' own range. */
function constantQuantization(constant: Float64Array): Quantization {
  let [lo, hi] = [0, 0];
  for (const c of constant) [lo, hi] = [Math.min(lo, c), Math.max(hi, c)];
  const scale = hi > lo ? (hi - lo) / LEVELS.eight : 1;
  return { scale, zeroPoint: Math.floor(-lo / scale + 0.5), levels: LEVELS.eight };
}
