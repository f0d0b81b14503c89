import { invariant } from '../../errors.ts';
import { tensor } from '../../tensor/tensor.ts';
import type { Step } from '../step.ts';
import { argmax } from '../steps/argmax.ts';
import { concat } from '../steps/concat.ts';
import { gather } from '../steps/gather.ts';
import { lut } from '../steps/lut.ts';
import { maxpool } from '../steps/maxpool.ts';
import { type OpOf, sizeOf } from './ir.ts';
import { convStep, denseStep } from './lower/layers.ts';
import { layerNormStep, matmulStep, softmaxStep } from './lower/rows.ts';
import type { Site } from './lower/site.ts';
import { addConstantStep, addStep, avgPoolStep, maskStep } from './lower/sums.ts';
import { windowOf } from './lower/window.ts';
import { type Quantization, quantized } from './range.ts';

/** The step of the program that a node is. */
export function stepOf(site: Site): Step {
  const { node, from, to } = site;
  const { op, sources, dims } = node;
  const source = sources[0]!;
  switch (op.kind) {
    case 'dense':
      return denseStep(site, op);
    case 'conv':
      return convStep(site, op);
    case 'maxPool':
      return maxpool({ source, dtype: 'uint8', ...windowOf(op.geometry) });
    case 'avgPool':
      return avgPoolStep(site, op);
    case 'add':
      return addStep(site, op);
    case 'addConstant':
      return addConstantStep(site, op);
    case 'mask':
      return maskStep(site, op);
    case 'pointwise':
      return lut({ source, sourceDtype: 'uint8', dims, table: tableOf(op.apply, from[0]!, to) });
    case 'gather':
      return gather({
        source,
        dtype: 'uint8',
        size: sizeOf(site.sources[0]!),
        dims,
        base: op.base,
        strides: op.strides,
      });
    case 'concat':
      return concatStep(site, op);
    case 'matmul':
      return matmulStep(site, op);
    case 'softmax':
      return softmaxStep(site, op);
    case 'layerNorm':
      return layerNormStep(site, op);
    case 'argmax':
      return argmax({ source, sourceDtype: site.isWide ? 'int32' : 'uint8', k: op.k, dims });
    default:
      invariant(false, `${op.kind} was folded away`);
  }
}

/** A function of single elements on every integer its source can be; what is no number becomes 0. */
function tableOf(apply: (x: number) => number, from: Quantization, to: Quantization) {
  const table = Uint8Array.from({ length: 256 }, (_, q) => {
    const y = apply((q - from.zeroPoint) * from.scale);
    return quantized(Number.isNaN(y) ? 0 : y, to);
  });
  return tensor('uint8', [256], table);
}

function concatStep({ node }: Site, { axis, first }: OpOf<'concat'>): Step {
  const dims = (size: number): number[] => node.dims.with(axis, size);
  return concat({
    sources: [node.sources[0]!, node.sources[1]!],
    dtype: 'uint8',
    dims: [dims(first), dims(node.dims[axis]! - first)],
    axis,
  });
}
