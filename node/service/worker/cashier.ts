import type { Address, Digest } from '../../core/codec/hex.ts';
import {
  differsFromQuote,
  ESCROW_SCHEME,
  EXACT_SCHEME,
  type Payment,
  parsePayment,
  paymentRequirements,
  type Quote,
} from '../../core/codec/payment.ts';
import type { SignedReceipt } from '../../core/codec/receipt.ts';
import { invariant, type ProtocolError } from '../../core/errors.ts';
import type { Clock } from '../../ports/Clock.ts';
import type { Journal, JournalTable } from '../../ports/Journal.ts';
import type { Settlement, Standing } from '../../ports/Settlement.ts';
import { PaymentReplayed, PaymentRequired, ServiceOverloaded } from '../inference.ts';
import { type Authorized, authorizedBy } from './authorized.ts';
import { Books } from './books.ts';
import { endOf, outOfTime } from './paymentTimes.ts';
import { INACTIVE, type StandingRead, StandingWatch, unfitForJobs } from './standingWatch.ts';

/**
 * A paid job as the journal keeps it. `reserved`: the payment is taken, the answer is not out; `served`: the answer is
 * signed and the money is owed; then the chain's word. A row never goes back.
 */
export interface JobRow {
  readonly state: 'reserved' | 'served' | 'submitted' | 'settled' | 'lost';
  readonly payment: Payment;
  readonly payer: Address;
  readonly feeWei: bigint;
  readonly versionId: bigint;
  /** Local time of the reservation, ms. */
  readonly reservedAt: number;
  readonly receipt?: SignedReceipt;
  readonly deliverable?: Digest;
  /** The fee was in escrow when the payment was taken: nothing is owed. */
  readonly funded?: true;
  /** Lost because the payer took his money or his signature away after the answer. */
  readonly defaulted?: true;
  /** An `exact` payment whose payer may still ask for his answer: the money moved, the answer was not returned. */
  readonly unanswered?: true;
}

export interface Reservation {
  /** Of the row in the journal. */
  readonly key: string;
  /** What the receipt names: the escrow's job, or the id of the transfer. */
  readonly jobId: Digest;
  readonly payment: Payment;
  /** Money that moved in an earlier try whose answer never left: it only needs the answer. */
  readonly paid?: true;
}

/** Jobs that still need something from the chain. */
type OpenState = Exclude<JobRow['state'], 'settled' | 'lost'>;

/** Look at a payer's balance, under way. */
interface BalanceRead {
  readonly payer: string;
  /** Wei that left `#owed` since the look began: the balance may still show them. */
  releasedWei: bigint;
}

/** What the chain said of a payment. */
interface Look {
  readonly now: bigint;
  readonly balance: bigint;
  readonly used: boolean;
  readonly rules: Standing;
  readonly standing: StandingRead;
}

/** Ended rows are kept this long after their payment became invalid, so that no reorganisation revives it. */
const KEEP_SECONDS = 3600n;
/** Rows that one sweep looks at. */
const SWEEP_ROWS = 512;
export interface CashierOptions {
  readonly journal: Journal;
  readonly settlement: Settlement;
  readonly clock: Clock;
  readonly chainId: bigint;
  /** Owner address of this worker. */
  readonly worker: Address;
  /** The evaluator that this worker accepts. */
  readonly evaluator: Address;
  /** Served but unsettled wei at most (threats K7). */
  readonly maxExposureWei: bigint;
  /** The same for one payer. @default a quarter of `maxExposureWei` */
  readonly maxPayerExposureWei?: bigint;
  /**
   * Least seconds between now and the end of a payment's validity: time to put it on chain.
   * @default 30, two blocks of twelve seconds and the way there
   */
  readonly marginSeconds?: bigint;
}

/**
 * Takes payments: checks them against the quote and the chain, reserves each exactly once before any work is done
 * (threats K6, K9), and keeps the exposure under the cap.
 */
