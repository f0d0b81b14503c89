import { type Complaint, ProtocolError } from '../errors.ts';
import type { Address, Digest, Hex } from './hex.ts';
import { isAddress, isDigest, sameAddress } from './hex.ts';
import type { JobTerms } from './job.ts';

/** Name of our escrow scheme inside x402 v2: the payment is held by JobMarket until the claim stands. */
export const ESCROW_SCHEME = 'assay-escrow';
/** x402 v2 scheme `exact`: an ERC-3009 transfer to the till of (worker, version); every stock client speaks it. */
export const EXACT_SCHEME = 'exact';

/** What one inference costs and where the money goes, for both schemes. */
export interface Quote {
  readonly chainId: bigint;
  readonly token: Address;
  readonly market: Address;
  readonly till: Address;
  readonly evaluator: Address;
  readonly worker: Address;
  readonly versionId: bigint;
  readonly feeWei: bigint;
  readonly maxJobSeconds: number;
}

export interface EscrowPayment {
  readonly scheme: typeof ESCROW_SCHEME;
  readonly terms: JobTerms;
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  /** Over ERC-3009 ReceiveWithAuthorization whose nonce is the job id: one signature binds every term. */
  readonly signature: Hex;
}

export interface ExactPayment {
  readonly scheme: typeof EXACT_SCHEME;
  readonly from: Address;
  readonly to: Address;
  readonly value: bigint;
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly nonce: Digest;
  /** Over ERC-3009 TransferWithAuthorization. */
  readonly signature: Hex;
}

export type Payment = EscrowPayment | ExactPayment;

/** A PAYMENT-SIGNATURE header that is not an x402 v2 payload of a scheme we offered. */
export class PaymentMalformed extends ProtocolError {
  override readonly code = 'PAYMENT_MALFORMED';
  constructor(why: string, meta: NonNullable<Complaint['meta']> = {}) {
    super({
      what: 'The payment cannot be read',
      why,
      fix: 'Send an x402 v2 PaymentPayload for one of the offers in PAYMENT-REQUIRED.',
      meta,
    });
  }
}

/** The x402 v2 `PaymentRequired` object (specs/x402-specification-v2): the cheaper-to-trust escrow first, then `exact`. */
export function paymentRequirements(quote: Quote, resource: string, error: string): Readonly<Record<string, unknown>> {
  const offer = {
    network: `eip155:${quote.chainId}`,
    amount: quote.feeWei.toString(),
    asset: quote.token,
    maxTimeoutSeconds: 60,
  };
  const token = { name: 'Assay', version: '1' };
  return {
    x402Version: 2,
    error,
    resource: {
      url: resource,
      description: `One inference of version ${quote.versionId}`,
      mimeType: 'application/json',
    },
    accepts: [
      { scheme: EXACT_SCHEME, ...offer, payTo: quote.till, extra: { ...token, assetTransferMethod: 'eip3009' } },
      {
        scheme: ESCROW_SCHEME,
        ...offer,
        payTo: quote.market,
        extra: {
          ...token,
          worker: quote.worker,
          versionId: quote.versionId.toString(),
          evaluator: quote.evaluator,
          maxJobSeconds: quote.maxJobSeconds,
        },
      },
    ],
    extensions: {},
  };
}

/** The x402 v2 `PaymentPayload` of an escrow payment: what our consumer sends, and {@link parsePayment} reads. */
export function escrowPayload(payment: EscrowPayment, chainId: bigint): Readonly<Record<string, unknown>> {
  const { terms } = payment;
  return {
    x402Version: 2,
    accepted: { scheme: ESCROW_SCHEME, network: `eip155:${chainId}`, amount: terms.feeWei.toString() },
    payload: {
      terms: {
        ...terms,
        versionId: terms.versionId.toString(),
        feeWei: terms.feeWei.toString(),
        expiresAt: terms.expiresAt.toString(),
      },
      authorization: { validAfter: payment.validAfter.toString(), validBefore: payment.validBefore.toString() },
      signature: payment.signature,
    },
  };
}

