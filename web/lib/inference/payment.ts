import { type Address, type Digest, type Hex, toHex } from '../../../node/core/codec/hex.ts';
import { type JobTerms, jobIdOf } from '../../../node/core/codec/job.ts';
import { ESCROW_SCHEME, escrowPayload } from '../../../node/core/codec/payment.ts';
import type { SiteConfig } from '../config.ts';
import { formatAssay, formatTime, shortHex } from '../format.ts';
import type { Problem } from '../problem.ts';
import type { SignaturePlan } from '../transactions/plan.ts';

/** Seconds that the worker has to bring the job on chain; afterwards nothing can be charged. */
const JOB_SECONDS = 600n;

export interface Order {
  readonly model: string;
  readonly versionId: bigint;
  readonly worker: Address;
  readonly feeWei: bigint;
  readonly inputRoot: Digest;
}

/** A job whose every term one signature pins: ERC-3009 `ReceiveWithAuthorization` with the job's id as nonce. */
export function jobOf(config: SiteConfig, client: Address, order: Order, chainTime: bigint): JobTerms {
  return {
    client,
    worker: order.worker,
    versionId: order.versionId,
    inputRoot: order.inputRoot,
    feeWei: order.feeWei,
    expiresAt: chainTime + JOB_SECONDS,
    evaluator: config.contracts.jobCourt,
    salt: toHex(crypto.getRandomValues(new Uint8Array(32))) as Digest,
  };
}

export const jobIdIn = (config: SiteConfig, terms: JobTerms): Digest =>
  jobIdOf(terms, BigInt(config.chainId), config.contracts.market);

/** What the wallet shows and signs. The market alone can use it, and only for this job. */
export function paymentPlan(config: SiteConfig, order: Order, terms: JobTerms): SignaturePlan {
  const { token, market } = config.contracts;
  return {
    title: `Pay for one answer of ${order.model}`,
    summary: [
      { label: 'Price', after: formatAssay(order.feeWei) },
      { label: 'Worker', after: shortHex(order.worker) },
      { label: 'Held by', after: 'the job market, until the answer stood its challenge window' },
      { label: 'If nobody answers', after: 'nothing is charged: the authorization ends after 10 minutes' },
    ],
    typedData: {
      domain: { name: 'Assay', version: '1', chainId: config.chainId, verifyingContract: token },
      types: {
        ReceiveWithAuthorization: [
          { name: 'from', type: 'address' },
          { name: 'to', type: 'address' },
          { name: 'value', type: 'uint256' },
          { name: 'validAfter', type: 'uint256' },
          { name: 'validBefore', type: 'uint256' },
          { name: 'nonce', type: 'bytes32' },
        ],
      },
      primaryType: 'ReceiveWithAuthorization',
      message: {
        from: terms.client,
        to: market,
        value: terms.feeWei,
        validAfter: 0n,
        validBefore: terms.expiresAt,
        nonce: jobIdIn(config, terms),
      },
    },
    spends: { amountWei: order.feeWei, spender: market, deadline: terms.expiresAt },
  };
}

/** x402 v2 `PaymentPayload` of the signed job. */
export const paymentPayload = (
  config: SiteConfig,
  terms: JobTerms,
  signature: Hex,
): Readonly<Record<string, unknown>> =>
  escrowPayload(
    { scheme: ESCROW_SCHEME, terms, validAfter: 0n, validBefore: terms.expiresAt, signature },
    BigInt(config.chainId),
  );

/** Without an answer the signed payment is still in the worker's hands: paying again may be paying twice. */
export const stillPayable = ({ what, why }: Problem, jobId: Digest, until: bigint): Problem => ({
  what,
  why,
  fix: `Until ${formatTime(until)} the worker can still take your payment. Look at job ${jobId} before you pay again.`,
});
