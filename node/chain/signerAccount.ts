import { hashMessage, hashTypedData, keccak256, serializeTransaction, type TypedDataDefinition } from 'viem';
import { type LocalAccount, toAccount } from 'viem/accounts';
import { fromHex, type Hex } from '../core/codec/hex.ts';
import type { Signer } from '../ports/Signer.ts';

/** A viem account over a {@link Signer}, for stock tools (wallet clients, x402) that ask for one. */
export function signerAccount(signer: Signer): LocalAccount {
  const sign = (hash: Hex): Hex => signer.signDigest(fromHex(hash, 32));
  return toAccount({
    address: signer.address,
    sign: async ({ hash }) => sign(hash),
    signMessage: async ({ message }) => sign(hashMessage(message)),
    signTypedData: async (typedData) => sign(hashTypedData(typedData as TypedDataDefinition)),
    signTransaction: async (transaction, options) => {
      const serialize = options?.serializer ?? serializeTransaction;
      const signature = sign(keccak256(await serialize(transaction)));
      return serialize(transaction, {
        r: `0x${signature.slice(2, 66)}`,
        s: `0x${signature.slice(66, 130)}`,
        v: BigInt(`0x${signature.slice(130)}`),
      });
    },
  });
}