export class Cashier {
  readonly #options: CashierOptions;
  readonly #jobs: JournalTable<JobRow>;
  /** Rows of the journal that are not at their end, oldest first: rounds of settlement must not read all that ever was. */
  readonly #open = new Map<string, JobRow>();
  readonly #reads = new Set<BalanceRead>();
  readonly #books = new Books();
  readonly #watch: StandingWatch;

  constructor(options: CashierOptions) {
    this.#options = options;
    this.#watch = new StandingWatch(options);
    this.#jobs = options.journal.table<JobRow>('jobs');
    for (const [key, row] of this.#jobs.entries()) {
      // A reservation that a crash cut short was never charged: the authorization is still the client's.
      if (row.state === 'reserved') this.#jobs.delete(key);
      else if (row.state === 'served' || row.state === 'submitted') this.#open.set(key, row);
      if (row.state === 'served') this.#books.count(row, 1n);
      if (row.defaulted) this.#books.countDefault(row, 1n);
    }
  }

  get exposureWei(): bigint {
    return this.#books.exposureWei;
  }

  /** What the market asks of new jobs, at most two seconds old. */
  standing(): Promise<Standing> {
    return this.#watch.look().standing;
  }

  /**
   * Checks and reserves a payment for one inference whose input has commitment `inputRoot`. An escrow job whose fee is on
   * chain already is taken whoever pays it; one on credit needs the payer's own signature and money, and room under the
   * caps.
   * @throws {PaymentRequired} missing, malformed or insufficient; {@link PaymentReplayed}; {@link ServiceOverloaded} over the exposure cap
   */
  async reserve(value: unknown, quote: Quote, inputRoot: Digest, resource: string): Promise<Reservation> {
    const refuse = (why: string): PaymentRequired =>
      new PaymentRequired(
        {
          what: 'The payment was not accepted',
          why,
          fix: 'Sign a payment for one of the offers in the PAYMENT-REQUIRED header and send it as PAYMENT-SIGNATURE.',
        },
        paymentRequirements(quote, resource, why),
      );
    if (value === undefined) throw refuse('this version is not free');
    const payment = parsePayment(value, quote.chainId);
    const differs = differsFromQuote(payment, quote);
    if (differs !== undefined) throw refuse(differs);
    const authorized = authorizedBy(payment, quote);
    if (payment.scheme === ESCROW_SCHEME && payment.terms.inputRoot !== inputRoot) {
      throw refuse(`it pays for input ${payment.terms.inputRoot}, the input sent is ${inputRoot}`);
    }
    const known = this.#jobs.get(authorized.key);
    if (known !== undefined) return this.#again(authorized, known, inputRoot);
    const read: BalanceRead = { payer: authorized.payer.toLowerCase(), releasedWei: 0n };
    this.#reads.add(read);
    try {
      const look = await this.#look(authorized);
      this.#refuseOvertaken(authorized);
      // SAFETY: no await lies between a look at the books and the insert, so parallel payments cannot spend one balance,
      // one cap or one stake twice (K9).
      const refusal = this.#refusalOf(authorized, quote, look, read, refuse);
      if (refusal === undefined) return this.#insert(authorized, quote, false);
      const escrow = await this.#lookAtEscrow(authorized);
      this.#refuseOvertaken(authorized);
      if (escrow === undefined) throw refusal;
      // The market took the job: price and evaluator are settled.
      const rules = { ...escrow.rules, evaluatorApproved: true, maxFeeWei: quote.feeWei };
      const why = this.#whyUnfit(rules, escrow.standing.locked, quote.feeWei);
      if (why !== undefined) throw unfit(why);
      return this.#insert(authorized, quote, true);
    } finally {
      this.#reads.delete(read);
    }
  }

  /** The answer is signed: from here on the money is owed, whatever happens to this process. */
  deliver({ key }: Reservation, receipt: SignedReceipt, deliverable: Digest): void {
    const row = this.#open.get(key);
    invariant(row?.state === 'reserved', 'only what was reserved is delivered');
    const unanswered = row.payment.scheme === EXACT_SCHEME;
    this.#put(key, { ...row, state: 'served', receipt, deliverable, ...(unanswered ? { unanswered } : {}) });
  }

