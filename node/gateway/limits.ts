/** Bounds of everything a stranger can make the gateway hold or do. Bytes, milliseconds and counts. */
export interface GatewayLimits {
  /** Largest request body. @default 8 MiB */
  readonly maxBodyBytes: number;
  /** Largest JSON part: JSON is parsed in one go on the event loop. @default 2 MiB */
  readonly maxJsonBytes: number;
  /** Bodies held in memory at the same time, all requests together. @default 256 MiB */
  readonly maxBufferedBytes: number;
  /** Inferences handed to the service at the same time. @default 64 */
  readonly maxInFlight: number;
  /** Inferences waiting for their turn; beyond it the answer is 503. @default 256 */
  readonly maxQueue: number;
  /** Longest wait for a turn. @default 10000 */
  readonly queueTimeoutMs: number;
  /** Open sockets; near the limit the idlest one gives way to a new one. @default 4096 */
  readonly maxConnections: number;
  /** @default 10000 */
  readonly maxRequestsPerSocket: number;
  /** From the first byte (or the opening of the socket) to the end of the headers. @default 10000 */
  readonly headersTimeoutMs: number;
  /** From the end of the headers to the end of the body of an inference request. @default 30000 */
  readonly requestTimeoutMs: number;
  /** From the first byte to the end of the body of any request: uploads of models are long. @default 600000 */
  readonly uploadTimeoutMs: number;
  /** Silence after an answer before the socket is closed. @default 10000 */
  readonly keepAliveTimeoutMs: number;
}

export const DEFAULT_LIMITS: GatewayLimits = {
  maxBodyBytes: 8 * 1024 * 1024,
  maxJsonBytes: 2 * 1024 * 1024,
  maxBufferedBytes: 256 * 1024 * 1024,
  maxInFlight: 64,
  maxQueue: 256,
  queueTimeoutMs: 10_000,
  maxConnections: 4096,
  maxRequestsPerSocket: 10_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  uploadTimeoutMs: 600_000,
  keepAliveTimeoutMs: 10_000,
};

/** Bounds of one request's structure; no honest request comes near them, so they are not configurable. */
export const JSON_DEPTH = 32;
export const JSON_CONTAINERS = 65_536;
export const MAX_TENSORS = 64;
export const MAX_RANK = 16;
export const MAX_NAME = 256;
export const MAX_PAYMENT_BYTES = 16 * 1024;
