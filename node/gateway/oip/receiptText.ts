import type { SignedReceipt } from '../../core/codec/receipt.ts';

/** The signed receipt as JSON; integers beyond 2^53 may occur, so all integers are decimal strings. */
export function receiptText({ receipt, domain, signature }: SignedReceipt): string {
  return JSON.stringify({
    receipt: { ...receipt, versionId: receipt.versionId.toString(), issuedAt: receipt.issuedAt.toString() },
    domain: { ...domain, chainId: domain.chainId.toString() },
    signature,
  });
}
