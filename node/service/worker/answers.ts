import { type Address, type Digest, toHex } from '../../core/codec/hex.ts';
import { paymentRequirements, type Quote } from '../../core/codec/payment.ts';
import { type Receipt, type ReceiptDomain, receiptHasher, type SignedReceipt } from '../../core/codec/receipt.ts';
import type { Sha256 } from '../../core/codec/sha256.ts';
import { ProtocolError } from '../../core/errors.ts';
import { tensorCommitment } from '../../core/merkle/tensorCommitment.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import type { Clock } from '../../ports/Clock.ts';
import type { ServedTransfer, Settlement } from '../../ports/Settlement.ts';
import type { Signer } from '../../ports/Signer.ts';
import {
  type InferenceAnswer,
  type InferenceRequest,
  type InferenceService,
  type ServedVersion,
  ServiceOverloaded,
  VersionNotServed,
} from '../inference.ts';
import type { Cashier, Reservation } from './cashier.ts';
import { exactInput } from './exactInput.ts';
import type { Inputs } from './inputs.ts';
import type { Loaded, Versions } from './versions.ts';

export interface AnswersOptions {
  readonly versions: Versions;
  readonly cashier: Cashier;
  readonly settlement: Settlement;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly sha256: Sha256;
  /** Owner address of this worker. */
  readonly worker: Address;
  readonly domain: ReceiptDomain;
  /** Most rows of one job: every job has one price, so its work must have a bound (threats K14). @default 64 */
  readonly maxRows?: number;
  /** Keeps inputs for auditors and games: of a paid job under its id, of a free answer under its own root. */
  readonly inputs?: Pick<Inputs, 'keep' | 'requireRoom'>;
  /** Terms of payment of one loaded version. */
  readonly quote: (served: ServedVersion) => Promise<Quote>;
}

/** Errors of `Settlement.transfer` after which the transfer is not on its way. */
const NOTHING_MOVED: ReadonlySet<string> = new Set(['CHAIN_REVERTED', 'BALANCE_TOO_LOW', 'TRANSACTION_CANCELLED']);
const MAX_ROWS = 64;
const FREE = `0x${'00'.repeat(32)}` as Digest;

/** Answers inference requests with tensors and a signed receipt; paid ones reserve the money first. */
export class Answers implements InferenceService {
  readonly #options: AnswersOptions;
  readonly #digestOf: (receipt: Receipt) => Uint8Array;
  #state: 'starting' | 'ready' | 'draining' = 'starting';

  constructor(options: AnswersOptions) {
    this.#options = options;
    this.#digestOf = receiptHasher(options.domain);
  }

  versions(): readonly ServedVersion[] {
    return this.#options.versions.all().map(({ served }) => served);
  }

  ready(): boolean {
    return this.#state === 'ready';
  }

  open(): void {
    this.#state = 'ready';
  }

  /** From here on new requests are refused; those under way end normally. */
  drain(): void {
    this.#state = 'draining';
  }

