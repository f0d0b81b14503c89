import { DTYPES, type Tensor, tensor, tensorBytes } from '../tensor/tensor.ts';
import type { Truth } from './challengerMove.ts';
import { coordinatesOf, firstDifference } from './firstDifference.ts';
import type { Game } from './game.ts';

/** Where a claim leaves the program, as far as it is known. */
export interface GameDivergence {
  /** 1..n; 0 the input. */
  readonly step: number;
  readonly element?: number;
  readonly coordinates?: readonly number[];
  readonly expected?: number | bigint;
  readonly claimed?: number | bigint;
}

/**
 * What a game has shown of the fault; without one, what the claimed output shows. Undefined: nothing is known to differ.
 */
export function divergenceOf(
  { own, refused }: Truth,
  known: { readonly game?: Game; readonly output?: Tensor },
): GameDivergence | undefined {
  const input = own.values[0]!.tensor;
  if (refused !== undefined) {
    if (refused === 'header') return { step: 0 };
    return {
      step: 0,
      element: refused,
      coordinates: coordinatesOf(refused, input.dims),
      claimed: input.data[refused]!,
    };
  }
  const { game, output } = known;
  if (game !== undefined && game.step > 0) return inGame(own.values[game.step]!.tensor, game);
  const difference = output === undefined ? undefined : firstDifference(own.values.at(-1)!.tensor, output);
  if (difference === undefined) return undefined;
  const { element, coordinates, expected, claimed } = difference;
  return {
    step: own.values.length - 1,
    element,
    ...(coordinates === undefined ? {} : { coordinates }),
    ...(expected === undefined ? {} : { expected }),
    ...(claimed === undefined ? {} : { claimed }),
  };
}

function inGame(mine: Tensor, { step, leaf }: Game): GameDivergence {
  if (leaf === undefined) return { step };
  const width = DTYPES[mine.dtype].bytes;
  const bytes = tensorBytes(mine);
  const from = leaf.index * leaf.data.length;
  const at = leaf.data.findIndex((byte, place) => byte !== (bytes[from + place] ?? 0));
  const element = Math.floor((from + at) / width);
  if (at < 0 || element >= mine.data.length) return { step };
  const shown = tensor(mine.dtype, [1], DTYPES[mine.dtype].make(1));
  const place = element * width - from;
  new Uint8Array(shown.data.buffer, shown.data.byteOffset, width).set(leaf.data.subarray(place, place + width));
  return {
    step,
    element,
    coordinates: coordinatesOf(element, mine.dims),
    expected: mine.data[element]!,
    claimed: shown.data[0]!,
  };
}
