import type { Program, ProgramInput } from '../../../node/core/exact/program.ts';
import { encodeInput } from '../../../node/core/exact/quantize.ts';
import type { Tensor } from '../../../node/core/tensor/tensor.ts';

/** How people can give an input: as a picture to draw, as numbers, or as a list of values. */
export interface InputShape {
  readonly elements: number;
  /** Width and height when the elements can be read as one grey picture. */
  readonly picture?: { readonly width: number; readonly height: number };
  /** Values of an element that the model tells apart; beyond them it saturates. */
  readonly least: number;
  readonly most: number;
}

const LEAST_SIDE = 4;
const MOST_SIDE = 64;

/** A square of at least 4x4, given as [h, w], [1, h, w], [h, w, 1], or flattened. */
function pictureOf(dims: readonly number[]): InputShape['picture'] {
  const sides = dims.filter((dim) => dim !== 1);
  if (sides.length === 2 && sides[0] === sides[1]) return squareOf(sides[0]!);
  const side = Math.sqrt(sides[0] ?? 0);
  return sides.length === 1 && Number.isInteger(side) ? squareOf(side) : undefined;
}

const squareOf = (side: number): InputShape['picture'] =>
  side >= LEAST_SIDE && side <= MOST_SIDE ? { width: side, height: side } : undefined;

/** Derived from what the model's own metadata says of its input. */
export function inputShapeOf(input: ProgramInput): InputShape {
  const { dims, scale, offset, lo, hi, zeroPoint } = input;
  const ends = scale.flatMap((unit, k) => [lo, hi].map((code) => unit * (code - zeroPoint) + offset[k]!));
  const picture = pictureOf(dims);
  return {
    elements: dims.reduce((product, dim) => product * dim, 1),
    ...(picture === undefined ? {} : { picture }),
    least: Math.min(...ends),
    most: Math.max(...ends),
  };
}

/** The values as the program reads them. @throws ExactInputRefused */
export const encodeValues = (input: ProgramInput, values: readonly number[]): Tensor<'uint8' | 'int8'> =>
  // Of a program only its input is looked at.
  encodeInput({ input } as Program, Float32Array.from(values), [1, ...input.dims]);

/** What somebody typed or pasted as a list of numbers. Undefined when it is none of the right length. */
export function parseValues(text: string, elements: number): readonly number[] | undefined {
  const parts = text
    .replace(/[[\]]/g, ' ')
    .split(/[\s,;]+/)
    .filter((part) => part !== '');
  if (parts.length !== elements) return undefined;
  const values = parts.map(Number);
  return values.every(Number.isFinite) ? values : undefined;
}
