import type { Digest } from '../../core/codec/hex.ts';
import { ESCROW_SCHEME } from '../../core/codec/payment.ts';
import type { Clock } from '../../ports/Clock.ts';
import type { Log } from '../../ports/Log.ts';
import type { JobState, ServedJob, Settlement } from '../../ports/Settlement.ts';
import type { Cashier, JobRow } from './cashier.ts';

/** Jobs in one transaction: about 64 × 0.2M gas stays below EIP-7825's 16.7M. */
const BATCH = 64;

export interface SettlerOptions {
  readonly cashier: Cashier;
  readonly settlement: Settlement;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Brings served jobs to the chain and to their end. Every tick reads the journal and the chain and does what is
 * missing, so a crash at any point is repaired by the next tick: no step relies on an earlier one of this process.
 */
export class Settler {
  readonly #options: SettlerOptions;
  #ticking: Promise<void> | undefined;

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /** One round; concurrent calls share it. Failures are logged and tried again by the next tick. */
  tick(): Promise<void> {
    this.#ticking ??= this.#round().finally(() => {
      this.#ticking = undefined;
    });
    return this.#ticking;
  }

  /** Ticks until nothing is owed or `deadlineMs` passed. Returns the number of jobs still open. */
  async drain(deadlineMs: number): Promise<number> {
    const { cashier, clock } = this.#options;
    const end = clock.monotonic() + deadlineMs;
    for (;;) {
      await this.tick();
      const open = cashier.jobs('served').length;
      if (open === 0 || clock.monotonic() >= end) return open;
      await clock.sleep(50);
    }
  }

  async #round(): Promise<void> {
    await this.#attempt('submit jobs', () => this.#submit());
    await this.#attempt('settle transfers', () => this.#transfer());
    await this.#attempt('finalize jobs', () => this.#finalize());
  }

  async #attempt(what: string, body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      this.#options.log.warn('settlement failed, will retry', { what, error });
    }
  }

  async #submit(): Promise<void> {
    const { cashier, settlement } = this.#options;
    const batch = cashier
      .jobs('served')
      .flatMap(([jobId, row]) => servedJob(jobId, row))
      .slice(0, BATCH);
    if (batch.length === 0) return;
    const ids = batch.map((job) => job.jobId);
    // The last life of this process may have sent them already.
    const before = await settlement.jobStates(ids);
    const missing = batch.filter((_, i) => before[i] === 'none');
    if (missing.length > 0) await settlement.openAndSubmit(missing);
    await this.#record(ids);
    for (const job of missing) await this.#giveUpIfSpent(job);
  }

  /** A job that the chain skipped: lost when its payment can no longer be made, else tried again. */
  async #giveUpIfSpent(job: ServedJob): Promise<void> {
    const { cashier, settlement, log } = this.#options;
    const [state] = await settlement.jobStates([job.jobId]);
    if (state !== 'none') return;
    const [now, used] = await Promise.all([
      settlement.chainTime(),
      settlement.authorizationUsed(job.terms.client, job.jobId),
    ]);
    if (!used && now < job.validBefore && now < job.terms.expiresAt) return;
    log.error('a served job cannot be paid any more', {
      jobId: job.jobId,
      client: job.terms.client,
      used,
      now,
      validBefore: job.validBefore,
    });
    cashier.settle(job.jobId, 'lost');
  }

  async #transfer(): Promise<void> {
    const { cashier, settlement, log } = this.#options;
    for (const [jobId, { payment }] of cashier.jobs('served')) {
      if (payment.scheme === ESCROW_SCHEME) continue;
      const [now, used] = await Promise.all([
        settlement.chainTime(),
        settlement.authorizationUsed(payment.from, payment.nonce),
      ]);
      if (used) cashier.settle(jobId, 'settled');
      else if (now >= payment.validBefore) {
        log.error('a served transfer cannot be paid any more', {
          jobId,
          from: payment.from,
          validBefore: payment.validBefore,
        });
        cashier.settle(jobId, 'lost');
      } else {
        await settlement.transfer(payment);
        cashier.settle(jobId, 'settled');
      }
    }
  }

  async #finalize(): Promise<void> {
    const { cashier, settlement } = this.#options;
    const ids = cashier.jobs('submitted').map(([jobId]) => jobId);
    for (let at = 0; at < ids.length; at += BATCH) {
      const batch = ids.slice(at, at + BATCH);
      await settlement.finalize(batch);
      await this.#record(batch);
    }
  }

  async #record(ids: readonly Digest[]): Promise<void> {
    const states = await this.#options.settlement.jobStates(ids);
    states.forEach((state, i) => {
      const outcome = OUTCOME[state];
      if (outcome !== undefined) this.#options.cashier.settle(ids[i]!, outcome);
    });
  }
}

const OUTCOME: Readonly<Record<JobState, 'submitted' | 'settled' | 'lost' | undefined>> = {
  none: undefined,
  open: undefined,
  funded: undefined,
  submitted: 'submitted',
  completed: 'settled',
  rejected: 'lost',
  expired: 'lost',
};

function servedJob(jobId: Digest, row: JobRow): readonly ServedJob[] {
  const { payment, deliverable } = row;
  if (payment.scheme !== ESCROW_SCHEME || deliverable === undefined) return [];
  const { terms, validAfter, validBefore, signature } = payment;
  return [{ jobId, terms, validAfter, validBefore, signature, deliverable }];
}
