import { parseTransaction, type TransactionSerializedEIP1559 } from 'viem';
import { DOMAIN, type TypedData, type TypedStruct, typedDataDigest } from '../core/codec/eip712.ts';
import { type Address, type Hex, sameAddress } from '../core/codec/hex.ts';
import { ProtocolError } from '../core/errors.ts';
import type { AccountSigner, SignedTransaction, Signer, UnsignedTransaction } from '../ports/Signer.ts';
import type { ExternalKey } from './externalKey.ts';
import { recoverAddress } from './recoverAddress.ts';
import { Endpoint } from './rpc/endpoint.ts';
import { RpcAttemptFailed, RpcRefused } from './rpc/errors.ts';
import { transactionDigest, withSignature } from './signTransaction.ts';
import { quantity } from './tx/chainView.ts';

/** A signature that only a key in this process can make. */
export class KeyElsewhere extends ProtocolError {
  override readonly code = 'KEY_ELSEWHERE';
}

/** The external signer gave no answer. */
export class SignerUnreachable extends ProtocolError {
  override readonly code = 'SIGNER_UNREACHABLE';
  override readonly retryable = true;
}

/** The external signer said no, or does not know the account. */
export class SignerRefused extends ProtocolError {
  override readonly code = 'SIGNER_REFUSED';
}

/** The external signer signed something else, or with another key. */
export class SignerLied extends ProtocolError {
  override readonly code = 'SIGNER_LIED';
  constructor(host: string, why: string) {
    super({
      what: `The signer at ${host} did not sign what it was asked to sign`,
      why,
      fix: 'Do not trust it before you know why; nothing was sent.',
      meta: { host },
    });
  }
}

/** A person may have to confirm. */
const LIMITS = { timeoutMs: 60_000, maxResponseBytes: 1 << 20 };
const METHOD_NOT_FOUND = -32_601;

/**
 * Signs by JSON-RPC: `eth_signTransaction` and `eth_signTypedData_v4` (`eth_signTypedData` where that is unknown), as geth
 * in front of Clef, Web3Signer and anvil speak it. The signer sees whole transactions and messages, so it can judge
 * them. It is not trusted: what comes back must be exactly what was asked, signed by exactly that account.
 */
export function createExternalSigner({ address, url }: ExternalKey): AccountSigner {
  return new ExternalSigner(address, new Endpoint(url, LIMITS));
}

/** The accounts that a signer holds. @throws {SignerUnreachable} {@link SignerRefused} */
export async function externalAccounts(url: string): Promise<readonly Address[]> {
  const list = await ask(new Endpoint(url, LIMITS), 'eth_accounts', []);
  return Array.isArray(list)
    ? list.flatMap((each) => (/^0x[0-9a-fA-F]{40}$/.test(String(each)) ? [String(each).toLowerCase() as Address] : []))
    : [];
}

class ExternalSigner implements AccountSigner {
  readonly address: Address;
  readonly #endpoint: Endpoint;

  constructor(address: Address, endpoint: Endpoint) {
    this.address = address;
    this.#endpoint = endpoint;
  }

  async signTransaction(transaction: UnsignedTransaction): Promise<SignedTransaction> {
    const answer = await ask(this.#endpoint, 'eth_signTransaction', [{ from: this.address, ...asJson(transaction) }]);
    const raw = rawOf(answer);
    const signature = raw === undefined ? undefined : signatureOf(raw);
    if (signature === undefined) throw this.#lied('it sent no signed EIP-1559 transaction');
    const signed = withSignature(transaction, signature);
    if (signed.raw !== raw) throw this.#lied('the transaction it signed differs from the one it was given');
    this.#requireOurs(transactionDigest(transaction), signature);
    return signed;
  }

  async signTypedData(data: TypedData): Promise<Hex> {
    const params = [this.address, typedDataJson(data)];
    const answer = await ask(this.#endpoint, 'eth_signTypedData_v4', params).catch((error: unknown) => {
      if (!(error instanceof SignerRefused) || error.meta['rpcCode'] !== METHOD_NOT_FOUND) throw error;
      return ask(this.#endpoint, 'eth_signTypedData', params);
    });
    const signature = normalised(String(answer));
    const { domain, struct, message } = data;
    this.#requireOurs(typedDataDigest(domain, struct, message), signature);
    return signature;
  }

  #requireOurs(digest: Uint8Array, signature: Hex): void {
    const by = recoverAddress(digest, signature);
    if (by !== undefined && sameAddress(by, this.address)) return;
    throw this.#lied(
      `the signature is ${by === undefined ? "nobody's" : `that of ${by}`}, not that of ${this.address}`,
    );
  }

  #lied(why: string): SignerLied {
    return new SignerLied(this.#endpoint.host, why);
  }
}

