import type { Digest } from '../codec/hex.ts';
import { toHex } from '../codec/hex.ts';
import { depthOf } from '../merkle/tree.ts';

/** Index = `IArena.Phase`; odd ones are the worker's. */
export const PHASES = [
  'none',
  'open-trace',
  'pick-trace',
  'open-tensor',
  'pick-tensor',
  'open-node',
  'prove',
  'open-leaf',
  'prove-chunk',
  'post-partials',
  'ended',
] as const;
export type Phase = (typeof PHASES)[number];

/** Levels of one opening: 64 children of the list of steps, 32 of a tensor. */
const TRACE_LEVELS = 6;
const TENSOR_LEVELS = 5;

/** What the next move answers: the part of `IArena.Game` that the players look at. */
export interface Board {
  readonly phase: Phase;
  /** 1..n, 0 before one is picked. */
  readonly step: number;
  /** A node, T_step or a leaf hash; undefined while the trace is not known. */
  readonly node: Digest | undefined;
  /** Height of `node` above the leaves of its tree, and its index there. */
  readonly level: number;
  readonly index: number;
  /** Leaves of the tree that is being opened. */
  readonly leaves: number;
  /** Any uint64: a hostile challenger may ask for what is not there. */
  readonly element: bigint;
}

/** An opening as it was played: the children of the node at (level, index), padding left out. */
export interface ShownNode {
  readonly level: number;
  readonly index: number;
  readonly children: readonly Digest[];
}

/** How a game ended; index = `ICourt.Result`. */
export const RESULTS = ['challenger-lost', 'challenger-won', 'void', 'withdrawn'] as const;
export type Result = (typeof RESULTS)[number];

/** A game as its events tell it. */
export interface Game extends Board {
  /** Unix seconds, chain time: from then on whoever should have moved has lost. */
  readonly deadline: bigint;
  readonly moves: number;
  /** Root and count of the worker's trace. */
  readonly trace?: { readonly root: Digest; readonly count: number };
  /** Openings of the trace, from the root downward. */
  readonly traceNodes: readonly ShownNode[];
  /** Header of T_step. */
  readonly header?: Uint8Array;
  readonly tensorNodes: readonly ShownNode[];
  /** Number and data of the opened leaf. */
  readonly leaf?: { readonly index: number; readonly data: Uint8Array };
  readonly partials?: readonly bigint[];
  readonly result?: Result;
}

export type GameEvent =
  | { readonly kind: 'trace'; readonly root: Digest; readonly count: number }
  | { readonly kind: 'opened'; readonly children: readonly Digest[]; readonly deadline: bigint }
  | {
      readonly kind: 'picked';
      readonly child: Digest;
      readonly level: number;
      readonly index: number;
      readonly deadline: bigint;
    }
  | {
      readonly kind: 'tensor';
      readonly header: Uint8Array;
      readonly children: readonly Digest[];
      readonly deadline: bigint;
    }
  | { readonly kind: 'leaf'; readonly data: Uint8Array; readonly deadline: bigint }
  | { readonly kind: 'element'; readonly step: number; readonly element: bigint; readonly deadline: bigint }
  | { readonly kind: 'partials'; readonly partials: readonly bigint[]; readonly deadline: bigint }
  | { readonly kind: 'ended'; readonly result: Result };

/** A game that has just opened; it waits for the trace. */
export const openGame = (deadline: bigint): Game => ({
  phase: 'open-trace',
  step: 0,
  node: undefined,
  level: 0,
  index: 0,
  leaves: 0,
  element: 0n,
  deadline,
  moves: 0,
  traceNodes: [],
  tensorNodes: [],
});

/** The game after one more event of the chain. Twin of the transitions in contracts/disputes/Arena.sol. */
export function play(game: Game, event: GameEvent): Game {
  if (event.kind === 'trace') return isWaiting(game) ? placed(game, event) : game;
  if (event.kind === 'ended') return { ...game, phase: 'ended', result: event.result };
  return { ...game, ...moved(game, event), deadline: event.deadline, moves: game.moves + 1 };
}

const isWaiting = ({ phase, node }: Board): boolean => phase === 'open-trace' && node === undefined;

/** The root of a trace of one step is T_1 itself: nothing is left to pick. */
function placed(game: Game, { root, count }: { readonly root: Digest; readonly count: number }): Game {
  const known = { ...game, trace: { root, count }, node: root, leaves: count, level: depthOf(count) };
  return count === 1 ? { ...known, phase: 'open-tensor', step: 1 } : known;
}

function moved(game: Game, event: Exclude<GameEvent, { readonly kind: 'trace' | 'ended' }>): Partial<Game> {
  switch (event.kind) {
    case 'opened':
      return opened(game, event.children);
    case 'picked':
      return picked(game, event);
    case 'tensor':
      return tensorOpened(game, event);
    case 'leaf':
      return { phase: 'prove', leaf: { index: game.index, data: event.data } };
    case 'element':
      return { phase: 'post-partials', step: event.step, element: event.element };
    case 'partials':
      return { phase: 'prove-chunk', partials: event.partials };
  }
}

function opened(game: Game, children: readonly Digest[]): Partial<Game> {
  const shown = { level: game.level, index: game.index, children };
  if (game.phase === 'open-trace') return { phase: 'pick-trace', traceNodes: [...game.traceNodes, shown] };
  return { phase: 'pick-tensor', tensorNodes: [...game.tensorNodes, shown] };
}

function picked(
  game: Game,
  { child, level, index }: { readonly child: Digest; readonly level: number; readonly index: number },
): Partial<Game> {
  const at = { node: child, level, index };
  if (game.phase !== 'pick-trace') return { ...at, phase: level === 0 ? 'open-leaf' : 'open-node' };
  return level === 0 ? { ...at, phase: 'open-tensor', step: index + 1 } : { ...at, phase: 'open-trace' };
}

function tensorOpened(
  game: Game,
  { header, children }: { readonly header: Uint8Array; readonly children: readonly Digest[] },
): Partial<Game> {
  const { root, leaves } = rootOfHeader(header);
  const level = depthOf(leaves);
  const known = { header, node: root, leaves, level, index: 0 };
  if (leaves === 1) return { ...known, phase: 'open-leaf' };
  return { ...known, phase: 'pick-tensor', tensorNodes: [...game.tensorNodes, { level, index: 0, children }] };
}

/** Only these two fields: what else a hostile header says is the challenger's to judge. */
function rootOfHeader(header: Uint8Array): { readonly root: Digest; readonly leaves: number } {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  return { leaves: view.getUint32(23), root: toHex(header.subarray(27, 59)) as Digest };
}

export const isWorkersTurn = (phase: Phase): boolean => PHASES.indexOf(phase) % 2 === 1;

/** Levels that the opening of a node spans, and how many of its children are no padding. */
export function openingSize(
  { level, index, leaves }: Pick<Board, 'level' | 'index' | 'leaves'>,
  isTrace: boolean,
): { readonly levels: number; readonly count: number } {
  const levels = Math.min(level, isTrace ? TRACE_LEVELS : TENSOR_LEVELS);
  const low = 2 ** (level - levels);
  const present = Math.ceil((leaves - index * 2 ** level) / low);
  return { levels, count: Math.min(2 ** levels, present) };
}
