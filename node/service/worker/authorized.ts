import type { Address, Digest } from '../../core/codec/hex.ts';
import { authorizationDigest, jobIdOf, transferIdOf } from '../../core/codec/job.ts';
import { ESCROW_SCHEME, type Payment, type Quote } from '../../core/codec/payment.ts';

/** A payment reduced to what is reserved: whose money, under which id and nonce, by which signed digest. */
export interface Authorized {
  /** Of the row in the journal. */
  readonly key: string;
  /** What the receipt names: the escrow's job, or the id of the transfer. */
  readonly jobId: Digest;
  readonly payment: Payment;
  readonly payer: Address;
  /** Of the ERC-3009 authorization. */
  readonly nonce: Digest;
  readonly digest: Uint8Array;
}

export function authorizedBy(payment: Payment, { chainId, token, market }: Quote): Authorized {
  const domain = { chainId, token };
  if (payment.scheme === ESCROW_SCHEME) {
    const { terms, validAfter, validBefore } = payment;
    const jobId = jobIdOf(terms, chainId, market);
    const authorization = {
      from: terms.client,
      to: market,
      value: terms.feeWei,
      validAfter,
      validBefore,
      nonce: jobId,
    };
    const digest = authorizationDigest('Receive', authorization, domain);
    return { key: jobId, jobId, payment, payer: terms.client, nonce: jobId, digest };
  }
  const { from, nonce } = payment;
  // ERC-3009 numbers nonces by payer: another payer's equal nonce is another payment.
  const key = `transfer ${from.toLowerCase()} ${nonce}`;
  const jobId = transferIdOf(from, nonce, domain);
  return { key, jobId, payment, payer: from, nonce, digest: authorizationDigest('Transfer', payment, domain) };
}