async function ask(endpoint: Endpoint, method: string, params: readonly unknown[]): Promise<unknown> {
  try {
    return await endpoint.call(method, params, LIMITS.timeoutMs);
  } catch (cause) {
    if (cause instanceof RpcAttemptFailed)
      throw new SignerUnreachable({
        what: `The signer at ${endpoint.host} gave no answer`,
        why: cause.why,
        fix: 'Start it, confirm there what it asks, or correct its URL in the file of the key; then try again. Nothing was sent.',
        meta: { host: endpoint.host },
        cause,
      });
    if (cause instanceof RpcRefused)
      throw new SignerRefused({
        what: `The signer at ${endpoint.host} did not sign`,
        why: `${method}: ${cause.rpcMessage.slice(0, 300)} (code ${cause.rpcCode})`,
        fix: 'Look there: it may not hold this account, forbid this transaction, or have been told no. Nothing was sent.',
        meta: { host: endpoint.host, rpcCode: cause.rpcCode },
        cause,
      });
    throw cause;
  }
}

const asJson = ({ chainId, nonce, to, data = '0x', value = 0n, gas, ...fees }: UnsignedTransaction): object => ({
  type: '0x2',
  chainId: quantity(chainId),
  nonce: quantity(nonce),
  ...(to === undefined ? {} : { to }),
  // geth reads the one, most others the other.
  input: data,
  data,
  value: quantity(value),
  gas: quantity(gas),
  maxFeePerGas: quantity(fees.maxFeePerGas),
  maxPriorityFeePerGas: quantity(fees.maxPriorityFeePerGas),
});

/** geth answers `{ raw, tx }`, the others the bytes. */
function rawOf(answer: unknown): TransactionSerializedEIP1559 | undefined {
  const raw = typeof answer === 'object' && answer !== null && 'raw' in answer ? answer.raw : answer;
  return typeof raw === 'string' && /^0x02[0-9a-fA-F]+$/.test(raw)
    ? (raw.toLowerCase() as TransactionSerializedEIP1559)
    : undefined;
}

function signatureOf(raw: TransactionSerializedEIP1559): Hex | undefined {
  try {
    const { r, s, yParity } = parseTransaction(raw);
    if (r === undefined || s === undefined || yParity === undefined) return undefined;
    const word = (part: Hex): string => part.slice(2).padStart(64, '0');
    return `0x${word(r)}${word(s)}${yParity === 0 ? '1b' : '1c'}`;
  } catch {
    return undefined;
  }
}

/** Some signers write v as 0 or 1. */
const normalised = (signature: string): Hex => signature.toLowerCase().replace(/00$/, '1b').replace(/01$/, '1c') as Hex;

const typedDataJson = ({ domain, struct, message }: TypedData): object => ({
  types: Object.fromEntries([DOMAIN, struct].map(({ name, fields }: TypedStruct) => [name, fields])),
  primaryType: struct.name,
  domain: { ...domain, chainId: Number(domain.chainId) },
  message: Object.fromEntries(
    Object.entries(message).map(([name, value]) => [name, typeof value === 'bigint' ? value.toString() : value]),
  ),
});

/**
 * The key itself, for what signs too much for a person or a policy to look at.
 * @param why half a sentence that says what that is
 * @throws {KeyElsewhere}
 */
export function requireKey(signer: AccountSigner | Signer, why: string): Signer {
  if ('signDigest' in signer) return signer;
  throw new KeyElsewhere({
    what: 'This key has to be in this home',
    why: `${why}; the key of ${signer.address} is held by an external signer`,
    fix: 'Make a keystore here, `assay keys new NAME`, and use that one.',
    meta: { address: signer.address },
  });
}

/** An account whose key is nowhere in reach: it can be looked at and not sign. */
export function watchedAccount(address: Address): AccountSigner {
  const refuse = async (): Promise<never> => {
    throw new KeyElsewhere({
      what: 'This cannot be signed here',
      why: `the key of ${address} is not in this home`,
      fix: 'Leave out --from to sign with a keystore, or take the call data to where the key is (--offline-calldata).',
      meta: { address },
    });
  };
  return { address, signTransaction: refuse, signTypedData: refuse };
}
