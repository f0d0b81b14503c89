import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import type { Hex } from '../../../node/core/codec/hex.ts';
import { rpcRequest } from '../rpc.ts';
import type { Eip1193 } from './provider.ts';

const KEY = 'assay.burner';

/** Thrown in a wallet's manner, so that callers need not know which wallet they talk to. */
class BurnerRefusal extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const isKey = (text: string | null): text is Hex => text !== null && /^0x[0-9a-f]{64}$/.test(text);

/** The key of this browser's throw-away account; made at the first use. Local chains only: it is not protected at all. */
export function burnerKey(storage: Storage): Hex {
  const stored = storage.getItem(KEY);
  if (isKey(stored)) return stored;
  const fresh = generatePrivateKey();
  storage.setItem(KEY, fresh);
  return fresh;
}

/** Forgets the account; what it owned on the local chain is gone with it. */
export const forgetBurner = (storage: Storage): void => storage.removeItem(KEY);

interface Call {
  readonly to?: Hex;
  readonly data?: Hex;
  readonly value?: Hex;
  readonly gas?: Hex;
  readonly nonce?: Hex;
  readonly maxFeePerGas?: Hex;
  readonly maxPriorityFeePerGas?: Hex;
}

/**
 * An EIP-1193 provider whose key lies in localStorage and that signs without asking: the site's own preview is the only
 * prompt. Offered on local chains alone.
 */
export function burnerProvider(chainId: number, rpcUrls: readonly string[], storage: Storage): Eip1193 {
  const account = () => privateKeyToAccount(burnerKey(storage));
  const rpc = <T>(method: string, params: readonly unknown[]): Promise<T> => rpcRequest<T>(rpcUrls, method, params);

  async function send(call: Call): Promise<unknown> {
    const signer = account();
    const [nonce, block, gas] = await Promise.all([
      call.nonce ?? rpc<Hex>('eth_getTransactionCount', [signer.address, 'pending']),
      rpc<{ baseFeePerGas?: Hex }>('eth_getBlockByNumber', ['latest', false]),
      call.gas ?? rpc<Hex>('eth_estimateGas', [{ ...call, from: signer.address }]),
    ]);
    const tip = BigInt(call.maxPriorityFeePerGas ?? 1_000_000_000);
    const raw = await signer.signTransaction({
      type: 'eip1559',
      chainId,
      ...(call.to === undefined ? {} : { to: call.to }),
      data: call.data ?? '0x',
      value: BigInt(call.value ?? 0),
      gas: BigInt(gas),
      nonce: Number(nonce),
      maxPriorityFeePerGas: tip,
      maxFeePerGas: BigInt(call.maxFeePerGas ?? BigInt(block.baseFeePerGas ?? 0) * 2n + tip),
    });
    return rpc('eth_sendRawTransaction', [raw]);
  }

  return {
    async request({ method, params }) {
      const given = Array.isArray(params) ? (params as unknown[]) : [];
      switch (method) {
        case 'eth_requestAccounts':
        case 'eth_accounts':
          return [account().address];
        case 'eth_chainId':
          return `0x${chainId.toString(16)}`;
        case 'eth_sendTransaction':
          return send(given[0] as Call);
        case 'personal_sign':
          return account().signMessage({ message: { raw: given[0] as Hex } });
        case 'eth_signTypedData_v4':
          return account().signTypedData(JSON.parse(String(given[1])));
        default:
          throw new BurnerRefusal(4200, `the burner account does not know ${method}`);
      }
    },
  };
}
