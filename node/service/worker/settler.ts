import type { Address, Digest, Hex } from '../../core/codec/hex.ts';
import { ESCROW_SCHEME } from '../../core/codec/payment.ts';
import type { Clock } from '../../ports/Clock.ts';
import type { Log } from '../../ports/Log.ts';
import type { JobState, ServedJob, Settlement } from '../../ports/Settlement.ts';
import { Backoff } from '../backoff.ts';
import type { Cashier, JobRow } from './cashier.ts';

/** Jobs in one transaction: half of what the contract takes, so that cold storage and data stay far below EIP-7825's 16.7M gas. */
const BATCH = 32;
/** Between two sweeps of the journal, ms. */
const SWEEP_MS = 30_000;

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
  /** Steps that failed, and jobs that the chain skipped: tried again ever more slowly, so that the others go first. */
  readonly #steps: Backoff;
  readonly #skipped: Backoff;
  /** Chain time from which a submitted job may be completed. */
  readonly #dueAt = new Map<Digest, bigint>();
  /** Jobs that were submitted and are no longer on the chain: a reorganisation took them back. */
  readonly #vanished = new Set<Digest>();
  /** Jobs whose clients were once found without the fee: when such a job is lost, it is their doing. */
  readonly #broke = new Set<Digest>();
  #ticking: Promise<void> | undefined;
  #sweepAt = 0;

  constructor(options: SettlerOptions) {
    this.#options = options;
    this.#steps = new Backoff(options.clock, { firstMs: 250, mostMs: 10_000 });
    this.#skipped = new Backoff(options.clock, { firstMs: 1_000, mostMs: 15_000 });
  }

  /** One round; concurrent calls share it. Failures are logged and tried again by a later tick. */
  tick(): Promise<void> {
    this.#ticking ??= this.#round().finally(() => {
      this.#ticking = undefined;
    });
    return this.#ticking;
  }

  /** Ticks until nothing is owed or `deadlineMs` passed. Returns the number of jobs still owed. */
  async drain(deadlineMs: number): Promise<number> {
    const { cashier, clock } = this.#options;
    const end = clock.monotonic() + deadlineMs;
    const ended = new AbortController();
    const late = clock.sleep(deadlineMs, ended.signal);
    while (cashier.jobs('served').length > 0 && clock.monotonic() < end) {
      // A round may hang on a chain that does not answer.
      await Promise.race([this.tick().then(() => clock.sleep(50)), late]);
    }
    ended.abort();
    return cashier.jobs('served').length;
  }

  async #round(): Promise<void> {
    await this.#attempt('submit jobs', () => this.#submit());
    await this.#attempt('settle transfers', () => this.#transfer());
    await this.#attempt('finalize jobs', () => this.#finalize());
    await this.#attempt('sweep the journal', () => this.#sweep());
  }

  async #attempt(what: string, body: () => Promise<void>): Promise<void> {
    if (!this.#steps.due(what)) return;
    try {
      await body();
      this.#steps.forget(what);
    } catch (error) {
      this.#steps.failed(what);
      this.#options.log.warn('settlement failed, will retry', { what, error });
    }
  }

  async #submit(): Promise<void> {
    const { cashier, settlement } = this.#options;
    const vanished = cashier.jobs('submitted').filter(([key]) => this.#vanished.has(key as Digest));
    const due = [...cashier.jobs('served'), ...vanished]
      .flatMap(([key, row]) => servedJob(key as Digest, row))
      .filter(({ jobId }) => this.#skipped.due(jobId));
    for (const batch of batches(due)) {
      const ids = batch.map(({ jobId }) => jobId);
      // The last life of this process may have sent them already.
      const before = await settlement.jobStates(ids);
      this.#record(ids, before);
      const missing = batch.filter((_, i) => UNSUBMITTED.has(before[i]!));
      if (missing.length === 0) continue;
      const funded = new Set(ids.filter((_, i) => before[i] === 'funded'));
      const payable = await this.#payable(missing, funded);
      if (payable.length > 0) await settlement.openAndSubmit(payable);
      await this.#conclude(missing);
    }
  }

  /**
   * Jobs that are funded, or whose clients hold the fees now. The others would only cost gas; they wait for their turn,
   * and it is remembered that their clients let them wait.
   */
  async #payable(jobs: readonly OwedJob[], funded: ReadonlySet<Digest>): Promise<ServedJob[]> {
    const purses = new Map<Address, bigint>();
    for (const { terms } of jobs)
      if (!purses.has(terms.client)) purses.set(terms.client, await this.#options.settlement.balanceOf(terms.client));
    return jobs.flatMap((job) => {
      const { client, feeWei } = job.terms;
      // The signature has done its work; a smart account's may be long.
      if (funded.has(job.jobId)) return [{ ...job, signature: '0x' as Hex }];
      const left = purses.get(client)! - feeWei;
      if (job.funded || left < 0n) {
        if (!job.funded) this.#broke.add(job.jobId);
        return [];
      }
      purses.set(client, left);
      return [job];
    });
  }

  /** What the chain made of a batch. A job it skipped is lost when its payment can no longer be made, else it waits. */
  async #conclude(batch: readonly OwedJob[]): Promise<void> {
    const { cashier, settlement, log } = this.#options;
    const ids = batch.map(({ jobId }) => jobId);
    const after = await settlement.jobStates(ids);
    this.#record(ids, after);
    const states = new Map(ids.map((id, i) => [id, after[i]!]));
    const skipped = batch.filter(({ jobId }) => UNSUBMITTED.has(states.get(jobId)!));
    if (skipped.length === 0) return;
    const now = await settlement.chainTime();
    for (const job of skipped) {
      const { jobId, terms, validBefore } = job;
      const used = await settlement.authorizationUsed(terms.client, jobId);
      const isFunded = states.get(jobId) === 'funded';
      const payable = isFunded || job.funded || (!used && now < validBefore);
      if (payable && now < terms.expiresAt) {
        this.#skipped.failed(jobId);
        continue;
      }
      // Somebody may have opened the job, and so used the authorization, since the look at its state.
      if (used && now < terms.expiresAt && (await this.#isOpened(jobId))) continue;
      log.error('a served job cannot be paid any more', { jobId, client: terms.client, used, now, validBefore });
      cashier.settle(jobId, 'lost', !isFunded && !job.funded && (used || this.#broke.has(jobId)));
      this.#skipped.forget(jobId);
      this.#broke.delete(jobId);
    }
  }

  async #isOpened(jobId: Digest): Promise<boolean> {
    const [state] = await this.#options.settlement.jobStates([jobId]);
    return state !== 'none' && state !== 'open';
  }

  async #transfer(): Promise<void> {
    const { cashier, settlement, log } = this.#options;
    for (const [key, { payment }] of cashier.jobs('served')) {
      if (payment.scheme === ESCROW_SCHEME) continue;
      const { from, nonce, validBefore } = payment;
      const [now, used] = await Promise.all([settlement.chainTime(), settlement.authorizationUsed(from, nonce)]);
      if (used || now >= validBefore) {
        // A used nonce may be a cancelled one, or spent on another transfer.
        const made = await settlement.transferOf(payment);
        if (made === undefined)
          log.error('a served transfer cannot be paid any more', { from, nonce, used, now, validBefore });
        cashier.settle(key, made === undefined ? 'lost' : 'settled');
      } else {
        await this.#attempt(key, async () => {
          await settlement.transfer(payment);
          cashier.settle(key, 'settled');
        });
      }
    }
  }

  async #finalize(): Promise<void> {
    const { cashier, settlement } = this.#options;
    const submitted = cashier.jobs('submitted').map(([key]) => key as Digest);
    if (submitted.length === 0) return;
    for (const batch of batches(submitted.filter((id) => !this.#dueAt.has(id)))) {
      const times = await settlement.finalizableAt(batch);
      for (const [i, id] of batch.entries()) this.#dueAt.set(id, times[i]!);
    }
    const now = await settlement.chainTime();
    for (const batch of batches(submitted.filter((id) => this.#dueAt.get(id)! <= now))) {
      await settlement.finalize(batch);
      const states = await settlement.jobStates(batch);
      for (const [i, id] of batch.entries()) {
        // An end that may still be taken back is looked at again, but not in every round.
        if (states[i] === 'submitted') this.#dueAt.set(id, now + 1n);
        else this.#dueAt.delete(id);
        if (UNSUBMITTED.has(states[i]!)) this.#vanished.add(id);
      }
      this.#record(batch, states);
    }
  }

  async #sweep(): Promise<void> {
    const { cashier, settlement, clock } = this.#options;
    if (clock.monotonic() < this.#sweepAt) return;
    this.#sweepAt = clock.monotonic() + SWEEP_MS;
    cashier.sweep(await settlement.chainTime());
  }

  #record(ids: readonly Digest[], states: readonly JobState[]): void {
    for (const [i, id] of ids.entries()) {
      const outcome = OUTCOME[states[i]!];
      if (outcome === undefined) continue;
      this.#options.cashier.settle(id, outcome);
      this.#skipped.forget(id);
      this.#vanished.delete(id);
      this.#broke.delete(id);
    }
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

/** Anybody who has the client's signature may open or fund a job; it still waits for our submission. */
const UNSUBMITTED: ReadonlySet<JobState> = new Set(['none', 'open', 'funded']);

const batches = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / BATCH) }, (_, i) => items.slice(i * BATCH, (i + 1) * BATCH));

/** A job of the books, with what the books know of it. */
interface OwedJob extends ServedJob {
  /** The fee was in escrow when the job was taken: should a reorganisation take it back, no signature of ours to use is left. */
  readonly funded: boolean;
}

function servedJob(jobId: Digest, row: JobRow): readonly OwedJob[] {
  const { payment, deliverable, funded = false } = row;
  if (payment.scheme !== ESCROW_SCHEME || deliverable === undefined) return [];
  const { terms, validAfter, validBefore, signature } = payment;
  return [{ jobId, terms, validAfter, validBefore, signature, deliverable, funded }];
}
