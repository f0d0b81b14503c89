import { type Digest, toHex } from '../../core/codec/hex.ts';
import { type Receipt, type ReceiptDomain, receiptHasher } from '../../core/codec/receipt.ts';

/** How far a worker's clock may be from the chain's, seconds. */
const SKEW_SECONDS = 3_600n;

/**
 * The receipt behind a deliverable, when it says what is given here: only the worker's time is unknown, and it is near
 * `at`. Undefined: the worker claims something else, or his clock is wrong. So a claim is checked without its receipt,
 * which stays hidden from auditors who would copy it.
 */
export function receiptBehind(
  deliverable: Digest,
  claim: Omit<Receipt, 'issuedAt'>,
  domain: ReceiptDomain,
  at: bigint,
): Receipt | undefined {
  const digestOf = receiptHasher(domain);
  for (let skew = 0n; skew <= SKEW_SECONDS; skew++) {
    for (const issuedAt of skew === 0n ? [at] : [at - skew, at + skew]) {
      const receipt = { ...claim, issuedAt };
      if (issuedAt >= 0n && toHex(digestOf(receipt)) === deliverable) return receipt;
    }
  }
  return undefined;
}
