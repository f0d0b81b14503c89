import { type Address, type Digest, sameAddress } from '../core/codec/hex.ts';
import type { JobTerms } from '../core/codec/job.ts';
import { ESCROW_SCHEME } from '../core/codec/payment.ts';
import type { Receipt } from '../core/codec/receipt.ts';
import { isWorkersTurn } from '../core/dispute/game.ts';
import { inputLeaf } from '../core/dispute/inputLeaves.ts';
import type { TraceCommitment } from '../core/dispute/traceCommitment.ts';
import { workerMove } from '../core/dispute/workerMove.ts';
import { ProtocolError } from '../core/errors.ts';
import type { Clock } from '../ports/Clock.ts';
import type { Court, FiledClaim } from '../ports/Court.ts';
import type { Journal, JournalTable } from '../ports/Journal.ts';
import type { Log } from '../ports/Log.ts';
import { Backoff } from './backoff.ts';
import type { Programs } from './dispute/programs.ts';
import { truthOf } from './dispute/truth.ts';
import type { JobRow } from './worker/cashier.ts';
import type { Inputs } from './worker/inputs.ts';

/** A claim of this worker that somebody filed. Receipt and terms are copied: the books forget them earlier. */
export interface DefenceRow {
  /** Block of the filing: its events are not older. */
  readonly block: bigint;
  readonly games: readonly Digest[];
  readonly demands: readonly number[];
  readonly jobId?: Digest;
  readonly receipt?: Receipt;
  readonly terms?: JobTerms;
}

export interface DefenderOptions {
  readonly court: Court;
  readonly programs: Pick<Programs, 'of'>;
  readonly inputs: Pick<Inputs, 'find'>;
  readonly journal: Journal;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
  /** Owner address of this worker; the court's account is his hot key. */
  readonly worker: Address;
  /** The first look begins here: the block of the deployment. */
  readonly firstBlock: bigint;
  /** How a trace is computed. @default by the interpreter */
  readonly truth?: typeof truthOf;
}

/** What a defence needs is gone: nothing can be answered. */
export class DefenceImpossible extends ProtocolError {
  override readonly code = 'DEFENCE_IMPOSSIBLE';
  override readonly retryable = true;
}

const CHUNK = 2_000n;
const OVERLAP = 8n;
const MAX_MOVES = 64;
const KEPT_TRACES = 2;

/**
 * Plays the worker's side of every game against his claims. Each tick reads the chain and does what is missing; nothing
 * is remembered but where the claims are, what they said and what went in, so a crash at any point is repaired by the next
 * tick. Moves are in a persisted queue before they leave.
 */
export class Defender {
  readonly #options: DefenderOptions;
  readonly #rows: JournalTable<DefenceRow>;
  readonly #cursor: JournalTable<{ readonly block: bigint }>;
  readonly #jobs: JournalTable<JobRow>;
  readonly #retries: Backoff;
  readonly #traces = new Map<Digest, TraceCommitment>();
  #ticking: Promise<void> | undefined;

  constructor(options: DefenderOptions) {
    this.#options = options;
    this.#rows = options.journal.table('defences');
    this.#cursor = options.journal.table('defenceCursor');
    this.#jobs = options.journal.table('jobs');
    this.#retries = new Backoff(options.clock, { firstMs: 250, mostMs: 2_000 });
  }

