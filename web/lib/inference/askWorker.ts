import { decodeReceipt } from '../../../node/core/codec/decodeReceipt.ts';
import type { SignedReceipt } from '../../../node/core/codec/receipt.ts';
import { DTYPES, type DType, type Tensor, tensor } from '../../../node/core/tensor/tensor.ts';
import { bodyOf } from '../gateway.ts';
import { ProblemError } from '../problem.ts';

/** Answers of models that fit a page are far below. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

export interface Call {
  readonly endpoint: string;
  readonly model: string;
  readonly versionId: bigint;
  readonly name: string;
  readonly input: Tensor;
  /** x402 PaymentPayload; absent for a version that is free. */
  readonly payment?: Readonly<Record<string, unknown>>;
}

export interface WorkerReply {
  readonly output: Tensor;
  readonly receipt: SignedReceipt;
}

const failed = (why: string, cause?: unknown): ProblemError =>
  new ProblemError({ what: 'The worker did not answer', why, fix: 'Ask another worker, or try again.' }, cause);

/** One Open Inference Protocol v2 request. Everything that comes back is hostile until checked. @throws {ProblemError} */
export async function askWorker(call: Call): Promise<WorkerReply> {
  const { endpoint, model, versionId, name, input, payment } = call;
  const base = endpoint.replace(/\/+$/, '');
  const url = `${base}/v2/models/${encodeURIComponent(model)}/versions/${versionId}/infer`;
  const data = [...(input.data as Uint8Array)];
  let text: string;
  let status: number;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(payment === undefined ? {} : { 'payment-signature': btoa(JSON.stringify(payment)) }),
      },
      body: JSON.stringify({ inputs: [{ name, shape: input.dims, datatype: DTYPES[input.dtype].oip, data }] }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    status = response.status;
    text = new TextDecoder().decode(await bodyOf(response, MAX_ANSWER_BYTES));
  } catch (error) {
    throw failed('it cannot be reached, took too long, or sent too much', error);
  }
  const body = objectIn(text);
  if (status !== 200) {
    const said = body?.['error'];
    throw failed(`it says: ${typeof said === 'string' ? said.slice(0, 300) : `HTTP ${status}`}`);
  }
  return replyOf(body);
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Said by the caller, in words.
    return undefined;
  }
}

function replyOf(body: Readonly<Record<string, unknown>> | undefined): WorkerReply {
  const outputs = body?.['outputs'];
  const receipt = (body?.['parameters'] as Record<string, unknown> | undefined)?.['receipt'];
  if (!Array.isArray(outputs) || outputs.length !== 1 || typeof receipt !== 'string')
    throw failed('its answer is not one tensor with a receipt');
  return { output: tensorOf(outputs[0]), receipt: decodeReceipt(receipt) };
}

function tensorOf(value: unknown): Tensor {
  const { datatype, shape, data } = (value ?? {}) as Record<string, unknown>;
  const dtype = (Object.keys(DTYPES) as DType[]).find((key) => DTYPES[key].oip === datatype);
  const isReadable = dtype !== undefined && dtype !== 'int64' && dtype !== 'uint64';
  if (!isReadable || !Array.isArray(shape) || !Array.isArray(data) || !data.every((item) => typeof item === 'number'))
    throw failed('its output is no tensor of the protocol');
  const array = DTYPES[dtype].make(data.length) as Int32Array;
  array.set(data as number[]);
  if (!array.every((item, i) => item === data[i])) throw failed('its output does not fit its own type');
  return tensor(dtype, shape as number[], array);
}
