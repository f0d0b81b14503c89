import type { Program, ProgramInput } from '../../../node/core/exact/program.ts';
import { encodeInput } from '../../../node/core/exact/quantize.ts';
import type { Tensor } from '../../../node/core/tensor/tensor.ts';
import { type PictureShape, pictureOf } from './pictureShape.ts';

/** How people can give an input: as a picture to draw, as numbers, or as a list of values. */
export interface InputShape {
  readonly elements: number;
  /** Width and height when the elements can be read as one grey picture. */
  readonly picture?: PictureShape;
  /** Values of an element that the model tells apart; beyond them it saturates. */
  readonly least: number;
  readonly most: number;
}

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
