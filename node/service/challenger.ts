import { readTensor, type TensorJson, tensorJson } from '../core/codec/answerFile.ts';
import { type Address, type Digest, sameAddress } from '../core/codec/hex.ts';
import type { Receipt, ReceiptDomain, SignedReceipt } from '../core/codec/receipt.ts';
import type { Sha256 } from '../core/codec/sha256.ts';
import { type ChallengerMove, challengerMove, isFalse, type Truth } from '../core/dispute/challengerMove.ts';
import { isWorkersTurn } from '../core/dispute/game.ts';
import { inputFromLeaves } from '../core/dispute/inputLeaves.ts';
import { ProtocolError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor/tensor.ts';
import type { Audits } from '../ports/Audits.ts';
import type { Clock } from '../ports/Clock.ts';
import type { Court, FiledClaim, GameHistory, Outcome } from '../ports/Court.ts';
import type { Directory } from '../ports/Directory.ts';
import type { Http } from '../ports/Http.ts';
import type { Journal, JournalTable } from '../ports/Journal.ts';
import type { Log } from '../ports/Log.ts';
import { fetchInput, TermsUnknown } from './auditor/evidence.ts';
import { Backoff } from './backoff.ts';
import { receiptBehind } from './dispute/deliverable.ts';
import type { Programs } from './dispute/programs.ts';
import { outputRootOf, truthOf } from './dispute/truth.ts';

/** A submitted job that is to be checked. */
interface WatchRow {
  readonly submittedAt: bigint;
  /** Height of the chain when it was judged: kept a while, because looks overlap. */
  readonly doneAt?: bigint;
}

/** The x402 `exact` payment that a receipt names. */
export interface TransferPaid {
  readonly from: Address;
  readonly nonce: Digest;
}

/** A claim that this challenger disputes, or whose input he demands. */
export interface DisputeRow {
  /** `demanding`: the input is withheld; `open`: to be challenged and played; `ended`: for the record. */
  readonly state: 'demanding' | 'open' | 'ended';
  /** A block before the filing: events are not older. */
  readonly block: bigint;
  readonly worker: Address;
  readonly versionId: bigint;
  readonly inputRoot: Digest;
  readonly jobId?: Digest;
  readonly signed?: SignedReceipt;
  readonly payment?: TransferPaid;
  readonly input?: TensorJson;
  readonly outcome?: Outcome;
  readonly result?: string;
  readonly earnedWei?: bigint;
}

export interface ChallengerOptions {
  readonly court: Court;
  readonly jobs: Pick<Audits, 'submitted' | 'job' | 'terms'>;
  readonly directory: Pick<Directory, 'workers'>;
  readonly programs: Pick<Programs, 'of'>;
  readonly http: Http;
  readonly journal: Journal;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sha256: Sha256;
  readonly log: Log;
  /** Of receipts: chain and market. */
  readonly domain: ReceiptDomain;
  /** Whether a submitted job is looked at. @default every one */
  readonly sample?: (jobId: Digest) => boolean;
}

/** Blocks that the first look goes back. */
const CHUNK = 2_000n;
const OVERLAP = 8n;
/** More blocks than any claim lives: somebody else may have filed, revealed and played long before us. */
const HORIZON = 250_000n;
const MAX_MOVES = 64;

/** The claim is true: whoever challenges it loses his bond. */
export class ClaimTrue extends ProtocolError {
  override readonly code = 'CLAIM_TRUE';
}

/**
 * Plays one challenger: checks submitted jobs, and receipts that he is given, disputes what is false, and collects. What a
 * job's claim says is found without its receipt: the deliverable is compared with the true one. Each tick does what journal
 * and chain show to be missing.
 */
export class Challenger {
  readonly #options: ChallengerOptions;
  readonly #watched: JournalTable<WatchRow>;
  readonly #disputes: JournalTable<DisputeRow>;
  /** Workers who answered a challenge with a true receipt: their hidden receipts are not challenged again. */
  readonly #baits: JournalTable<{ readonly claimId: Digest }>;
  readonly #cursor: JournalTable<{ readonly block: bigint }>;
  readonly #retries: Backoff;
  readonly #truths = new Map<Digest, Truth>();
  #ticking: Promise<void> | undefined;

  constructor(options: ChallengerOptions) {
    this.#options = options;
    this.#watched = options.journal.table('watched');
    this.#disputes = options.journal.table('disputes');
    this.#baits = options.journal.table('baits');
    this.#cursor = options.journal.table('challengerCursor');
    this.#retries = new Backoff(options.clock, { firstMs: 250, mostMs: 4_000 });
  }

  disputes(): readonly (readonly [Digest, DisputeRow])[] {
    return [...this.#disputes.entries()] as unknown as readonly (readonly [Digest, DisputeRow])[];
  }

  /** Jobs seen and not yet judged. */
  get waiting(): number {
    return [...this.#watched.entries()].filter(([, { doneAt }]) => doneAt === undefined).length;
  }

  /** Jobs judged lately. */
  get checked(): number {
    return this.#watched.count() - this.waiting;
  }

  /** One round; concurrent calls share it. Failures are logged and tried again by a later tick. */
  tick(): Promise<void> {
    this.#ticking ??= this.#round().finally(() => {
      this.#ticking = undefined;
    });
    return this.#ticking;
  }

  /** Looks at a submitted job whatever `sample` says: an audit calls for it. */
  async look(jobId: Digest): Promise<void> {
    const { submittedAt, state } = await this.#options.jobs.job(jobId);
    if (state === 'submitted') this.#watched.put(jobId, { submittedAt });
  }

  /**
   * Takes up a signed receipt: checks it by re-execution and disputes it when it is false.
   * @param payment when the answer was paid by x402 `exact`
   * @throws {ClaimTrue} TermsUnknown while the job behind the receipt is not on the chain
   */
  async accuse(signed: SignedReceipt, input: Tensor, payment?: TransferPaid): Promise<Digest> {
    const { court, programs, jobs } = this.#options;
    const { receipt } = signed;
    const truth = truthOf(await programs.of(receipt.versionId, receipt.worker), input);
    if (!isFalse(truth, receipt.outputRoot)) throw claimTrue(receipt);
    const claimId = court.claimIdOf(receipt);
    const isJob = payment === undefined && !/^0x0*$/.test(receipt.jobId);
    if (isJob && (await jobs.terms(receipt.jobId)) === undefined) throw new TermsUnknown(receipt.jobId);
    const { worker, versionId, inputRoot, jobId } = receipt;
    this.#open(claimId, {
      state: 'open',
      block: back(await court.head(), HORIZON),
      worker,
      versionId,
      inputRoot,
      signed,
      input: tensorJson(input),
      ...(isJob ? { jobId } : {}),
      ...(payment === undefined ? {} : { payment }),
    });
    return claimId;
  }

  #open(claimId: Digest, row: DisputeRow): void {
    if (this.#disputes.get(claimId) === undefined) this.#disputes.put(claimId, row);
  }

  async #round(): Promise<void> {
    await this.#attempt('follow jobs', () => this.#follow());
    for (const [jobId, row] of [...this.#watched.entries()])
      if (row.doneAt === undefined) await this.#attempt(jobId, () => this.#check(jobId as Digest, row));
    for (const [claimId, row] of this.disputes())
      if (row.state !== 'ended') await this.#attempt(claimId, () => this.#advance(claimId, row));
  }

  async #attempt(what: string, body: () => Promise<void>): Promise<void> {
    if (!this.#retries.due(what)) return;
    try {
      await body();
      this.#retries.forget(what);
    } catch (error) {
      this.#retries.failed(what);
      this.#options.log.warn('a step of a challenger failed, will retry', { what, error });
    }
  }

  async #follow(): Promise<void> {
    const { court, jobs, journal, sample = () => true } = this.#options;
    const head = await court.head();
    const last = this.#cursor.get('jobs')?.block;
    const from = last === undefined || last > head ? back(head, CHUNK) : back(last, OVERLAP);
    const to = head - from > CHUNK ? from + CHUNK : head;
    const fresh: [Digest, WatchRow][] = [];
    for (const jobId of await jobs.submitted(from, to)) {
      if (this.#watched.get(jobId) !== undefined || !sample(jobId)) continue;
      const { submittedAt, state } = await jobs.job(jobId);
      if (state === 'submitted') fresh.push([jobId, { submittedAt }]);
    }
    journal.transaction(() => {
      for (const [jobId, { doneAt }] of this.#watched.entries())
        if (doneAt !== undefined && doneAt + 2n * OVERLAP < to) this.#watched.delete(jobId);
      for (const [jobId, row] of fresh) this.#watched.put(jobId, row);
      this.#cursor.put('jobs', { block: to });
    });
  }

  async #check(jobId: Digest, row: WatchRow): Promise<void> {
    const { court, jobs, directory, http, sha256, log } = this.#options;
    const job = await jobs.job(jobId);
    const [endsAt, now] = [await this.#windowEndOf(jobId, job.deliverable), await court.chainTime()];
    if (endsAt === undefined || now >= endsAt || sameAddress(job.worker, court.account))
      return this.#judged(jobId, row);
    const terms = await jobs.terms(jobId);
    let input: Tensor;
    try {
      input = await fetchInput(jobId, terms, { directory, http, sha256 });
    } catch (error) {
      // A third of the window is patience; a demand on chain counts only inside it.
      if (terms === undefined || now - row.submittedAt < (endsAt - row.submittedAt) / 3n) throw error;
      log.warn('an input is withheld: demanding it on chain', { jobId, error });
      const { worker, versionId } = job;
      await this.#take(jobId, 'demanding', { worker, versionId, inputRoot: terms.inputRoot });
      return this.#judged(jobId, row);
    }
    if (await this.#isSuspect(jobId, row, input)) {
      const { worker, versionId } = job;
      await this.#take(jobId, 'open', { worker, versionId, inputRoot: terms!.inputRoot, input: tensorJson(input) });
    }
    await this.#judged(jobId, row);
  }

  /** A job that somebody has filed, perhaps its own worker, can be challenged as long as its claim. */
  async #windowEndOf(jobId: Digest, deliverable: Digest): Promise<bigint | undefined> {
    const { court } = this.#options;
    const claim = await court.claim(court.claimOf(jobId, deliverable));
    if (claim === undefined) return court.windowEndOf(jobId);
    return claim.outcome === 'pending' ? claim.windowEndsAt : undefined;
  }

  /** Whether the deliverable is not the digest of the true receipt. */
  async #isSuspect(jobId: Digest, { submittedAt }: WatchRow, input: Tensor): Promise<boolean> {
    const { jobs, programs, domain, log } = this.#options;
    const { worker, versionId, deliverable } = await jobs.job(jobId);
    const terms = (await jobs.terms(jobId))!;
    const program = await programs.of(versionId, worker);
    const truth = truthOf(program, input);
    const outputRoot = outputRootOf(truth);
    const said = { jobId, versionId, programRoot: program.root, inputRoot: terms.inputRoot, worker };
    if (outputRoot !== undefined && receiptBehind(deliverable, { ...said, outputRoot }, domain, submittedAt))
      return false;
    if (this.#baits.get(worker.toLowerCase()) !== undefined) {
      log.warn('not challenged: this worker hid a true receipt before', { jobId, worker });
      return false;
    }
    log.warn('a job does not deliver what the program gives', { jobId, worker, deliverable });
    return true;
  }

  /** The job's claim id follows from its deliverable. */
  async #take(
    jobId: Digest,
    state: 'open' | 'demanding',
    row: Pick<DisputeRow, 'worker' | 'versionId' | 'inputRoot' | 'input'>,
  ): Promise<void> {
    const { court, jobs } = this.#options;
    const { deliverable } = await jobs.job(jobId);
    this.#open(court.claimOf(jobId, deliverable), { ...row, state, jobId, block: back(await court.head(), HORIZON) });
  }

  async #judged(jobId: Digest, row: WatchRow): Promise<void> {
    this.#watched.put(jobId, { ...row, doneAt: await this.#options.court.head() });
  }

  async #advance(claimId: Digest, row: DisputeRow): Promise<void> {
    const { court, log } = this.#options;
    const claim = await court.claim(claimId);
    if (claim === undefined) return this.#file(claimId, row);
    if (claim.outcome !== 'pending') return this.#conclude(claimId, row, claim);
    if (claim.endable) return court.finalize(claimId);
    if (row.state === 'demanding') return this.#demand(claimId, row, claim);
    const game = await court.history(court.gameIdOf(claimId, court.account), row.block);
    if (game?.phase === 'ended') return this.#clear(claimId, row);
    if (game !== undefined) return this.#play(claimId, row, game);
    if (claim.verdict !== 'pending' || (await court.chainTime()) >= claim.windowEndsAt) return;
    log.warn('challenging a false claim', { claimId, worker: row.worker });
    await court.challenge(claimId);
    await this.#advance(claimId, row);
  }

  async #file(claimId: Digest, row: DisputeRow): Promise<void> {
    const { court, jobs } = this.#options;
    const { jobId, signed, payment } = row;
    if (jobId === undefined)
      await court.file({ kind: 'receipt', signed: signed!, ...(payment === undefined ? {} : { payment }) });
    else {
      const terms = signed === undefined ? undefined : await jobs.terms(jobId);
      const shown = terms === undefined ? {} : { receipt: signed!.receipt, terms };
      await court.file({ kind: 'job', jobId, ...shown });
    }
    await this.#advance(claimId, row);
  }

  /** Plays as far as it is his turn. */
  async #play(claimId: Digest, row: DisputeRow, first: GameHistory): Promise<void> {
    const { court, log } = this.#options;
    let game: GameHistory | undefined = first;
    for (let moves = 0; moves < MAX_MOVES && game !== undefined && game.phase !== 'ended'; moves++) {
      const { gameId, phase } = game;
      const isLate = (await court.chainTime()) >= game.deadline;
      if (isLate) return court.timeout(gameId);
      const receipt = await this.#receiptOf(claimId, row);
      const move =
        receipt === undefined ? undefined : challengerMove(game, this.#truthOf(claimId, row, await this.#program(row)));
      const { verdict } = (await court.claim(claimId))!;
      // Decided by another game: only a proof at hand is worth more gas.
      if (verdict !== 'pending' && (move === undefined || !isProof(move))) return court.leave(gameId);
      if (move === undefined || receipt === undefined) {
        if (!isWorkersTurn(phase)) this.#lost(claimId, row);
        return;
      }
      log.info('accusing', { claimId, gameId, move: move.kind, step: game.step });
      await court.accuse(gameId, receipt, move);
      game = await court.history(gameId, row.block);
    }
  }

  /** The claim ends when its last game does: calls time on players who left theirs. */
  async #clear(claimId: Digest, { block }: DisputeRow): Promise<void> {
    const { court } = this.#options;
    const now = await court.chainTime();
    for (const notice of await court.notices(block, await court.head())) {
      if (notice.claimId !== claimId) continue;
      if (notice.kind === 'game') {
        const game = await court.game(notice.gameId);
        if (game !== undefined && game.phase !== 'ended' && now >= game.deadline) await court.timeout(notice.gameId);
      }
      if (notice.kind === 'demand') {
        const { deadline } = (await court.demand(claimId, notice.leaf)) ?? { deadline: 0n };
        if (deadline !== 0n && now >= deadline) await court.expireDemand(claimId, notice.leaf);
      }
    }
  }

  /** The worker's trace is right, so the receipt that he hid was true. */
  #lost(claimId: Digest, { worker }: DisputeRow): void {
    if (this.#baits.get(worker.toLowerCase()) !== undefined) return;
    this.#options.log.error('a challenge is lost: the worker hid a true receipt', { claimId, worker });
    this.#baits.put(worker.toLowerCase(), { claimId });
  }

  async #demand(claimId: Digest, row: DisputeRow, claim: FiledClaim): Promise<void> {
    const { court, sha256 } = this.#options;
    const leaves = await court.supplied(claimId, row.block);
    const found = inputFromLeaves(leaves, row.inputRoot, sha256);
    if (found === undefined) return this.#end(claimId, row, claim, 'the input cannot be read');
    if ('input' in found) {
      const truth = truthOf(await this.#program(row), found.input);
      const isTrue = await this.#isTrue(row, truth);
      if (isTrue) return this.#end(claimId, row, claim, 'true');
      this.#disputes.put(claimId, { ...row, state: 'open', input: tensorJson(found.input) });
      return;
    }
    const now = await court.chainTime();
    for (const leaf of found.missing) {
      const demand = await court.demand(claimId, leaf);
      if (demand === undefined && now < claim.windowEndsAt) await court.demandInput(claimId, leaf);
      else if (demand !== undefined && demand.deadline !== 0n && now >= demand.deadline)
        await court.expireDemand(claimId, leaf);
    }
  }

  async #isTrue({ jobId, worker, versionId, inputRoot }: DisputeRow, truth: Truth): Promise<boolean> {
    const { jobs, domain } = this.#options;
    const outputRoot = outputRootOf(truth);
    if (outputRoot === undefined || jobId === undefined) return false;
    const { deliverable, submittedAt } = await jobs.job(jobId);
    const said = { jobId, versionId, programRoot: truth.own.program.root, inputRoot, worker, outputRoot };
    return receiptBehind(deliverable, said, domain, submittedAt) !== undefined;
  }

  async #conclude(claimId: Digest, row: DisputeRow, claim: FiledClaim): Promise<void> {
    const { court, log } = this.#options;
    const game = await court.history(court.gameIdOf(claimId, court.account), row.block);
    const earnedWei = await court.withdraw(court.account);
    log.info('a dispute has ended', { claimId, outcome: claim.outcome, result: game?.result, earnedWei });
    this.#end(claimId, { ...row, earnedWei }, claim, game?.result ?? 'not challenged');
  }

  #end(claimId: Digest, row: DisputeRow, { outcome }: FiledClaim, result: string): void {
    const { input: _, ...rest } = row;
    this.#disputes.put(claimId, { ...rest, state: 'ended', outcome, result });
    this.#truths.delete(claimId);
  }

  async #receiptOf(claimId: Digest, { signed, block }: DisputeRow): Promise<Receipt | undefined> {
    return signed?.receipt ?? (await this.#options.court.receiptOf(claimId, block));
  }

  #program({ versionId, worker }: DisputeRow): ReturnType<Programs['of']> {
    return this.#options.programs.of(versionId, worker);
  }

  #truthOf(claimId: Digest, row: DisputeRow, program: Truth['own']['program']): Truth {
    const known = this.#truths.get(claimId);
    if (known !== undefined) return known;
    const truth = truthOf(program, readTensor(row.input, 'input'));
    this.#truths.set(claimId, truth);
    return truth;
  }
}

const PROOFS: ReadonlySet<ChallengerMove['kind']> = new Set([
  'prove',
  'proveHeader',
  'proveInput',
  'proveChunk',
  'provePartials',
]);
const isProof = ({ kind }: ChallengerMove): boolean => PROOFS.has(kind);

const claimTrue = ({ outputRoot }: Receipt): ClaimTrue =>
  new ClaimTrue({
    what: 'This claim is true',
    why: `re-execution gives the claimed output ${outputRoot}, bit for bit`,
    fix: 'There is nothing to dispute: whoever challenges a true claim loses his bond.',
    meta: { outputRoot },
  });

const back = (block: bigint, by: bigint): bigint => (block > by ? block - by : 0n);
