import { ProtocolError } from '../errors.ts';
import { byteLength, DTYPES, type DType, elementCount, type Tensor, tensor, tensorBytes } from '../tensor/tensor.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { receiptFromJson, receiptToJson } from './decodeReceipt.ts';
import { type Address, isAddress } from './hex.ts';
import type { SignedReceipt } from './receipt.ts';

/** Everything a stranger needs to check one answer, apart from the artifact that the CID names. */
export interface Answer {
  readonly model: string;
  readonly cid: string;
  readonly feeWei: bigint;
  readonly hotKey: Address;
  readonly input: Tensor;
  readonly output: Tensor;
  readonly receipt: SignedReceipt;
}

const FORMAT = 'assay-answer-1';
const MAX_TENSOR_BYTES = 64 << 20;

/** A file that is not a saved answer. */
export class AnswerFileMalformed extends ProtocolError {
  override readonly code = 'ANSWER_FILE_MALFORMED';
}

const malformed = (why: string): AnswerFileMalformed =>
  new AnswerFileMalformed({
    what: 'This is not a saved answer',
    why,
    fix: 'Give a file that `assay infer --save FILE` wrote.',
  });

export interface TensorJson {
  readonly dtype: DType;
  readonly dims: readonly number[];
  /** Canonical bytes: little-endian, row-major. */
  readonly base64: string;
}

/** A tensor as JSON: canonical bytes in base64. */
export const tensorJson = (t: Tensor): TensorJson => ({
  dtype: t.dtype,
  dims: t.dims,
  base64: toBase64(tensorBytes(t)),
});

/** One answer with its receipt as JSON text: evidence that travels by mail. */
export function encodeAnswer(answer: Answer): string {
  const { model, cid, feeWei, hotKey, input, output, receipt } = answer;
  const file = {
    format: FORMAT,
    model,
    cid,
    feeWei: feeWei.toString(),
    hotKey,
    input: tensorJson(input),
    output: tensorJson(output),
    receipt: receiptToJson(receipt),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Reads a hostile answer file. @throws {AnswerFileMalformed} ReceiptMalformed */
export function decodeAnswer(text: string): Answer {
  const file = parse(text);
  if (file['format'] !== FORMAT) throw malformed(`its format is ${JSON.stringify(file['format'])}, expected ${FORMAT}`);
  const { model, cid, feeWei, hotKey } = file;
  if (typeof model !== 'string' || typeof cid !== 'string') throw malformed('it names no model and CID');
  if (typeof feeWei !== 'string' || !/^\d{1,40}$/.test(feeWei)) throw malformed('its feeWei is not a number');
  if (typeof hotKey !== 'string' || !isAddress(hotKey)) throw malformed('its hotKey is not an address');
  return {
    model,
    cid,
    feeWei: BigInt(feeWei),
    hotKey,
    input: readTensor(file['input'], 'input'),
    output: readTensor(file['output'], 'output'),
    receipt: receiptFromJson(file['receipt']),
  };
}

function parse(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AnswerFileMalformed({
      what: 'This is not a saved answer',
      why: String(cause),
      fix: 'Give a file that `assay infer --save FILE` wrote.',
      cause,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('it is not a JSON object');
  return value as Record<string, unknown>;
}

/** @throws {AnswerFileMalformed} */
export function readTensor(value: unknown, name: string): Tensor {
  const { dtype, dims, base64 } = (value ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPES, dtype)) throw malformed(`its ${name} has no known type`);
  if (!Array.isArray(dims) || dims.length > 8 || typeof base64 !== 'string')
    throw malformed(`its ${name} is not a tensor`);
  const bytes = base64.length > 2 * MAX_TENSOR_BYTES ? undefined : fromBase64(base64);
  if (bytes === undefined) throw malformed(`its ${name} is not canonical base64, or too long`);
  const facts = DTYPES[dtype as DType];
  const count = elementCount(dims as number[]);
  if (bytes.length !== count * facts.bytes || bytes.length > MAX_TENSOR_BYTES)
    throw malformed(`its ${name} has ${bytes.length} bytes, its shape needs ${count * facts.bytes}`);
  const data = facts.make(count);
  const result = tensor(dtype as DType, dims as number[], data);
  new Uint8Array(data.buffer, data.byteOffset, byteLength(result)).set(bytes);
  return result;
}