  async quote(served: ServedVersion): Promise<Readonly<Record<string, unknown>> | undefined> {
    if (served.feeWei === 0n) return undefined;
    return paymentRequirements(await this.#options.quote(served), resourceOf(served), 'this version is not free');
  }

  async infer(request: InferenceRequest): Promise<InferenceAnswer> {
    if (this.#state !== 'ready') throw notReady(this.#state);
    const loaded = this.#find(request);
    const { served, program } = loaded;
    const input = exactInput(program, request.inputs, this.#options.maxRows ?? MAX_ROWS);
    const inputRoot = tensorCommitment(input, { sha256: this.#options.sha256 });
    this.#options.inputs?.requireRoom(input);
    if (served.feeWei === 0n) {
      // A free answer is signed too, and whoever holds it can dispute it.
      this.#options.inputs?.keep(inputRoot, input);
      return await this.#answer(loaded, input, inputRoot, FREE, request.signal);
    }
    const { cashier, quote } = this.#options;
    const reservation = await cashier.reserve(request.payment, await quote(served), inputRoot, resourceOf(served));
    return await this.#paid(loaded, input, inputRoot, reservation, request.signal);
  }

  async #paid(
    loaded: Loaded,
    input: Tensor,
    inputRoot: Digest,
    reservation: Reservation,
    signal?: AbortSignal,
  ): Promise<InferenceAnswer> {
    const { cashier } = this.#options;
    const { jobId, payment, paid } = reservation;
    let answer: InferenceAnswer;
    try {
      answer = await this.#answer(loaded, input, inputRoot, jobId, signal);
    } catch (error) {
      cashier.cancel(reservation);
      throw error;
    }
    // Kept before the claim is made: whoever cannot show the input loses the dispute.
    this.#options.inputs?.keep(jobId, input);
    if (!paid) cashier.deliver(reservation, answer.receipt, toHex(this.#digestOf(answer.receipt.receipt)) as Digest);
    const network = `eip155:${answer.receipt.domain.chainId}`;
    if (payment.scheme !== 'exact')
      return { ...answer, settlement: { success: true, transaction: jobId, network, payer: payment.terms.client } };
    // x402 `exact`: the money moves before the body is returned. Escrow: the batch follows within a second or so.
    const transaction = await this.#settle(payment, reservation);
    cashier.answered(reservation);
    return { ...answer, settlement: { success: true, transaction, network, payer: payment.from } };
  }

  /**
   * Moves the money of an x402 `exact` payment. Whoever gets no answer is not charged: a transfer that surely did not
   * and will not happen is forgotten; one whose fate is open stays owed, the settler carries it on, and its payer may ask
   * for his answer with the same payment.
   */
  async #settle(payment: ServedTransfer, { key, paid }: Reservation): Promise<string> {
    const { settlement, cashier } = this.#options;
    try {
      const transaction = await (paid ? this.#madeBefore(payment) : settlement.transfer(payment));
      cashier.settle(key, 'settled');
      return transaction;
    } catch (error) {
      if (!(error instanceof ProtocolError) || !NOTHING_MOVED.has(error.code)) throw error;
      // Anybody may send an authorization: it may have moved the money by another hand than ours.
      const made = await settlement.transferOf(payment);
      if (made !== undefined) {
        cashier.settle(key, 'settled');
        return made;
      }
      cashier.settle(key, 'lost');
      throw new ServiceOverloaded(
        {
          what: 'The payment could not be settled, so the answer is withheld and nothing is charged',
          why: `${error.what}: ${error.why}`,
          fix: 'Check that the paying account still holds the price, then sign a new payment; or ask another worker.',
          cause: error,
        },
        5,
      );
    }
  }

  /** The transaction of an earlier try. The books say that it was made; its hash is only for the reader. */
  async #madeBefore(payment: ServedTransfer): Promise<string> {
    return (await this.#options.settlement.transferOf(payment)) ?? payment.nonce;
  }

  async #answer(
    loaded: Loaded,
    input: Tensor,
    inputRoot: Digest,
    jobId: Digest,
    signal?: AbortSignal,
  ): Promise<InferenceAnswer> {
    const { sha256, worker, clock } = this.#options;
    const { served, session } = loaded;
    const outputs = await session.run(
      new Map([[served.inputs[0]!.name, input]]),
      signal === undefined ? {} : { signal },
    );
    const receipt = this.#sign({
      jobId,
      versionId: served.versionId,
      programRoot: served.programRoot,
      inputRoot,
      outputRoot: tensorCommitment(outputs.get(served.outputs[0]!.name)!, { sha256 }),
      worker,
      issuedAt: BigInt(Math.floor(clock.now() / 1000)),
    });
    return { version: served, outputs, receipt };
  }

  #sign(receipt: Receipt): SignedReceipt {
    const { domain, signer } = this.#options;
    return { receipt, domain, signature: signer.signDigest(this.#digestOf(receipt)) };
  }

  #find({ model, versionId }: InferenceRequest): Loaded {
    const loaded = this.#options.versions.find(model, versionId);
    if (loaded !== undefined) return loaded;
    const known = this.versions().map((served) => `${served.model} (version ${served.versionId})`);
    throw new VersionNotServed({
      what: `This worker does not serve ${JSON.stringify(model)}${versionId === undefined ? '' : ` version ${versionId}`}`,
      why: known.length === 0 ? 'it serves nothing yet' : `it serves ${known.join(', ')}`,
      fix: 'Ask GET /v2/models, or find another worker in the registry.',
    });
  }
}

/** What is paid for, as x402 names it. */
const resourceOf = ({ model }: ServedVersion): string => `/v2/models/${model}/infer`;

const notReady = (state: string): ServiceOverloaded =>
  new ServiceOverloaded(
    {
      what: 'The worker takes no requests',
      why: `it is ${state}`,
      fix: 'Try again in a moment, or ask another worker.',
    },
    2,
  );
