import { type Complaint, ProtocolError } from '../errors.ts';
import { type Address, type Digest, type Hex, isAddress, isDigest } from './hex.ts';
import type { SignedReceipt } from './receipt.ts';

/** Text or a JSON value that is not a signed receipt in its only accepted form. */
export class ReceiptMalformed extends ProtocolError {
  override readonly code = 'RECEIPT_MALFORMED';
  constructor(why: string, meta: NonNullable<Complaint['meta']> = {}) {
    super({
      what: 'Not a signed receipt',
      why,
      fix: 'Give the receipt exactly as the worker sent it: { receipt, domain, signature } with numbers as decimal strings.',
      meta,
    });
  }
}

/** A SignedReceipt as plain JSON: big integers as decimal strings. */
export interface ReceiptJson {
  readonly receipt: Readonly<Record<(typeof RECEIPT_KEYS)[number], string>>;
  readonly domain: Readonly<Record<(typeof DOMAIN_KEYS)[number], string>>;
  readonly signature: string;
}

const RECEIPT_KEYS = ['jobId', 'versionId', 'programRoot', 'inputRoot', 'outputRoot', 'worker', 'issuedAt'] as const;
const DOMAIN_KEYS = ['chainId', 'verifyingContract'] as const;
/** A receipt with the longest numbers has 950 characters. */
const MAX_TEXT = 2048;

export function receiptToJson({ receipt, domain, signature }: SignedReceipt): ReceiptJson {
  return {
    receipt: {
      jobId: receipt.jobId,
      versionId: receipt.versionId.toString(),
      programRoot: receipt.programRoot,
      inputRoot: receipt.inputRoot,
      outputRoot: receipt.outputRoot,
      worker: receipt.worker.toLowerCase(),
      issuedAt: receipt.issuedAt.toString(),
    },
    domain: { chainId: domain.chainId.toString(), verifyingContract: domain.verifyingContract.toLowerCase() },
    signature: signature.toLowerCase(),
  };
}

/** Reads a hostile JSON value: every key present, no other key, every value in range. @throws {ReceiptMalformed} */
export function receiptFromJson(value: unknown): SignedReceipt {
  const root = fields(value, ['receipt', 'domain', 'signature'], 'the value');
  const receipt = fields(root.receipt, RECEIPT_KEYS, 'receipt');
  const domain = fields(root.domain, DOMAIN_KEYS, 'domain');
  return {
    receipt: {
      jobId: digest(receipt.jobId, 'jobId'),
      versionId: uint(receipt.versionId, 'versionId', 256),
      programRoot: digest(receipt.programRoot, 'programRoot'),
      inputRoot: digest(receipt.inputRoot, 'inputRoot'),
      outputRoot: digest(receipt.outputRoot, 'outputRoot'),
      worker: address(receipt.worker, 'worker'),
      issuedAt: uint(receipt.issuedAt, 'issuedAt', 64),
    },
    domain: {
      chainId: uint(domain.chainId, 'chainId', 256),
      verifyingContract: address(domain.verifyingContract, 'verifyingContract'),
    },
    signature: signatureOf(root.signature),
  };
}

/** One line of JSON, the same for equal receipts. */
export const encodeReceipt = (signed: SignedReceipt): string => JSON.stringify(receiptToJson(signed));

/** Reads hostile text. @throws {ReceiptMalformed} */
export function decodeReceipt(text: string): SignedReceipt {
  if (text.length > MAX_TEXT)
    throw new ReceiptMalformed(`it has ${text.length} characters, at most ${MAX_TEXT} are read`);
  try {
    return receiptFromJson(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new ReceiptMalformed(`it is not JSON (${cause.message})`);
    throw cause;
  }
}

function fields<Key extends string>(
  value: unknown,
  keys: readonly Key[],
  name: string,
): Readonly<Record<Key, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ReceiptMalformed(`${name} is not an object`);
  for (const key of keys) if (!Object.hasOwn(value, key)) throw new ReceiptMalformed(`${name} has no ${key}`);
  const extra = Object.keys(value).find((key) => !(keys as readonly string[]).includes(key));
  if (extra !== undefined)
    throw new ReceiptMalformed(`${name} has the unknown key ${JSON.stringify(extra.slice(0, 40))}`);
  return value as Record<Key, unknown>;
}

const refuse = (name: string, value: unknown, wanted: string): ReceiptMalformed =>
  new ReceiptMalformed(`${name} is ${String(JSON.stringify(value)).slice(0, 100)}, not ${wanted}`, { field: name });

function uint(value: unknown, name: string, bits: number): bigint {
  const wanted = `a decimal string of an unsigned ${bits}-bit integer`;
  if (typeof value !== 'string' || !/^(0|[1-9]\d{0,77})$/.test(value)) throw refuse(name, value, wanted);
  const number = BigInt(value);
  if (number >> BigInt(bits) !== 0n) throw refuse(name, value, wanted);
  return number;
}

function digest(value: unknown, name: string): Digest {
  if (typeof value !== 'string' || !isDigest(value)) throw refuse(name, value, '32 bytes in lower-case hexadecimal');
  return value;
}

function address(value: unknown, name: string): Address {
  if (typeof value !== 'string' || !isAddress(value)) throw refuse(name, value, 'an address');
  return value.toLowerCase() as Address;
}

function signatureOf(value: unknown): Hex {
  if (typeof value !== 'string' || !/^0x[0-9a-f]{130}$/.test(value))
    throw refuse('signature', value, '65 bytes in lower-case hexadecimal');
  return value as Hex;
}
