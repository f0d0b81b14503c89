export interface PictureShape {
  readonly width: number;
  readonly height: number;
}

const LEAST_SIDE = 4;
const MOST_SIDE = 64;

const squareOf = (side: number): PictureShape | undefined =>
  side >= LEAST_SIDE && side <= MOST_SIDE ? { width: side, height: side } : undefined;

/** A grey square of at least 4x4, given as [h, w], [1, h, w], [h, w, 1], or flattened; dims without the batch. */
export function pictureOf(dims: readonly number[]): PictureShape | undefined {
  const sides = dims.filter((dim) => dim !== 1);
  if (sides.length === 2 && sides[0] === sides[1]) return squareOf(sides[0]!);
  const side = Math.sqrt(sides[0] ?? 0);
  return sides.length === 1 && Number.isInteger(side) ? squareOf(side) : undefined;
}
