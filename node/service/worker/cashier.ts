import type { Address, Digest } from '../../core/codec/hex.ts';
import { authorizationDigest, jobIdOf } from '../../core/codec/job.ts';
import {
  differsFromQuote,
  ESCROW_SCHEME,
  type Payment,
  parsePayment,
  paymentRequirements,
  type Quote,
} from '../../core/codec/payment.ts';
import type { SignedReceipt } from '../../core/codec/receipt.ts';
import { invariant } from '../../core/errors.ts';
import type { Clock } from '../../ports/Clock.ts';
import type { Journal, JournalTable } from '../../ports/Journal.ts';
import type { Settlement } from '../../ports/Settlement.ts';
import { PaymentReplayed, PaymentRequired, ServiceOverloaded } from '../inference.ts';

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
}

export interface Reservation {
  /** Of the row in the journal. */
  readonly key: string;
  /** What the receipt names: the escrow's job, or the nonce of the transfer. */
  readonly jobId: Digest;
  readonly payment: Payment;
}

/** Jobs that still need something from the chain. */
type OpenState = Exclude<JobRow['state'], 'settled' | 'lost'>;

/** A payment reduced to what is reserved: whose money, under which id, by which signed digest. */
interface Authorized extends Reservation {
  readonly payer: Address;
  readonly digest: Uint8Array;
}

/** Look at a payer's balance, under way. */
interface BalanceRead {
  readonly payer: string;
  /** Wei that left `#owed` since the look began: the balance may still show them. */
  releasedWei: bigint;
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
  /** Served but unsettled wei at most (threats K7). */
  readonly maxExposureWei: bigint;
  /** Least seconds between now and the end of a payment's validity: time to put it on chain. */
  readonly marginSeconds: bigint;
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
  /** Wei reserved or served and not yet on chain, by payer: what their balance must still cover. */
  readonly #owed = new Map<string, bigint>();
  readonly #reads = new Set<BalanceRead>();
  #exposureWei = 0n;

  constructor(options: CashierOptions) {
    this.#options = options;
    this.#jobs = options.journal.table<JobRow>('jobs');
    for (const [key, row] of this.#jobs.entries()) {
      // A reservation that a crash cut short was never charged: the authorization is still the client's.
      if (row.state === 'reserved') this.#jobs.delete(key);
      else if (row.state === 'served' || row.state === 'submitted') this.#open.set(key, row);
      if (row.state === 'served') this.#owe(row, 1n);
    }
  }

  get exposureWei(): bigint {
    return this.#exposureWei;
  }

  /**
   * Checks and reserves a payment for one inference whose input has commitment `inputRoot`.
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
    const authorized = this.#authorizationOf(payment, quote);
    if (payment.scheme === ESCROW_SCHEME && payment.terms.inputRoot !== inputRoot) {
      throw refuse(`it pays for input ${payment.terms.inputRoot}, the input sent is ${inputRoot}`);
    }
    const { key, jobId, payer } = authorized;
    if (this.#jobs.get(key) !== undefined) throw replayed(jobId);
    const read: BalanceRead = { payer: payer.toLowerCase(), releasedWei: 0n };
    this.#reads.add(read);
    const { complaint, balance } = await this.#checkOnChain(payment, authorized, quote).finally(() =>
      this.#reads.delete(read),
    );
    if (complaint !== undefined) throw refuse(complaint);
    // SAFETY: no await from here to the insert, so parallel payments cannot spend one balance twice (K9).
    const owed = (this.#owed.get(read.payer) ?? 0n) + read.releasedWei;
    if (balance < owed + quote.feeWei)
      throw refuse(
        `${payer} holds ${balance} wei, ${owed} wei of it owed to this worker; the price is ${quote.feeWei} wei`,
      );
    if (this.#exposureWei + quote.feeWei > this.#options.maxExposureWei) {
      throw new ServiceOverloaded(
        {
          what: 'The worker is waiting for earlier payments',
          why: `${this.#exposureWei} wei are served and not settled, the cap is ${this.#options.maxExposureWei} wei`,
          fix: 'Try again in a moment, or ask another worker.',
        },
        1,
      );
    }
    const row: JobRow = {
      state: 'reserved',
      payment,
      payer,
      feeWei: quote.feeWei,
      versionId: quote.versionId,
      reservedAt: this.#options.clock.now(),
    };
    // INVARIANT: one row per job id, inserted before any work: of many parallel copies exactly one passes here.
    if (this.#jobs.get(key) !== undefined) throw replayed(jobId);
    this.#jobs.insert(key, row);
    this.#open.set(key, row);
    this.#owe(row, 1n);
    return { key, jobId, payment };
  }

  /** The answer is signed: from here on the money is owed, whatever happens to this process. */
  deliver({ key }: Reservation, receipt: SignedReceipt, deliverable: Digest): void {
    const row = this.#open.get(key);
    invariant(row?.state === 'reserved', 'only what was reserved is delivered');
    this.#put(key, { ...row, state: 'served', receipt, deliverable });
  }

