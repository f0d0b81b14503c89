import type { Address } from '../../core/codec/hex.ts';
import type { Clock } from '../../ports/Clock.ts';
import type { Log } from '../../ports/Log.ts';
import type { Settlement } from '../../ports/Settlement.ts';
import type { Defender } from '../defender.ts';
import type { Answers } from './answers.ts';
import type { AuditDuty } from './auditDuty.ts';
import type { Settler } from './settler.ts';
import type { Versions } from './versions.ts';

export interface WorkerOptions {
  readonly answers: Answers;
  readonly versions: Versions;
  readonly settler: Settler;
  readonly settlement: Settlement;
  /** Shows receipts to auditors. */
  readonly auditDuty?: Pick<AuditDuty, 'tick'>;
  /** Plays the games against this worker's claims. */
  readonly defender?: Pick<Defender, 'tick'>;
  readonly worker: Address;
  readonly clock: Clock;
  readonly log: Log;
  /** Between two comparisons with the registry, ms. @default 1000 */
  readonly syncMs?: number;
  /** Between two rounds of settlement, ms. @default 300 */
  readonly settleMs?: number;
  /** Between two looks at the audits, ms. @default 1000 */
  readonly auditMs?: number;
  /** Between two looks at the games, ms. @default 500 */
  readonly defendMs?: number;
  /** Between two sweeps of the tills, ms. @default 60000 */
  readonly collectMs?: number;
}

/** The life of one worker: follows the registry, answers, settles; ends without losing a paid job (threats N20). */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #abort = new AbortController();
  #loops: readonly Promise<void>[] = [];

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** Resolves after the first look at the registry; versions that cannot be served are retried by the loops. */
  async start(): Promise<void> {
    const {
      answers,
      versions,
      settler,
      syncMs = 1000,
      settleMs = 300,
      auditMs = 1000,
      defendMs = 500,
      collectMs = 60_000,
    } = this.#options;
    await this.#attempt('sync', () => versions.sync());
    answers.open();
    this.#loops = [
      this.#loop('sync', syncMs, () => versions.sync()),
      this.#loop('settle', settleMs, () => settler.tick()),
      this.#loop('collect', collectMs, () => this.#collect()),
      this.#loop('audits', auditMs, async () => this.#options.auditDuty?.tick()),
      this.#loop('defend', defendMs, async () => this.#options.defender?.tick()),
    ];
  }

  /** Refuses new requests at once; the caller then drains its server and calls {@link stop}. */
  drain(): void {
    this.#options.answers.drain();
  }

  /** Settles what is owed for at most `deadlineMs`; what is left waits in the journal. Returns its count. */
  async stop(deadlineMs: number): Promise<number> {
    const { answers, settler, versions, clock } = this.#options;
    answers.drain();
    this.#abort.abort();
    // A round may hang on a chain that does not answer: what it owes is in the journal.
    const ended = new AbortController();
    const end = clock.monotonic() + deadlineMs;
    await Promise.race([Promise.all(this.#loops), clock.sleep(deadlineMs, ended.signal)]);
    ended.abort();
    const open = await settler.drain(Math.max(0, end - clock.monotonic()));
    await versions.close();
    return open;
  }

  async #collect(): Promise<void> {
    const { versions, settlement, worker } = this.#options;
    for (const { served } of versions.all()) await settlement.collect(worker, served.versionId);
  }

  async #loop(what: string, everyMs: number, body: () => Promise<void>): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      await this.#options.clock.sleep(everyMs, signal);
      if (!signal.aborted) await this.#attempt(what, body);
    }
  }

  async #attempt(what: string, body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      this.#options.log.warn('a round failed, will retry', { what, error });
    }
  }
}