  /** The answer to an `exact` payment is on its way to the payer: he gets no second one. */
  answered({ key }: Reservation): void {
    const row = this.#jobs.get(key);
    if (row?.unanswered === undefined) return;
    const { unanswered: _, ...rest } = row;
    this.#put(key, rest);
  }

  /** The work failed: nothing is charged, and the same payment may be tried again. */
  cancel({ key, paid }: Reservation): void {
    const settled = paid ? this.#jobs.get(key) : undefined;
    if (settled !== undefined) this.#put(key, { ...settled, unanswered: true });
    const row = this.#open.get(key);
    if (row?.state !== 'reserved') return;
    this.#jobs.delete(key);
    this.#open.delete(key);
    this.#books.count(row, -1n);
  }

  /**
   * The chain has the money (or never will): the exposure ends.
   * @param defaulted lost because the payer took back what he had signed: he gets no more credit
   */
  settle(key: string, state: 'submitted' | 'settled' | 'lost', defaulted = false): void {
    const row = this.#open.get(key);
    if (row === undefined || row.state === state) return;
    const ended: JobRow = { ...row, state, ...(defaulted ? { defaulted } : {}) };
    this.#put(key, ended);
    if (defaulted) this.#books.countDefault(ended, 1n);
    if (row.state !== 'served') return;
    this.#books.count(row, -1n);
    if (state === 'submitted') this.#watch.locked();
    for (const read of this.#reads) if (read.payer === row.payer.toLowerCase()) read.releasedWei += row.feeWei;
  }

  /** Jobs in a state, oldest first. */
  jobs(state: OpenState): readonly (readonly [string, JobRow])[] {
    return [...this.#open].filter(([, row]) => row.state === state);
  }

  /** Forgets the oldest rows whose payment nobody can use any more. @param now chain time */
  sweep(now: bigint): void {
    let looked = 0;
    for (const [key, row] of this.#jobs.entries()) {
      if (++looked > SWEEP_ROWS) return;
      const ended = row.state === 'settled' || row.state === 'lost';
      if (!ended || endOf(row.payment) + KEEP_SECONDS >= now) continue;
      this.#jobs.delete(key);
      if (row.defaulted) this.#books.countDefault(row, -1n);
    }
  }

  #put(key: string, row: JobRow): void {
    this.#jobs.put(key, row);
    if (row.state === 'settled' || row.state === 'lost') this.#open.delete(key);
    else this.#open.set(key, row);
  }

  /** A payment that was seen before: refused, unless its money moved and its answer never left. */
  #again({ key, jobId, payment }: Authorized, row: JobRow, inputRoot: Digest): Reservation {
    const due = row.state === 'settled' && row.unanswered && row.receipt?.receipt.inputRoot === inputRoot;
    if (!due) throw replayed(jobId);
    // INVARIANT: taken before any work, so that of many parallel copies exactly one passes here.
    const { unanswered: _, ...rest } = row;
    this.#put(key, rest);
    return { key, jobId, payment, paid: true };
  }

  /** A parallel copy was first: what it changed on chain and in the books since must not be this one's refusal. */
  #refuseOvertaken({ key, jobId }: Authorized): void {
    if (this.#jobs.get(key) !== undefined) throw replayed(jobId);
  }

