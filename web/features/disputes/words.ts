import type { Tone } from '../../components/Badge.tsx';
import type { ClaimRow, MoveKind, Result } from './query.ts';

/** What a dispute is now, in words. The deadline passes without an event, so the time is needed. */
export function stateOf(
  { outcome, verdict, openGames, windowEndsAt }: Pick<ClaimRow, 'outcome' | 'verdict' | 'openGames' | 'windowEndsAt'>,
  now: number | undefined,
): readonly [string, Tone] {
  if (outcome === 'STANDS') return ['Claim stands', 'positive'];
  if (outcome === 'FALLEN') return ['Claim fallen', 'critical'];
  if (outcome === 'VOID') return ['Program impossible', 'caution'];
  if (verdict === 'FALLEN') return ['Proven false, ending', 'critical'];
  if (verdict === 'VOID') return ['Program impossible, ending', 'caution'];
  if (openGames > 0) return ['Being played', 'accent'];
  if (now !== undefined && Number(windowEndsAt) <= now) return ['Waits for its end', 'neutral'];
  return ['Open to challenges', 'caution'];
}

const RESULTS: Readonly<Record<Result, readonly [string, Tone]>> = {
  CHALLENGER_LOST: ['Challenger lost', 'neutral'],
  CHALLENGER_WON: ['Challenger won', 'critical'],
  VOID: ['Program impossible', 'caution'],
  WITHDRAWN: ['Withdrawn', 'neutral'],
};

/** An index newer than this page may know other results. */
export const resultOf = (result: Result | null): readonly [string, Tone] =>
  result === null ? ['Being played', 'accent'] : (RESULTS[result] ?? ['Ended', 'neutral']);

const MOVES: Readonly<Record<MoveKind, string>> = {
  OPENED: 'opened the game and put up a bond',
  TRACE_ANSWERED: 'showed the root of all steps',
  NODE_OPENED: 'opened a node of the tree',
  NODE_PICKED: 'pointed at the child that is wrong',
  TENSOR_OPENED: 'opened the output of the step',
  LEAF_OPENED: 'opened the leaf with its bytes',
  ELEMENT_PICKED: 'asked for the partial sums of an element',
  PARTIALS_POSTED: 'posted partial sums',
  ENDED: 'ended the game',
};
export const moveText = (kind: MoveKind): string => MOVES[kind] ?? 'moved';