  /** The work failed: nothing is charged, and the same payment may be tried again. */
  cancel({ key }: Reservation): void {
    const row = this.#open.get(key);
    if (row?.state !== 'reserved') return;
    this.#jobs.delete(key);
    this.#open.delete(key);
    this.#owe(row, -1n);
  }

  /** The chain has the money (or never will): the exposure ends. */
  settle(key: string, state: 'submitted' | 'settled' | 'lost'): void {
    const row = this.#open.get(key);
    if (row === undefined || row.state === state) return;
    this.#put(key, { ...row, state });
    if (row.state !== 'served') return;
    this.#owe(row, -1n);
    for (const read of this.#reads) if (read.payer === row.payer.toLowerCase()) read.releasedWei += row.feeWei;
  }

  /** Jobs in a state, oldest first. */
  jobs(state: OpenState): readonly (readonly [string, JobRow])[] {
    return [...this.#open].filter(([, row]) => row.state === state);
  }

  /** Forgets the oldest rows whose payment nobody can use any more. @param now chain time */
  sweep(now: bigint): void {
    let looked = 0;
    for (const [key, { state, payment }] of this.#jobs.entries()) {
      if (++looked > SWEEP_ROWS) return;
      const ended = state === 'settled' || state === 'lost';
      if (ended && payment.validBefore + KEEP_SECONDS < now) this.#jobs.delete(key);
    }
  }

  #put(key: string, row: JobRow): void {
    this.#jobs.put(key, row);
    if (row.state === 'settled' || row.state === 'lost') this.#open.delete(key);
    else this.#open.set(key, row);
  }

  #authorizationOf(payment: Payment, quote: Quote): Authorized {
    const domain = { chainId: quote.chainId, token: quote.token };
    if (payment.scheme === ESCROW_SCHEME) {
      const { terms, validAfter, validBefore } = payment;
      const jobId = jobIdOf(terms, quote.chainId, quote.market);
      const digest = authorizationDigest(
        'Receive',
        { from: terms.client, to: quote.market, value: terms.feeWei, validAfter, validBefore, nonce: jobId },
        domain,
      );
      return { key: jobId, jobId, payment, payer: terms.client, digest };
    }
    const { from, nonce } = payment;
    // ERC-3009 numbers nonces by payer: another payer's equal nonce is another payment.
    const key = `transfer ${from.toLowerCase()} ${nonce}`;
    return { key, jobId: nonce, payment, payer: from, digest: authorizationDigest('Transfer', payment, domain) };
  }

  async #checkOnChain(
    payment: Payment,
    authorized: Authorized,
    quote: Quote,
  ): Promise<{ complaint: string | undefined; balance: bigint }> {
    const { settlement } = this.#options;
    const { jobId, payer, digest } = authorized;
    const [now, balance, used, signed] = await Promise.all([
      settlement.chainTime(),
      settlement.balanceOf(payer),
      settlement.authorizationUsed(payer, jobId),
      settlement.isSignatureOf(payer, digest, payment.signature),
    ]);
    if (!signed) return { complaint: `the signature is not ${payer}'s`, balance };
    if (used) return { complaint: `the authorization ${jobId} was already used or cancelled`, balance };
    return { complaint: this.#outOfTime(payment, now, quote), balance };
  }

  /** Every deadline is compared with chain time. */
  #outOfTime(payment: Payment, now: bigint, quote: Quote): string | undefined {
    const { marginSeconds } = this.#options;
    if (payment.validAfter >= now) return `it is valid only after ${payment.validAfter}, the chain is at ${now}`;
    if (payment.validBefore <= now + marginSeconds)
      return `it ends at ${payment.validBefore}, less than ${marginSeconds} s after the chain's ${now}`;
    if (payment.scheme === ESCROW_SCHEME) {
      const { expiresAt } = payment.terms;
      if (expiresAt <= now + marginSeconds)
        return `the job expires at ${expiresAt}, less than ${marginSeconds} s after the chain's ${now}`;
      if (expiresAt > now + BigInt(quote.maxJobSeconds))
        return `the job expires at ${expiresAt}, more than ${quote.maxJobSeconds} s after the chain's ${now}`;
    }
    return undefined;
  }

  #owe(row: JobRow, sign: 1n | -1n): void {
    const key = row.payer.toLowerCase();
    const owed = (this.#owed.get(key) ?? 0n) + sign * row.feeWei;
    if (owed === 0n) this.#owed.delete(key);
    else this.#owed.set(key, owed);
    this.#exposureWei += sign * row.feeWei;
  }
}

const replayed = (jobId: Digest): PaymentReplayed =>
  new PaymentReplayed({
    what: 'This payment was already used',
    why: `job ${jobId} is being served or was served`,
    fix: 'Sign a new payment with a fresh salt for every inference.',
    meta: { jobId },
  });