  #insert({ key, jobId, payment, payer }: Authorized, { feeWei, versionId }: Quote, funded: boolean): Reservation {
    const row: JobRow = {
      state: 'reserved',
      payment,
      payer,
      feeWei,
      versionId,
      reservedAt: this.#options.clock.now(),
      ...(funded ? { funded } : {}),
    };
    // INVARIANT: one row per job id, inserted before any work and with no await since the last look at the journal: of
    // many parallel copies exactly one passes here.
    this.#jobs.insert(key, row);
    this.#open.set(key, row);
    this.#books.count(row, 1n);
    return { key, jobId, payment };
  }

  /** What the chain says of a payment; undefined when its signature is not the payer's, for which no chain is asked. */
  async #look({ payment, payer, nonce, digest }: Authorized): Promise<Look | undefined> {
    const { settlement } = this.#options;
    if (!settlement.isSignatureOf(payer, digest, payment.signature)) return undefined;
    const standing = this.#watch.look();
    const [now, balance, used, rules] = await Promise.all([
      settlement.chainTime(),
      settlement.balanceOf(payer),
      settlement.authorizationUsed(payer, nonce),
      standing.standing,
    ]);
    return { now, balance, used, rules, standing };
  }

  /** Why the payment is not taken on the payer's word, or undefined. */
  #refusalOf(
    { payment, payer, nonce }: Authorized,
    quote: Quote,
    look: Look | undefined,
    { releasedWei }: BalanceRead,
    refuse: (why: string) => PaymentRequired,
  ): ProtocolError | undefined {
    const { maxExposureWei, maxPayerExposureWei = maxExposureWei / 4n } = this.#options;
    const { feeWei } = quote;
    if (look === undefined)
      return refuse(`the signature is not ${payer}'s own; an account that signs by code funds the job on chain first`);
    const { now, balance, used, rules, standing } = look;
    if (used) return refuse(`the authorization ${nonce} was already used or cancelled`);
    const longestJob = smaller(BigInt(quote.maxJobSeconds), rules.maxJobSeconds);
    const late = outOfTime(payment, { now, margin: this.#margin, longestJob });
    if (late !== undefined) return refuse(late);
    const owed = this.#books.owedBy(payer) + releasedWei;
    if (balance < owed + feeWei)
      return refuse(`${payer} holds ${balance} wei, ${owed} wei of it owed to this worker; the price is ${feeWei} wei`);
    if (payment.scheme === EXACT_SCHEME) return rules.active ? undefined : unfit(INACTIVE);
    const why = this.#whyUnfit(rules, standing.locked, feeWei);
    if (why !== undefined) return unfit(why);
    if (this.#books.hasDefaulted(payer))
      return refuse(`an earlier answer to ${payer} was never paid: fund the job on chain first, or pay with "exact"`);
    const over = this.#books.overCap(payer, feeWei, { maxExposureWei, maxPayerExposureWei });
    return over === undefined ? undefined : overCap(over);
  }

  /** What the chain asks when the fee lies in escrow already, for long enough; undefined when it does not. */
  async #lookAtEscrow({ jobId, payment }: Authorized): Promise<Pick<Look, 'rules' | 'standing'> | undefined> {
    const { settlement } = this.#options;
    if (payment.scheme !== ESCROW_SCHEME) return undefined;
    const [state] = await settlement.jobStates([jobId]);
    if (state !== 'funded') return undefined;
    const standing = this.#watch.look();
    const [now, rules] = await Promise.all([settlement.chainTime(), standing.standing]);
    return payment.terms.expiresAt <= now + this.#margin ? undefined : { rules, standing };
  }

  #whyUnfit(standing: Standing, locked: bigint, feeWei: bigint): string | undefined {
    return unfitForJobs(standing, { feeWei, claims: this.#books.unlocked + locked + 1n });
  }

  get #margin(): bigint {
    return this.#options.marginSeconds ?? 30n;
  }
}

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

const unfit = (why: string): ServiceOverloaded =>
  new ServiceOverloaded(
    { what: 'The worker can take no such job now', why, fix: 'Ask another worker of this model.' },
    30,
  );

const overCap = (why: string): ServiceOverloaded =>
  new ServiceOverloaded(
    {
      what: 'The worker is waiting for earlier payments',
      why,
      fix: 'Try again in a moment, fund the job on chain first, pay with "exact", or ask another worker.',
    },
    1,
  );

const replayed = (jobId: Digest): PaymentReplayed =>
  new PaymentReplayed({
    what: 'This payment was already used',
    why: `job ${jobId} is being served or was served`,
    fix: 'Sign a new payment with a fresh salt for every inference.',
    meta: { jobId },
  });
