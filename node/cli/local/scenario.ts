import type { Digest } from '../../core/codec/hex.ts';

/** States of a local network that a person wants to look at. */
export const SCENARIOS = ['vote', 'dispute', 'slash'] as const;
export type Scenario = (typeof SCENARIOS)[number];

export interface Seeded {
  readonly scenario: Scenario;
  readonly proposal?: bigint;
  readonly jobId?: Digest;
  readonly claimId?: Digest;
  readonly outcome?: string;
  /** What to look at next. */
  readonly next: string;
}
