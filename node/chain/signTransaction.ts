import { serializeTransaction } from 'viem';
import { type Digest, fromHex, type Hex, toHex } from '../core/codec/hex.ts';
import { keccak256 } from '../core/codec/keccak256.ts';
import type { SignedTransaction, Signer, UnsignedTransaction } from '../ports/Signer.ts';

/** The 32 bytes that sign a transaction. */
export const transactionDigest = (transaction: UnsignedTransaction): Uint8Array =>
  keccak256(fromHex(serializeTransaction({ ...transaction, type: 'eip1559' })));

/** A transaction with its 65-byte signature. */
export function withSignature(transaction: UnsignedTransaction, signature: Hex): SignedTransaction {
  const raw = serializeTransaction({ ...transaction, type: 'eip1559' }, partsOf(signature));
  return { raw, hash: toHex(keccak256(fromHex(raw))) as Digest };
}

/** Signs an EIP-1559 transaction. Deterministic: the same transaction gives the same bytes. */
export const signTransaction = (
  signer: Pick<Signer, 'signDigest'>,
  transaction: UnsignedTransaction,
): SignedTransaction => withSignature(transaction, signer.signDigest(transactionDigest(transaction)));

function partsOf(signature: Hex): { r: Hex; s: Hex; yParity: 0 | 1 } {
  return {
    r: `0x${signature.slice(2, 66)}`,
    s: `0x${signature.slice(66, 130)}`,
    yParity: signature.endsWith('1b') ? 0 : 1,
  };
}