  /** Claims that are not over. */
  open(): readonly (readonly [Digest, DefenceRow])[] {
    return [...this.#rows.entries()] as unknown as readonly (readonly [Digest, DefenceRow])[];
  }

  /** One round; concurrent calls share it. */
  tick(): Promise<void> {
    this.#ticking ??= this.#round().finally(() => {
      this.#ticking = undefined;
    });
    return this.#ticking;
  }

  async #round(): Promise<void> {
    await this.#follow();
    for (const [claimId] of this.open()) await this.#attempt(claimId, () => this.#defend(claimId));
  }

  async #attempt(claimId: Digest, body: () => Promise<void>): Promise<void> {
    if (!this.#retries.due(claimId)) return;
    try {
      await body();
      this.#retries.forget(claimId);
    } catch (error) {
      this.#retries.failed(claimId);
      this.#options.log.error('a defence failed, will retry', { claimId, error });
    }
  }

  /** Everything up to the head: a game that is seen late may be lost. */
  async #follow(): Promise<void> {
    const { court, firstBlock } = this.#options;
    const head = await court.head();
    let last = this.#cursor.get('court')?.block;
    do {
      const from = last === undefined || last > head ? firstBlock : later(last - OVERLAP, firstBlock);
      const to = head - from > CHUNK ? from + CHUNK : head;
      await this.#record(from, to);
      last = to;
    } while (last < head);
  }

  async #record(from: bigint, to: bigint): Promise<void> {
    const { court, worker, journal } = this.#options;
    const notices = await court.notices(from, to);
    const mine = notices.filter((each) => each.kind === 'filed' && sameAddress(each.worker, worker));
    const jobs = new Map<Digest, Digest | undefined>();
    for (const { claimId } of mine) jobs.set(claimId, await court.jobOf(claimId));
    journal.transaction(() => {
      for (const { claimId, block } of mine)
        if (this.#rows.get(claimId) === undefined) this.#rows.put(claimId, this.#begun(block, jobs.get(claimId)));
      for (const notice of notices) {
        const row = this.#rows.get(notice.claimId);
        if (row === undefined) continue;
        if (notice.kind === 'game') this.#rows.put(notice.claimId, { ...row, games: added(row.games, notice.gameId) });
        if (notice.kind === 'demand')
          this.#rows.put(notice.claimId, { ...row, demands: added(row.demands, notice.leaf) });
      }
      this.#cursor.put('court', { block: to });
    });
  }

  #begun(block: bigint, jobId: Digest | undefined): DefenceRow {
    const row: DefenceRow = { block, games: [], demands: [] };
    const job = jobId === undefined ? undefined : this.#jobs.get(jobId);
    if (jobId === undefined || job?.receipt === undefined || job.payment.scheme !== ESCROW_SCHEME) return row;
    return { ...row, jobId, receipt: job.receipt.receipt, terms: job.payment.terms };
  }

  async #defend(claimId: Digest): Promise<void> {
    const { court, log, worker } = this.#options;
    const row = this.#rows.get(claimId)!;
    const claim = await court.claim(claimId);
    if (claim === undefined) return;
    if (claim.outcome !== 'pending') {
      log.info('a claim of ours has ended', { claimId, outcome: claim.outcome });
      await court.withdraw(worker);
      this.#traces.delete(claimId);
      this.#rows.delete(claimId);
      return;
    }
    if (claim.endable) return court.finalize(claimId);
    if (claim.verdict !== 'pending' || claim.open === 0) return;
    for (const leaf of row.demands) await this.#supply(claimId, row, leaf);
    for (const gameId of row.games) await this.#play(claim, row, gameId);
  }

  async #supply(claimId: Digest, row: DefenceRow, leaf: number): Promise<void> {
    const { court } = this.#options;
    const demand = await court.demand(claimId, leaf);
    if (demand === undefined || demand.deadline === 0n) return;
    const [{ receipt }, own] = [await this.#receiptOf(claimId, row), await this.#traceOf(claimId, row)];
    await court.supplyInput(claimId, receipt, inputLeaf(own.values[0]!, leaf));
  }

  /** Moves until it is the challenger's turn. */
  async #play(claim: FiledClaim, row: DefenceRow, gameId: Digest): Promise<void> {
    const { court, log } = this.#options;
    const { claimId } = claim;
    for (let moves = 0; moves < MAX_MOVES; moves++) {
      const game = await court.game(gameId);
      if (game === undefined || game.phase === 'ended') return;
      const isLate = (await court.chainTime()) >= game.deadline;
      if (!isWorkersTurn(game.phase)) return isLate ? court.timeout(gameId) : undefined;
      if (isLate) {
        log.error('a game is lost: its time is over', { claimId, gameId, phase: game.phase });
        return;
      }
      const own = await this.#traceOf(claimId, row);
      const { receipt, terms, jobId } = await this.#receiptOf(claimId, row);
      if (!(await court.claim(claimId))!.revealed && jobId !== undefined && terms !== undefined)
        await court.reveal(jobId, receipt, terms);
      const move = workerMove(game, own);
      if (move === undefined) return;
      log.info('defending', { claimId, gameId, move: move.kind, step: game.step });
      if (move.kind === 'answer') await court.answer(claimId, receipt, move.answer);
      else await court.defend(game, move);
    }
  }

  async #receiptOf(claimId: Digest, row: DefenceRow): Promise<DefenceRow & { readonly receipt: Receipt }> {
    const receipt = row.receipt ?? (await this.#options.court.receiptOf(claimId, row.block));
    if (receipt !== undefined) return { ...row, receipt };
    throw new DefenceImpossible({
      what: 'A claim of this worker cannot be defended',
      why: `its receipt is neither in the journal nor on the chain (claim ${claimId})`,
      fix: 'Restore the journal of this worker from its backup before the clock of the game runs out.',
      meta: { claimId },
    });
  }

  async #traceOf(claimId: Digest, row: DefenceRow): Promise<TraceCommitment> {
    const known = this.#traces.get(claimId);
    if (known !== undefined) return known;
    const { inputs, truth = truthOf } = this.#options;
    const { receipt } = await this.#receiptOf(claimId, row);
    const input = inputs.find(receipt.inputRoot) ?? inputs.find(receipt.jobId);
    if (input === undefined) {
      throw new DefenceImpossible({
        what: 'A claim of this worker cannot be defended',
        why: `its input is not in the journal (claim ${claimId}, job ${receipt.jobId})`,
        fix: 'Restore the journal of this worker from its backup before the clock of the game runs out.',
        meta: { claimId, jobId: receipt.jobId },
      });
    }
    const { own } = truth(await this.#programOf(receipt), input);
    this.#traces.set(claimId, own);
    for (const oldest of this.#traces.keys()) if (this.#traces.size > KEPT_TRACES) this.#traces.delete(oldest);
    return own;
  }

  #programOf({ versionId, worker }: Receipt): ReturnType<Programs['of']> {
    return this.#options.programs.of(versionId, worker);
  }
}

const later = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const added = <T>(list: readonly T[], item: T): readonly T[] => (list.includes(item) ? list : [...list, item]);
