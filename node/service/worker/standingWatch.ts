import type { Address } from '../../core/codec/hex.ts';
import type { Clock } from '../../ports/Clock.ts';
import type { Settlement, Standing } from '../../ports/Settlement.ts';

/** How long a look is believed, ms. A vote or a request to unstake takes longer to matter. */
const FRESH_MS = 2_000;

export interface StandingWatchOptions {
  readonly settlement: Pick<Settlement, 'standing'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Owner address of this worker. */
  readonly worker: Address;
  readonly evaluator: Address;
}

/** One look at what the market asks and the stake can back. */
export interface StandingRead {
  readonly standing: Promise<Standing>;
  /** Claims that were locked since the look began: the free stake may still show theirs. */
  locked: bigint;
}

/** {@link Standing}, read again when it is older than two seconds. */
export class StandingWatch {
  readonly #options: StandingWatchOptions;
  #read: StandingRead | undefined;
  #readAt = 0;

  constructor(options: StandingWatchOptions) {
    this.#options = options;
  }

  look(): StandingRead {
    const { settlement, clock, worker, evaluator } = this.#options;
    const now = clock.monotonic();
    if (this.#read !== undefined && now - this.#readAt < FRESH_MS) return this.#read;
    const read: StandingRead = { standing: settlement.standing(worker, evaluator), locked: 0n };
    this.#read = read;
    this.#readAt = now;
    read.standing.catch(() => {
      if (this.#read === read) this.#read = undefined;
    });
    return read;
  }

  /** A claim of ours was locked. */
  locked(): void {
    if (this.#read !== undefined) this.#read.locked += 1n;
  }
}

/** Why no job can be taken on escrow whoever pays: better said before the work than found out after it. */
export function unfitForJobs(
  { active, freeStakeWei, claimLockWei, maxFeeWei, evaluatorApproved }: Standing,
  { feeWei, claims }: { readonly feeWei: bigint; readonly claims: bigint },
): string | undefined {
  if (!active) return INACTIVE;
  if (!evaluatorApproved) return 'governance no longer approves the evaluator';
  if (feeWei > maxFeeWei) return `its price of ${feeWei} wei is above the maximum of ${maxFeeWei} wei`;
  if (claims * claimLockWei > freeStakeWei)
    return `its free stake of ${freeStakeWei} wei does not back ${claims} more claims of ${claimLockWei} wei`;
  return undefined;
}

/** Why not even a transfer can be taken. */
export const INACTIVE = 'its stake is below the minimum, or its hot key was replaced';