/** Reads a decoded PAYMENT-SIGNATURE header. Checks form only: who signed, and for what, is the service's work. @throws {PaymentMalformed} */
export function parsePayment(value: unknown, chainId: bigint): Payment {
  const root = object(value, 'payment');
  if (root['x402Version'] !== 2)
    throw new PaymentMalformed(`x402Version is ${JSON.stringify(root['x402Version'])}, this server speaks 2`);
  const accepted = object(root['accepted'], 'accepted');
  if (accepted['network'] !== `eip155:${chainId}`) {
    throw new PaymentMalformed(
      `it is for network ${JSON.stringify(accepted['network'])}, this server is on eip155:${chainId}`,
    );
  }
  const payload = object(root['payload'], 'payload');
  if (accepted['scheme'] === ESCROW_SCHEME) return parseEscrow(payload);
  if (accepted['scheme'] === EXACT_SCHEME) return parseExact(payload);
  throw new PaymentMalformed(`the scheme ${JSON.stringify(accepted['scheme'])} was not offered`);
}

function parseEscrow(payload: Record<string, unknown>): EscrowPayment {
  const terms = object(payload['terms'], 'terms');
  const authorization = object(payload['authorization'], 'authorization');
  return {
    scheme: ESCROW_SCHEME,
    terms: {
      client: address(terms['client'], 'client'),
      worker: address(terms['worker'], 'worker'),
      versionId: uint(terms['versionId'], 'versionId', 256),
      inputRoot: digest(terms['inputRoot'], 'inputRoot'),
      feeWei: uint(terms['feeWei'], 'feeWei', 128),
      expiresAt: uint(terms['expiresAt'], 'expiresAt', 64),
      evaluator: address(terms['evaluator'], 'evaluator'),
      salt: digest(terms['salt'], 'salt'),
    },
    validAfter: uint(authorization['validAfter'], 'validAfter', 47),
    validBefore: uint(authorization['validBefore'], 'validBefore', 47),
    signature: signature(payload['signature']),
  };
}

function parseExact(payload: Record<string, unknown>): ExactPayment {
  const authorization = object(payload['authorization'], 'authorization');
  return {
    scheme: EXACT_SCHEME,
    from: address(authorization['from'], 'from'),
    to: address(authorization['to'], 'to'),
    value: uint(authorization['value'], 'value', 256),
    validAfter: uint(authorization['validAfter'], 'validAfter', 47),
    validBefore: uint(authorization['validBefore'], 'validBefore', 47),
    nonce: digest(authorization['nonce'], 'nonce'),
    signature: signature(payload['signature']),
  };
}

/** Whether the payment asks this worker, for this version, at this price. Returns the first difference as a sentence. */
export function differsFromQuote(payment: Payment, quote: Quote): string | undefined {
  if (payment.scheme === EXACT_SCHEME) {
    if (!sameAddress(payment.to, quote.till))
      return `it pays ${payment.to}, the till of this worker and version is ${quote.till}`;
    return payment.value === quote.feeWei
      ? undefined
      : `it pays ${payment.value} wei, the price is ${quote.feeWei} wei`;
  }
  const { terms } = payment;
  if (!sameAddress(terms.worker, quote.worker)) return `it names worker ${terms.worker}, this is ${quote.worker}`;
  if (terms.versionId !== quote.versionId) return `it names version ${terms.versionId}, asked was ${quote.versionId}`;
  if (!sameAddress(terms.evaluator, quote.evaluator))
    return `it names evaluator ${terms.evaluator}, accepted is ${quote.evaluator}`;
  return terms.feeWei === quote.feeWei ? undefined : `it pays ${terms.feeWei} wei, the price is ${quote.feeWei} wei`;
}

function object(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new PaymentMalformed(`${name} is not an object`);
  return value as Record<string, unknown>;
}

function uint(value: unknown, name: string, bits: number): bigint {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== 'string' || !/^\d{1,78}$/.test(text))
    throw new PaymentMalformed(`${name} is not a decimal integer`);
  const number = BigInt(text);
  if (number >> BigInt(bits) !== 0n) throw new PaymentMalformed(`${name} does not fit ${bits} bits`);
  return number;
}

function address(value: unknown, name: string): Address {
  if (typeof value !== 'string' || !isAddress(value)) throw new PaymentMalformed(`${name} is not an address`);
  return value;
}

function digest(value: unknown, name: string): Digest {
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  if (!isDigest(text)) throw new PaymentMalformed(`${name} is not 32 bytes of hexadecimal`);
  return text;
}

function signature(value: unknown): Hex {
  if (typeof value !== 'string' || !/^0x([0-9a-fA-F]{2}){65,4096}$/.test(value))
    throw new PaymentMalformed('signature is not 65 to 4096 bytes of hexadecimal');
  return value as Hex;
}
