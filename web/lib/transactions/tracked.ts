import type { Address, Hex } from '../../../node/core/codec/hex.ts';
import type { Problem } from '../problem.ts';

/**
 * - `pending`: sent, not mined (also while a sped-up copy is pending)
 * - `confirmed`, `reverted`: mined
 * - `cancelled`: the wallet sent an empty transaction with the same nonce instead
 * - `replaced`: the wallet sent something else with the same nonce instead
 * - `dropped`: no node knows it any more, though its nonce is unused
 */
export type TransactionStatus = 'pending' | 'confirmed' | 'reverted' | 'cancelled' | 'replaced' | 'dropped';

/** A transaction that this browser has sent. */
export interface TrackedTransaction {
  /** Hash of what was sent first; stays the same when the wallet replaces it. */
  readonly id: Hex;
  /** Hash of what is watched, or was mined, now. */
  readonly hash: Hex;
  readonly title: string;
  readonly chainId: number;
  readonly from: Address;
  readonly to: Address;
  /** Name of the contract, if it is one of the protocol's. */
  readonly contract?: string;
  readonly nonce: number;
  /** First bytes of the call, to tell a sped-up copy from another transaction. */
  readonly input: Hex;
  readonly sentAtMs: number;
  /** Block at which it was sent; a replacement is looked for from here. */
  readonly sentAtBlock: number;
  readonly status: TransactionStatus;
  readonly isSpedUp?: boolean;
  readonly blockNumber?: number;
  readonly problem?: Problem;
}

const MAX_KEPT = 50;
export const MAX_INPUT_CHARS = 1002;
const STATUSES: readonly string[] = ['pending', 'confirmed', 'reverted', 'cancelled', 'replaced', 'dropped'];

const isText = (value: unknown, max: number): value is string => typeof value === 'string' && value.length <= max;
const isHash = (value: unknown): value is Hex => isText(value, 66) && /^0x[0-9a-f]{64}$/.test(value);
const isAccount = (value: unknown): value is Address => isText(value, 42) && /^0x[0-9a-fA-F]{40}$/.test(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function isTracked(value: unknown): value is TrackedTransaction {
  if (typeof value !== 'object' || value === null) return false;
  const at = value as Record<string, unknown>;
  const problem = at['problem'] as Record<string, unknown> | undefined;
  return (
    isHash(at['id']) &&
    isHash(at['hash']) &&
    isText(at['title'], 200) &&
    isCount(at['chainId']) &&
    isAccount(at['from']) &&
    isAccount(at['to']) &&
    (at['contract'] === undefined || isText(at['contract'], 60)) &&
    isCount(at['nonce']) &&
    isText(at['input'], MAX_INPUT_CHARS) &&
    /^0x[0-9a-f]*$/.test(at['input'] as string) &&
    isCount(at['sentAtMs']) &&
    isCount(at['sentAtBlock']) &&
    STATUSES.includes(at['status'] as string) &&
    (at['isSpedUp'] === undefined || typeof at['isSpedUp'] === 'boolean') &&
    (at['blockNumber'] === undefined || isCount(at['blockNumber'])) &&
    (problem === undefined ||
      (typeof problem === 'object' &&
        problem !== null &&
        ['what', 'why', 'fix'].every((key) => isText(problem[key], 2000))))
  );
}

/** What a browser kept of earlier visits: entries of any other shape are left out, not trusted. */
export function parseTracked(text: string | null): TrackedTransaction[] {
  if (text === null) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isTracked).slice(0, MAX_KEPT) : [];
  } catch {
    return [];
  }
}

/** The newest fifty, of which none that is pending is dropped first. */
export function keep(list: readonly TrackedTransaction[]): TrackedTransaction[] {
  const newestFirst = [...list].sort((a, b) => b.sentAtMs - a.sentAtMs);
  const pending = newestFirst.filter(({ status }) => status === 'pending');
  const others = newestFirst.filter(({ status }) => status !== 'pending');
  return [...pending, ...others].slice(0, MAX_KEPT).sort((a, b) => b.sentAtMs - a.sentAtMs);
}
