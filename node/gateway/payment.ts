import { PaymentMalformed } from '../core/codec/payment.ts';
import { RequestMalformed } from './errors.ts';
import { MAX_PAYMENT_BYTES } from './limits.ts';
import { readJson } from './oip/readJson.ts';

/** x402 v2 HTTP transport: the three headers carry JSON in base64. */
export const PAYMENT_SIGNATURE = 'payment-signature';
export const PAYMENT_REQUIRED = 'payment-required';
export const PAYMENT_RESPONSE = 'payment-response';

/**
 * The JSON object in a PAYMENT-SIGNATURE header. Only its envelope is checked here; whether it pays is the service's
 * question.
 * @throws {PaymentMalformed} not base64, too large, not a JSON object
 */
export function decodePayment(header: string): Readonly<Record<string, unknown>> {
  if (header.length > MAX_PAYMENT_BYTES) {
    throw new PaymentMalformed(`the header has ${header.length} characters, more than ${MAX_PAYMENT_BYTES}`);
  }
  const bytes = Buffer.from(header, 'base64');
  // Buffer skips what is not base64; a header that does not read back to itself was not base64.
  if (header.length === 0 || bytes.toString('base64') !== header)
    throw new PaymentMalformed('the PAYMENT-SIGNATURE header is not base64 (RFC 4648 section 4)');
  const value = readEnvelope(bytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new PaymentMalformed('the PAYMENT-SIGNATURE header holds no JSON object');
  return value as Readonly<Record<string, unknown>>;
}

function readEnvelope(bytes: Uint8Array): unknown {
  try {
    return readJson(bytes);
  } catch (error) {
    if (error instanceof RequestMalformed) throw new PaymentMalformed(error.why);
    throw error;
  }
}

/** A header value of the x402 HTTP transport. Integers of any size become decimal strings. */
export function encodePaymentHeader(value: Readonly<Record<string, unknown>>): string {
  const json = JSON.stringify(value, (_key, field: unknown) => (typeof field === 'bigint' ? field.toString() : field));
  return Buffer.from(json, 'utf8').toString('base64');
}
