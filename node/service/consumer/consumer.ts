import type { Answer } from '../../core/codec/answerFile.ts';
import { type Address, type Digest, sameAddress, toHex } from '../../core/codec/hex.ts';
import { authorizationData, type JobTerms, jobIdOf } from '../../core/codec/job.ts';
import { ESCROW_SCHEME, type EscrowPayment, escrowPayload } from '../../core/codec/payment.ts';
import type { Sha256 } from '../../core/codec/sha256.ts';
import { ProtocolError } from '../../core/errors.ts';
import type { Program } from '../../core/exact/program.ts';
import { tensorCommitment } from '../../core/merkle/tensorCommitment.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import type { Directory, OfferRecord, VersionRecord } from '../../ports/Directory.ts';
import type { Http } from '../../ports/Http.ts';
import type { Random } from '../../ports/Random.ts';
import type { Settlement } from '../../ports/Settlement.ts';
import type { AccountSigner } from '../../ports/Signer.ts';
import { checkDate, checkReceipt } from './answer.ts';
import { callInfer, WorkerFailed } from './client.ts';

/** Contracts that a payment names. */
export interface MarketAddresses {
  readonly chainId: bigint;
  readonly token: Address;
  readonly market: Address;
  readonly evaluator: Address;
}

export interface ConsumerOptions {
  readonly directory: Pick<Directory, 'offers'>;
  readonly settlement: Pick<Settlement, 'chainTime' | 'balanceOf'>;
  readonly signer: AccountSigner;
  readonly addresses: MarketAddresses;
  readonly http: Http;
  readonly random: Random;
  readonly sha256: Sha256;
  /** Seconds a worker has to put the job on chain. @default 600 */
  readonly jobSeconds?: bigint;
}

/** No worker serves the version, or none of those who do answered. */
export class NobodyAnswered extends ProtocolError {
  override readonly code = 'NOBODY_ANSWERED';
  override readonly retryable = true;
}

export class BalanceTooLowToPay extends ProtocolError {
  override readonly code = 'BALANCE_TOO_LOW_TO_PAY';
}

/** Pays for inferences and checks every answer's receipt. */
export class Consumer {
  readonly #options: ConsumerOptions;

  constructor(options: ConsumerOptions) {
    this.#options = options;
  }

  /**
   * One paid inference: tries the offers in turn (`first` rotates them) until one worker answers with a receipt that
   * holds. A payment names its worker, so one that failed cannot be charged by another.
   * @param among owners that may be asked; every worker that offers the version when it is not given
   * @throws {NobodyAnswered} {@link BalanceTooLowToPay}
   */
  async infer(
    model: string,
    version: VersionRecord,
    program: Program,
    input: Tensor,
    { first = 0, among }: { readonly first?: number; readonly among?: readonly Address[] } = {},
  ): Promise<Answer> {
    const all = await this.#options.directory.offers(version.versionId);
    const offers = all.filter(({ worker }) => among?.some((owner) => sameAddress(owner, worker)) ?? true);
    const complaints: string[] = [];
    for (let i = 0; i < offers.length; i++) {
      const offer = offers[(first + i) % offers.length]!;
      try {
        return await this.#ask(model, version, program, input, offer);
      } catch (error) {
        if (!(error instanceof WorkerFailed)) throw error;
        complaints.push(`${offer.endpoint}: ${error.why}`);
      }
    }
    throw new NobodyAnswered({
      what: `No worker answered for ${model} version ${version.versionId}`,
      why: complaints.join('; ') || 'no active worker offers it',
      fix:
        offers.length === 0
          ? 'Wait until a worker has loaded the version, or run one: `assay worker run`.'
          : 'Try again in a moment; `assay doctor` checks the network.',
    });
  }

  async #ask(
    model: string,
    version: VersionRecord,
    program: Program,
    input: Tensor,
    offer: OfferRecord,
  ): Promise<Answer> {
    const { sha256, http, addresses } = this.#options;
    const inputRoot = tensorCommitment(input, { sha256 });
    const { versionId, programRoot, cid } = version;
    const call = { endpoint: offer.endpoint, model, versionId, name: program.input.name, input };
    const payment = offer.feeWei === 0n ? undefined : await this.#pay(offer, versionId, inputRoot);
    const reply = await callInfer(
      http,
      payment === undefined ? call : { ...call, payment: escrowPayload(payment, addresses.chainId) },
    );
    const answer = { model, cid, feeWei: offer.feeWei, hotKey: offer.hotKey, input, ...reply };
    const jobId = payment === undefined ? undefined : jobIdOf(payment.terms, addresses.chainId, addresses.market);
    const domain = { chainId: addresses.chainId, verifyingContract: addresses.market };
    const facts = { versionId, programRoot, worker: offer.worker, domain };
    const expected = jobId === undefined ? facts : { ...facts, jobId };
    try {
      checkReceipt(answer, expected, sha256);
      if (payment === undefined) checkDate(answer, await this.#options.settlement.chainTime());
    } catch (cause) {
      if (!(cause instanceof ProtocolError)) throw cause;
      throw new WorkerFailed({
        what: `The worker at ${offer.endpoint} gave an answer without a valid receipt`,
        why: cause.message,
        fix: 'Ask another worker.',
        cause,
      });
    }
    return answer;
  }

  async #pay(offer: OfferRecord, versionId: bigint, inputRoot: Digest): Promise<EscrowPayment> {
    const { settlement, signer, addresses, random, jobSeconds = 600n } = this.#options;
    const { chainId, token, market, evaluator } = addresses;
    const [now, balance] = await Promise.all([settlement.chainTime(), settlement.balanceOf(signer.address)]);
    if (balance < offer.feeWei) {
      throw new BalanceTooLowToPay({
        what: 'The account cannot pay for this inference',
        why: `${signer.address} holds ${balance} wei of the Assay token, the price is ${offer.feeWei} wei`,
        fix: 'Send tokens to this account, or use another one with --account.',
        meta: { balance, price: offer.feeWei },
      });
    }
    const expiresAt = now + jobSeconds;
    const salt = toHex(random.bytes(32)) as Digest;
    const terms: JobTerms = {
      client: signer.address,
      worker: offer.worker,
      versionId,
      inputRoot,
      feeWei: offer.feeWei,
      expiresAt,
      evaluator,
      salt,
    };
    const authorization = {
      from: signer.address,
      to: market,
      value: offer.feeWei,
      validAfter: 0n,
      validBefore: expiresAt,
      nonce: jobIdOf(terms, chainId, market),
    };
    const signature = await signer.signTypedData(authorizationData('Receive', authorization, { chainId, token }));
    return { scheme: ESCROW_SCHEME, terms, validAfter: 0n, validBefore: expiresAt, signature };
  }
}
