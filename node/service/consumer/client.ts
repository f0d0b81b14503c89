import { decodeReceipt } from '../../core/codec/decodeReceipt.ts';
import type { SignedReceipt } from '../../core/codec/receipt.ts';
import { ProtocolError } from '../../core/errors.ts';
import { DTYPES, type DType, type Tensor, tensor } from '../../core/tensor/tensor.ts';
import type { Http, HttpResponse } from '../../ports/Http.ts';

/** Most bytes of one answer that a client reads. */
const MAX_ANSWER_BYTES = 64 << 20;

/** A worker that cannot be reached, refuses, or answers nonsense. Another worker may do better. */
export class WorkerFailed extends ProtocolError {
  override readonly code = 'WORKER_FAILED';
  override readonly retryable = true;
}

export interface InferCall {
  readonly endpoint: string;
  readonly model: string;
  readonly versionId: bigint;
  readonly name: string;
  readonly input: Tensor;
  /** x402 PaymentPayload, or undefined for a free version. */
  readonly payment?: Readonly<Record<string, unknown>>;
  readonly timeoutMs?: number;
}

export interface InferReply {
  readonly output: Tensor;
  readonly receipt: SignedReceipt;
}

/** One Open Inference Protocol v2 request with an x402 payment. Everything that comes back is hostile until checked. */
export async function callInfer(http: Http, call: InferCall): Promise<InferReply> {
  const { endpoint, model, versionId, input, payment } = call;
  const url = `${endpoint.replace(/\/$/, '')}/v2/models/${encodeURIComponent(model)}/versions/${versionId}/infer`;
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (payment !== undefined) headers['payment-signature'] = btoa(JSON.stringify(payment));
  const body = JSON.stringify({
    inputs: [
      { name: call.name, shape: input.dims, datatype: DTYPES[input.dtype].oip, data: [...(input.data as Uint8Array)] },
    ],
  });
  let response: HttpResponse;
  try {
    response = await http(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(call.timeoutMs ?? 30_000),
    });
  } catch (cause) {
    throw new WorkerFailed({
      what: `The worker at ${endpoint} did not answer`,
      why: reason(cause),
      fix: 'Ask another worker; `assay doctor` checks the network.',
      cause,
    });
  }
  const text = await readText(response, endpoint);
  if (response.status !== 200) throw failed(endpoint, `HTTP ${response.status}: ${errorOf(text)}`);
  try {
    return parseReply(text, endpoint);
  } catch (cause) {
    if (!(cause instanceof ProtocolError) || cause instanceof WorkerFailed) throw cause;
    throw failed(endpoint, `its answer is malformed: ${cause.message}`, cause);
  }
}

const reason = (error: unknown): string =>
  error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error);

const failed = (endpoint: string, why: string, cause?: unknown): WorkerFailed =>
  new WorkerFailed({
    what: `The worker at ${endpoint} failed`,
    why,
    fix: 'Ask another worker, or correct the request if it says so.',
    cause,
  });

async function readText(response: HttpResponse, endpoint: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) throw failed(endpoint, `its answer exceeds ${MAX_ANSWER_BYTES} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof WorkerFailed) throw cause;
    throw failed(endpoint, `its answer broke off after ${size} bytes: ${reason(cause)}`, cause);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function errorOf(text: string): string {
  const value = parse(text);
  const error = value?.['error'];
  return (typeof error === 'string' ? error : text).slice(0, 500);
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function parseReply(text: string, endpoint: string): InferReply {
  const body = parse(text);
  const outputs = body?.['outputs'];
  const parameters = body?.['parameters'];
  if (!Array.isArray(outputs) || outputs.length !== 1 || typeof parameters !== 'object' || parameters === null)
    throw failed(endpoint, 'its answer is not one tensor with a receipt');
  const receipt = (parameters as Record<string, unknown>)['receipt'];
  if (typeof receipt !== 'string') throw failed(endpoint, 'its answer has no receipt');
  return { output: parseTensor(outputs[0], endpoint), receipt: decodeReceipt(receipt) };
}

function parseTensor(value: unknown, endpoint: string): Tensor {
  const { datatype, shape, data } = (value ?? {}) as Record<string, unknown>;
  const dtype = (Object.keys(DTYPES) as DType[]).find((key) => DTYPES[key].oip === datatype);
  if (dtype === undefined || !Array.isArray(shape) || !Array.isArray(data))
    throw failed(endpoint, 'its output is not an Open Inference Protocol tensor');
  if (dtype === 'int64' || dtype === 'uint64' || !data.every((item) => typeof item === 'number'))
    throw failed(endpoint, `its output holds values that JSON cannot carry as ${datatype}`);
  const array = DTYPES[dtype].make(data.length) as Int32Array;
  array.set(data as number[]);
  if (!array.every((item, i) => item === data[i])) throw failed(endpoint, `its output does not fit ${datatype}`);
  return tensor(dtype, shape as number[], array);
}
