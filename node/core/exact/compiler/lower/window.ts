import type { Geometry } from '../ir.ts';

/** Padding behind the image as far as the windows reach. */
export function windowOf({ height, width, channels, kernel, strides, padTop, padLeft, output }: Geometry) {
  const behind = (axis: 0 | 1, size: number, before: number): number =>
    Math.max(0, (output[axis] - 1) * strides[axis] + kernel[axis] - size - before);
  const pads = [padTop, padLeft, behind(0, height, padTop), behind(1, width, padLeft)] as const;
  return { image: [height, width, channels], kernel, strides, pads } as const;
}
