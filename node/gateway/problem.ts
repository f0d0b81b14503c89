import { randomUUID } from 'node:crypto';
import { ProtocolError } from '../core/errors.ts';
import type { Log } from '../ports/Log.ts';
import { PaymentRequired, ServiceOverloaded } from '../service/inference.ts';
import { MethodRefused } from './errors.ts';
import { encodePaymentHeader, PAYMENT_REQUIRED } from './payment.ts';
import { jsonReply, type Reply } from './reply.ts';

/**
 * HTTP status of every expected failure that a client may see. By code, because the gateway does not know the
 * adapters whose errors pass through it. A code that is not here is answered like a bug: 500 and an opaque id.
 */
const STATUS: ReadonlyMap<string, number> = new Map([
  ['REQUEST_MALFORMED', 400],
  ['INPUT_REFUSED', 400],
  ['TENSOR_MALFORMED', 400],
  ['COMMITMENT_REFUSED', 400],
  ['EXACT_INPUT_REFUSED', 400],
  ['RUNTIME_INPUT_INVALID', 400],
  ['PAYMENT_MALFORMED', 400],
  ['RECEIPT_MALFORMED', 400],
  ['SIGNATURE_MALFORMED', 400],
  ['PAYMENT_REQUIRED', 402],
  ['OPERATOR_ONLY', 403],
  ['ROUTE_UNKNOWN', 404],
  ['VERSION_NOT_SERVED', 404],
  ['METHOD_REFUSED', 405],
  ['REQUEST_TIMED_OUT', 408],
  ['PAYMENT_REPLAYED', 409],
  ['BODY_TOO_LARGE', 413],
  ['JSON_TOO_LARGE', 413],
  ['CONTENT_ENCODING_REFUSED', 415],
  ['RUNTIME_RUN_FAILED', 422],
  ['SERVICE_OVERLOADED', 503],
  ['RUNTIME_CLOSED', 503],
  ['RUNTIME_CRASHED', 503],
  ['RUNTIME_OUT_OF_MEMORY', 503],
  ['RUNTIME_TIMEOUT', 504],
]);

/** Answers to which nobody ever listens: the client is gone. 499 is nginx's number for it. */
export const CLIENT_GONE: Reply = { status: 499, headers: {}, body: '' };

/** The HTTP answer to a failure: `{"error", "code"}` as OIP and x402 want it. Bugs are logged, never told. */
export function problemReply(error: unknown, log: Log): Reply {
  if (!(error instanceof ProtocolError)) return bugReply(error, log);
  const status = STATUS.get(error.code) ?? (error.retryable ? 503 : undefined);
  if (status === undefined) return bugReply(error, log);
  // An overloaded node has better things to do than to write a line per refusal; see RefusalLog.
  if (status >= 500 && !(error instanceof ServiceOverloaded))
    log.warn('inference failed', { code: error.code, why: error.why });
  return jsonReply(status, { error: sentence(error), code: error.code }, headersOf(error, status));
}

export const sentence = (error: ProtocolError): string => `${error.what}: ${error.why}. ${error.fix}`;

function headersOf(error: ProtocolError, status: number): Reply['headers'] {
  if (error instanceof PaymentRequired) return { [PAYMENT_REQUIRED]: encodePaymentHeader(error.requirements) };
  if (error instanceof MethodRefused) return { allow: error.allow };
  if (error instanceof ServiceOverloaded) return { 'retry-after': String(error.retryAfterSeconds) };
  return status === 503 ? { 'retry-after': '1' } : {};
}

function bugReply(error: unknown, log: Log): Reply {
  const incident = randomUUID();
  const cause = error instanceof Error ? { name: error.name, message: error.message, stack: error.stack } : { error };
  log.error('request failed by a bug', { incident, ...cause });
  return jsonReply(500, {
    error: `The node failed: its log says why under incident ${incident}. Ask again, or tell the operator this number.`,
    code: 'INTERNAL',
  });
}
