import { serializeTransaction, type TransactionSerializableEIP1559 } from 'viem';
import { type Digest, fromHex, type Hex, toHex } from '../core/codec/hex.ts';
import { keccak256 } from '../core/codec/keccak256.ts';
import type { Signer } from '../ports/Signer.ts';

export interface SignedTransaction {
  /** What `eth_sendRawTransaction` takes. */
  readonly raw: Hex;
  readonly hash: Digest;
}

/** Signs an EIP-1559 transaction. Deterministic: the same transaction gives the same bytes. */
export function signTransaction(signer: Signer, transaction: TransactionSerializableEIP1559): SignedTransaction {
  const unsigned = serializeTransaction({ ...transaction, type: 'eip1559' });
  const signature = signer.signDigest(keccak256(fromHex(unsigned)));
  const raw = serializeTransaction({ ...transaction, type: 'eip1559' }, partsOf(signature));
  return { raw, hash: toHex(keccak256(fromHex(raw))) as Digest };
}

function partsOf(signature: Hex): { r: Hex; s: Hex; yParity: 0 | 1 } {
  return {
    r: `0x${signature.slice(2, 66)}`,
    s: `0x${signature.slice(66, 130)}`,
    yParity: signature.endsWith('1b') ? 0 : 1,
  };
}
