import { auditCommitment, INPUT_WITHHELD } from '../../core/codec/audit.ts';
import { type Address, type Digest, sameAddress, toHex } from '../../core/codec/hex.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import type { AuditableJob, AuditRecord, Audits } from '../../ports/Audits.ts';
import type { Clock } from '../../ports/Clock.ts';
import type { Directory } from '../../ports/Directory.ts';
import type { Http } from '../../ports/Http.ts';
import type { Journal, JournalTable } from '../../ports/Journal.ts';
import type { Random } from '../../ports/Random.ts';
import { Backoff } from '../backoff.ts';
import { fetchInput } from './evidence.ts';
import { type RecomputeOptions, recompute } from './recompute.ts';

/** One job on its way through the draw and the audit. A row never goes back, and is deleted at its end. */
export interface AuditRow {
  /**
   * `seen`: waits for its draw; `drawn`: this auditor is to recompute it; `ready`: root and salt are fixed; `committed`
   * and `revealed`: on chain; `settled`: paid, and still liable if the job turns out to be a canary.
   */
  readonly state: 'seen' | 'drawn' | 'ready' | 'committed' | 'revealed' | 'settled';
  readonly submittedAt: bigint;
  readonly round?: bigint;
  readonly outputRoot?: Digest;
  readonly salt?: Digest;
  /** The trigger was told. */
  readonly told?: true;
}

/** An audit that calls for a game in the Court: about the job's claim, or about the one that accuses this auditor. */
export interface AuditAlarm {
  readonly jobId: Digest;
  /** `accused`: a canary's planter says that this auditor's root is wrong; `claimId` is what to challenge if he lies. */
  readonly why: 'disagreed' | 'receipt-withheld' | 'input-withheld' | 'accused';
  readonly claimId?: Digest;
  readonly computed: Digest | undefined;
  readonly claimed: Digest | undefined;
}

export interface AuditorOptions extends Omit<RecomputeOptions, 'suspect' | 'directory'> {
  readonly audits: Audits;
  readonly directory: Directory;
  readonly http: Http;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: Random;
  /** Whose bond is at stake; this process may be his operator. */
  readonly auditor: Address;
  /** Told once of every audit of this auditor that calls for a game; a challenger goes on from here. */
  readonly onAlarm?: (alarm: AuditAlarm) => Promise<void>;
}

interface Cursor {
  readonly block: bigint;
}

/** Blocks read at once. */
const CHUNK = 2_000n;
/** Read again each time: what a reorganisation moved is found again. */
const OVERLAP = 8n;

/**
 * Plays one auditor: follows submitted jobs, draws rounds, recomputes what it was drawn for, commits, reveals, settles,
 * collects. Every tick reads journal and chain and does what is missing, so a crash at any point is repaired by the next
 * tick; root and salt are in the journal before the commitment is on chain.
 */
export class Auditor {
  readonly #options: AuditorOptions;
  readonly #rows: JournalTable<AuditRow>;
  readonly #cursor: JournalTable<Cursor>;
  readonly #retries: Backoff;
  #ticking: Promise<void> | undefined;
  #wantsTick = false;
  #earned = true;
  /** Jobs submitted from then on wait for a round as well: one look per round of this player is enough. */
  #undrawnFrom: bigint | undefined;

  constructor(options: AuditorOptions) {
    this.#options = options;
    this.#rows = options.journal.table('audits');
    this.#cursor = options.journal.table('auditCursor');
    this.#retries = new Backoff(options.clock, { firstMs: 250, mostMs: 2_000 });
  }

