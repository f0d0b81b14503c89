import { tensor } from '../../../tensor/tensor.ts';
import type { Step } from '../../step.ts';
import { qconv2d } from '../../steps/qconv2d.ts';
import { qlinear } from '../../steps/qlinear.ts';
import { LEVELS, MAX_REACH, weightedReach } from '../assign.ts';
import { type Channel, pairsOf, requantOf } from '../fixedPoint.ts';
import type { Conv, Dense } from '../ir.ts';
import type { Quantization } from '../range.ts';
import type { Site } from './site.ts';
import { windowOf } from './window.ts';

const INT32: Quantization = { scale: 1, zeroPoint: 0, levels: 2_147_483_647 };

/** int32 as fine as the accumulators, and coarser only where a huge bias asks for it. */
export function wideQuantization(op: Dense | Conv, from: Quantization): Quantization {
  const most = Math.max(from.zeroPoint, from.levels - from.zeroPoint) * from.scale;
  const finest = weightScales(op).reduce((scale, own) => Math.max(scale, from.scale * own), 0);
  return { ...INT32, scale: Math.max(finest, weightedReach(op.weight, op.bias, most) / MAX_REACH) };
}

/** Scale of the weights of each output channel: the largest one becomes 127. */
export function weightScales({ n, weight }: Dense | Conv): Float64Array {
  const each = weight.length / n;
  return Float64Array.from({ length: n }, (_, channel) => {
    let most = 0;
    for (let i = 0; i < each; i++) most = Math.max(most, Math.abs(weight[channel * each + i]!));
    return most === 0 ? 1 : most / 127;
  });
}

/** Integer weights -127..127. */
function integerWeights({ weight, n }: Dense | Conv, scales: Float64Array): Int8Array {
  const each = weight.length / n;
  return Int8Array.from(weight, (w, at) =>
    Math.min(127, Math.max(-127, Math.floor(w / scales[Math.floor(at / each)]! + 0.5))),
  );
}

/** Constants of a layer with weights per channel. */
function layerOf({ from, to, isWide }: Site, op: Dense | Conv) {
  const scales = weightScales(op);
  const weight = integerWeights(op, scales);
  const each = weight.length / op.n;
  const most = Math.max(from[0]!.zeroPoint, from[0]!.levels - from[0]!.zeroPoint);
  const channels = Array.from(scales, (scale, c): Channel => {
    let sum = 0;
    for (let i = 0; i < each; i++) sum += Math.abs(weight[c * each + i]!);
    const factor = (from[0]!.scale * scale) / to.scale;
    const bias = op.bias[c]! / to.scale;
    return { factor, bias, reach: most * sum * factor + Math.abs(bias) };
  });
  const { pairs, ...fixed } = pairsOf(channels);
  const clip = isWide ? wideClip(op, to) : {};
  return { weight, pairs, ...requantOf(fixed, op, to), ...clip, outDtype: isWide ? 'int32' : 'uint8' } as const;
}

/** Bounds of int32 scores. */
function wideClip({ lo, hi }: Dense | Conv, { scale }: Quantization) {
  const integer = (real: number): number =>
    Math.min(2_147_483_647, Math.max(-2_147_483_648, Math.floor(real / scale + 0.5)));
  return { lo: integer(lo), hi: integer(hi) };
}

/** Weights with zero point 128 as unsigned bytes: class U8U8. */
const unsigned = (weight: Int8Array): Uint8Array => Uint8Array.from(weight, (w) => w + 128);

export function denseStep(site: Site, op: Dense): Step {
  const { node, from } = site;
  const { weight, ...layer } = layerOf(site, op);
  const isSeven = from[0]!.levels <= LEVELS.seven;
  const dims = [op.n, op.k];
  return qlinear({
    ...layer,
    rangeClass: isSeven ? 'U7S8' : 'U8U8',
    source: node.sources[0]!,
    positions: node.dims.slice(0, -1),
    k: op.k,
    n: op.n,
    weight: isSeven ? tensor('int8', dims, weight) : tensor('uint8', dims, unsigned(weight)),
    inputZeroPoint: from[0]!.zeroPoint,
    weightZeroPoint: isSeven ? 0 : 128,
  });
}

export function convStep(site: Site, op: Conv): Step {
  const { node, from } = site;
  const { weight, ...layer } = layerOf(site, op);
  const [kH, kW] = op.geometry.kernel;
  return qconv2d({
    ...layer,
    ...windowOf(op.geometry),
    rangeClass: 'U8U8',
    source: node.sources[0]!,
    groups: op.groups,
    weight: tensor('uint8', [op.n, kH, kW, op.geometry.channels / op.groups], unsigned(weight)),
    inputZeroPoint: from[0]!.zeroPoint,
    weightZeroPoint: 128,
  });
}
