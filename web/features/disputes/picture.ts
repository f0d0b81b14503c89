import { fromHex } from '../../../node/core/codec/hex.ts';
import { ProtocolError } from '../../../node/core/errors.ts';
import { decodeHeader, type TensorHeader } from '../../../node/core/merkle/tensorCommitment.ts';
import type { Move } from './query.ts';

/** Levels that one opening spans (contracts/disputes/Arena.sol): 64 children of the steps, 32 of a tensor. */
const TRACE_LEVELS = 6;
const TENSOR_LEVELS = 5;

/** One opening by the worker, and what the challenger picked out of it. */
export interface Opening {
  readonly tree: 'trace' | 'tensor';
  /** Height of the children above the leaves of their tree. */
  readonly childLevel: number;
  /** Index of the first child on its level. */
  readonly first: number;
  readonly children: number;
  /** Leaves of the whole tree: steps of the trace, or 1,024-byte leaves of a tensor. */
  readonly leaves: number;
  /** Position among the children; absent until the challenger has moved. */
  readonly picked?: number;
}

/** How far a game has come down the tree: from all steps to one element. */
export interface Picture {
  /** Steps of the program; absent until the worker has shown his trace. */
  readonly steps?: number;
  readonly openings: readonly Opening[];
  /** j of T_j, once the game is about one step. */
  readonly step?: number;
  /** Of T_j, once opened. */
  readonly header?: TensorHeader;
  /** The opened leaf of T_j and its bytes. */
  readonly leaf?: { readonly index: number; readonly data: Uint8Array };
  readonly element?: bigint;
  readonly partials?: readonly string[];
}

export const depthOf = (leaves: number): number => (leaves <= 1 ? 0 : Math.ceil(Math.log2(leaves)));

type Draft = { -readonly [K in keyof Picture]: Picture[K] } & { openings: Opening[] };

/** Where the game stands in the tree that is being opened. */
interface Place {
  tree: Opening['tree'];
  level: number;
  index: number;
  leaves: number;
}

function readHeader(hex: string | null): TensorHeader | undefined {
  try {
    return hex === null ? undefined : decodeHeader(fromHex(hex));
  } catch (error) {
    // The worker may open a header that no honest tensor has; the court only checks its hash and size.
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function readBytes(hex: string | null): Uint8Array {
  try {
    return hex === null ? new Uint8Array() : fromHex(hex);
  } catch (error) {
    if (error instanceof ProtocolError) return new Uint8Array();
    throw error;
  }
}

function addOpening(draft: Draft, place: Place, children: number): void {
  const levels = Math.min(place.level, place.tree === 'trace' ? TRACE_LEVELS : TENSOR_LEVELS);
  draft.openings.push({
    tree: place.tree,
    childLevel: place.level - levels,
    first: place.index * 2 ** levels,
    children,
    leaves: place.leaves,
  });
}

function pick(draft: Draft, place: Place, move: Move): void {
  const last = draft.openings.at(-1);
  const index = Number(move.index ?? 0);
  if (last !== undefined) draft.openings[draft.openings.length - 1] = { ...last, picked: index - last.first };
  place.level = move.level ?? 0;
  place.index = index;
  if (place.tree === 'trace' && place.level === 0) draft.step = index + 1;
}

function openTensor(draft: Draft, place: Place, move: Move): void {
  const header = readHeader(move.header);
  if (header !== undefined) draft.header = header;
  place.tree = 'tensor';
  place.leaves = header?.leaves ?? 1;
  place.level = depthOf(place.leaves);
  place.index = 0;
  draft.step ??= 1;
  if ((move.children?.length ?? 0) > 0) addOpening(draft, place, move.children!.length);
}

/** Follows the moves of one game, in their order. The moves are hostile text: whatever does not fit is left out. */
export function pictureOf(moves: readonly Move[], steps: number | null): Picture {
  const draft: Draft = { openings: [], ...(steps === null ? {} : { steps }) };
  const leaves = steps ?? 1;
  const place: Place = { tree: 'trace', level: depthOf(leaves), index: 0, leaves };
  for (const move of moves) {
    if (move.kind === 'NODE_OPENED') addOpening(draft, place, move.children?.length ?? 0);
    else if (move.kind === 'NODE_PICKED') pick(draft, place, move);
    else if (move.kind === 'TENSOR_OPENED') openTensor(draft, place, move);
    else if (move.kind === 'LEAF_OPENED') draft.leaf = { index: place.index, data: readBytes(move.data) };
    else if (move.kind === 'ELEMENT_PICKED') {
      draft.step = move.step ?? 0;
      draft.element = BigInt(move.element ?? 0);
    } else if (move.kind === 'PARTIALS_POSTED') draft.partials = move.partials ?? [];
  }
  return draft;
}

/** What child `at` of an opening covers: first and last leaf, counted from 0. */
export function coveredBy({ first, childLevel, leaves }: Opening, at: number): readonly [number, number] {
  const size = 2 ** childLevel;
  const from = (first + at) * size;
  return [from, Math.min(from + size, leaves) - 1];
}