  rows(): readonly (readonly [Digest, AuditRow])[] {
    return [...this.#rows.entries()] as unknown as readonly (readonly [Digest, AuditRow])[];
  }

  /** One round; concurrent calls share it. Failures are logged and tried again by a later tick. */
  tick(): Promise<void> {
    this.#ticking ??= this.#round().finally(() => {
      this.#ticking = undefined;
    });
    return this.#ticking;
  }

  async #round(): Promise<void> {
    await this.#attempt('follow jobs', () => this.#follow());
    this.#wantsTick = false;
    this.#undrawnFrom = undefined;
    for (const [jobId] of this.rows()) await this.#attempt(jobId, () => this.#carry(jobId));
    if (this.#wantsTick)
      await this.#attempt('draw a round', async () => {
        await this.#options.audits.tick();
      });
    if (this.#earned) await this.#attempt('collect fees', () => this.#collect());
  }

  async #attempt(what: string, body: () => Promise<void>): Promise<void> {
    if (!this.#retries.due(what)) return;
    try {
      await body();
      this.#retries.forget(what);
    } catch (error) {
      this.#retries.failed(what);
      this.#options.log.warn('an audit step failed, will retry', { what, error });
    }
  }

  /** New submissions since the last look; the first look goes back as far as an audit may still start. */
  async #follow(): Promise<void> {
    const { audits, journal } = this.#options;
    const head = await audits.head();
    const last = this.#cursor.get('jobs')?.block;
    const from = last === undefined || last > head ? back(head, CHUNK) : back(last, OVERLAP);
    const to = head - from > CHUNK ? from + CHUNK : head;
    const jobIds = await audits.submitted(from, to);
    const fresh: [Digest, AuditableJob][] = [];
    for (const jobId of jobIds) if (this.#rows.get(jobId) === undefined) fresh.push([jobId, await audits.job(jobId)]);
    const mine = await this.#startedFor(from, to);
    const { terms } = await audits.pool();
    const now = await audits.chainTime();
    journal.transaction(() => {
      for (const [jobId, { state, submittedAt }] of fresh)
        if (state === 'submitted' && now < submittedAt + terms.startSeconds)
          this.#rows.put(jobId, { state: 'seen', submittedAt });
      for (const [jobId, { submittedAt }] of mine) this.#rows.put(jobId, { state: 'drawn', submittedAt });
      this.#cursor.put('jobs', { block: to });
    });
  }

  /** Audits of this auditor that others started and that he holds for spared: a reorganisation may change a draw. */
  async #startedFor(from: bigint, to: bigint): Promise<[Digest, AuditableJob][]> {
    const { audits, auditor } = this.#options;
    const mine: [Digest, AuditableJob][] = [];
    for (const jobId of await audits.started(from, to)) {
      const state = this.#rows.get(jobId)?.state;
      if (state !== undefined && state !== 'seen') continue;
      const isMine = (await audits.auditorsOf(jobId)).some((each) => sameAddress(each, auditor));
      if (isMine && (await audits.audit(jobId))?.outcome === 'pending') mine.push([jobId, await audits.job(jobId)]);
    }
    return mine;
  }

  /** As many steps as can be done now: windows may be short. */
  async #carry(jobId: Digest): Promise<void> {
    for (;;) {
      const row = this.#rows.get(jobId);
      if (row === undefined) return;
      await this.#advance(jobId, row);
      if (this.#rows.get(jobId)?.state === row.state) return;
    }
  }

  async #advance(jobId: Digest, row: AuditRow): Promise<void> {
    if (row.state === 'seen') return this.#draw(jobId, row);
    const audit = await this.#options.audits.audit(jobId);
    if (row.state === 'drawn') return this.#prepare(jobId, row, audit);
    if (row.state === 'ready') return this.#commit(jobId, row, audit);
    if (audit === undefined) return this.#forget(jobId);
    if (row.state === 'committed') return this.#reveal(jobId, row, audit);
    return row.state === 'revealed' ? this.#conclude(jobId, row, audit) : this.#answer(jobId, row, audit);
  }

  async #draw(jobId: Digest, row: AuditRow): Promise<void> {
    const { audits, auditor, log } = this.#options;
    if (this.#undrawnFrom !== undefined && row.submittedAt >= this.#undrawnFrom) return;
    const draw = await audits.roundOf(jobId, row.submittedAt);
    if (draw.state === 'drawn') {
      if (!draw.auditors.some((each) => sameAddress(each, auditor))) return this.#forget(jobId);
      const audit = await audits.audit(jobId);
      if (audit !== undefined && audit.outcome !== 'pending') return this.#forget(jobId);
      log.info('drawn for an audit', { jobId, round: draw.round });
      this.#rows.put(jobId, { ...row, state: 'drawn', round: draw.round });
      return;
    }
    this.#wantsTick = true;
    this.#undrawnFrom = row.submittedAt;
    const { terms } = await audits.pool();
    if ((await audits.chainTime()) >= row.submittedAt + terms.startSeconds) this.#forget(jobId);
  }

  /** Recomputes; an input that cannot be had is asked for until half of the window is left. */
  async #prepare(jobId: Digest, row: AuditRow, audit: AuditRecord | undefined): Promise<void> {
    const { audits, random, log } = this.#options;
    const ready = (outputRoot: Digest): void =>
      this.#rows.put(jobId, { ...row, state: 'ready', outputRoot, salt: toHex(random.bytes(32)) as Digest });
    try {
      ready(await this.#compute(jobId));
    } catch (error) {
      // The clock of the audit must run before anybody can be blamed for what is missing.
      if (audit === undefined) await this.#start(jobId, row);
      const started = audit ?? (await audits.audit(jobId));
      if (started === undefined) return;
      const patience = (started.commitEndsAt - started.startedAt) / 2n;
      if ((await audits.chainTime()) < started.startedAt + patience) throw error;
      log.warn('an audited job cannot be recomputed: reporting its input as withheld', { jobId, error });
      ready(INPUT_WITHHELD);
    }
  }

  async #compute(jobId: Digest): Promise<Digest> {
    const { audits, directory, http, sha256 } = this.#options;
    const job = await audits.job(jobId);
    const terms = await audits.terms(jobId);
    const input: Tensor = await fetchInput(jobId, terms, { directory, http, sha256 });
    return recompute(job.versionId, input, { ...this.#options, suspect: job.worker });
  }

  async #start(jobId: Digest, { round, submittedAt }: AuditRow): Promise<void> {
    const { audits, log } = this.#options;
    try {
      await audits.start(jobId, round!);
    } catch (error) {
      if ((await audits.audit(jobId)) !== undefined) return;
      const refusal = refusalOf(error);
      // A reorganisation moved the round: it is looked for again.
      if (refusal === 'AuditPoolRoundUnfit') return this.#rows.put(jobId, { state: 'seen', submittedAt });
      if (refusal === undefined || !ENDED.has(refusal)) throw error;
      log.info('an audit does not start', { jobId, why: refusal });
      this.#forget(jobId);
    }
  }

  async #commit(jobId: Digest, row: AuditRow, audit: AuditRecord | undefined): Promise<void> {
    const { audits, auditor } = this.#options;
    if (audit === undefined) return this.#start(jobId, row);
    const ours = auditCommitment(jobId, auditor, row.outputRoot!, row.salt!);
    const { commitment } = await audits.seat(jobId, auditor);
    const isLate = commitment === undefined && (await audits.chainTime()) >= audit.commitEndsAt;
    if (isLate || (commitment !== undefined && commitment !== ours)) {
      const why = isLate ? 'its time to commit is over' : 'the journal that knew the salt of its commitment is gone';
      this.#options.log.error('an audit was missed', { jobId, why });
      this.#rows.put(jobId, { state: 'revealed', submittedAt: row.submittedAt });
      return;
    }
    if (commitment === undefined) await audits.commit(jobId, auditor, ours);
    this.#rows.put(jobId, { ...row, state: 'committed' });
  }

  async #reveal(jobId: Digest, row: AuditRow, audit: AuditRecord): Promise<void> {
    const { audits, auditor } = this.#options;
    const now = await audits.chainTime();
    if (now < audit.commitEndsAt) return;
    const { revealed } = await audits.seat(jobId, auditor);
    if (revealed === undefined && now < audit.revealEndsAt)
      await audits.reveal(jobId, auditor, row.outputRoot!, row.salt!);
    this.#rows.put(jobId, { ...row, state: 'revealed' });
  }

  async #conclude(jobId: Digest, row: AuditRow, audit: AuditRecord): Promise<void> {
    const { audits } = this.#options;
    const isOver = (await audits.chainTime()) >= audit.revealEndsAt;
    const told = row.told ?? (await this.#tell(jobId, row, audit, isOver));
    if (told && !row.told) this.#rows.put(jobId, { ...row, told: true });
    if (!isOver) return;
    if (audit.outcome === 'pending') {
      await audits.settle(jobId).catch(async (error: unknown) => {
        // Somebody else was faster.
        if ((await audits.audit(jobId))?.outcome === 'pending') throw error;
      });
    }
    this.#earned = true;
    const { told: _, ...rest } = row;
    this.#rows.put(jobId, { ...rest, state: 'settled' });
  }

  /** Until no seal can be shown any more: a planter who lies is challenged, or his lie costs this auditor's bond. */
  async #answer(jobId: Digest, row: AuditRow, audit: AuditRecord): Promise<void> {
    const { audits, log, onAlarm } = this.#options;
    const { canaryRoot, canaryClaimId, receiptRoot } = audit;
    const isAccused = row.outputRoot !== undefined && canaryRoot !== undefined && canaryRoot !== row.outputRoot;
    if (isAccused && canaryClaimId !== undefined && row.outputRoot !== INPUT_WITHHELD) {
      const roots = { computed: row.outputRoot, claimed: canaryRoot };
      const alarm: AuditAlarm = { jobId, why: 'accused', claimId: canaryClaimId, ...roots };
      log.error('a canary accuses this auditor: challenge its claim in the Court if it is false', {
        ...alarm,
        receiptRoot,
      });
      await onAlarm?.(alarm);
      return this.#forget(jobId);
    }
    if (canaryRoot !== undefined || (await audits.chainTime()) >= audit.canaryEndsAt) this.#forget(jobId);
  }

  /** True when there was something to tell. */
  async #tell(jobId: Digest, row: AuditRow, audit: AuditRecord, isOver: boolean): Promise<boolean> {
    const why = alarmOf(row, audit, isOver);
    if (why === undefined) return false;
    const alarm: AuditAlarm = { jobId, why, computed: row.outputRoot, claimed: audit.receiptRoot };
    this.#options.log.warn('an audit calls for a game in the Court', { ...alarm });
    await this.#options.onAlarm?.(alarm);
    return true;
  }

  async #collect(): Promise<void> {
    const { audits, auditor } = this.#options;
    if ((await audits.auditor(auditor)).creditWei > 0n) await audits.withdrawFor(auditor);
    this.#earned = false;
  }

  #forget(jobId: Digest): void {
    this.#rows.delete(jobId);
    this.#retries.forget(jobId);
  }
}

/** Refusals after which an audit can never start. */
const ENDED: ReadonlySet<string> = new Set(['AuditPoolTooLate', 'AuditPoolJobUnfit', 'AuditPoolNotDrawn']);

function alarmOf(row: AuditRow, { receiptRoot }: AuditRecord, isOver: boolean): AuditAlarm['why'] | undefined {
  const { outputRoot } = row;
  if (outputRoot === undefined) return undefined;
  if (outputRoot === INPUT_WITHHELD) return 'input-withheld';
  if (receiptRoot === undefined) return isOver ? 'receipt-withheld' : undefined;
  return receiptRoot === outputRoot ? undefined : 'disagreed';
}

/** Name of the Solidity error behind a failed call. */
function refusalOf(error: unknown): string | undefined {
  const named = error as { readonly error?: unknown };
  return error instanceof Error && typeof named.error === 'string' ? named.error : undefined;
}

const back = (block: bigint, by: bigint): bigint => (block > by ? block - by : 0n);
