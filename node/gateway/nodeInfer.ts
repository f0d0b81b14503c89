import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodyMeter } from './bodyBudget.ts';
import { CORS_HEADERS } from './cors.ts';
import { RequestMalformed, RequestTimedOut } from './errors.ts';
import type { InferCall } from './inferEndpoint.ts';
import type { Reply } from './reply.ts';

/** Model names and version numbers as they occur; an address with anything else goes through Hono. */
const INFER_PATH = /^\/v2\/models\/([\w.~-]{1,256})(?:\/versions\/([0-9]{1,80}))?\/infer$/;

export const isInfer = (request: IncomingMessage): boolean =>
  request.method === 'POST' && INFER_PATH.test(request.url ?? '');

/**
 * The inference call in a plain Node request, or undefined when it is something else. This is the same call that
 * routes/oip.ts makes from a Fetch request, without the cost of building one (bench/gateway.ts shows the difference).
 */
export function inferCallOf(request: IncomingMessage, signal: AbortSignal, timeoutMs: number): InferCall | undefined {
  const match = request.method === 'POST' ? INFER_PATH.exec(request.url ?? '') : null;
  if (match === null) return undefined;
  return {
    model: match[1]!,
    version: match[2],
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    readBody: (meter) => readBody(request, meter, timeoutMs),
    signal,
  };
}

function readBody(request: IncomingMessage, meter: BodyMeter, timeoutMs: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const keep = (chunk: Buffer): void => {
      try {
        meter.add(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        stop();
        request.pause();
        reject(error);
      }
    };
    const finish = (): void => {
      stop();
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    };
    const cut = (): void => {
      stop();
      reject(new RequestMalformed('the body ended early', 'Send all of Content-Length.'));
    };
    const timer = setTimeout(() => {
      stop();
      reject(new RequestTimedOut(timeoutMs));
    }, timeoutMs);
    const stop = (): void => {
      clearTimeout(timer);
      request.off('data', keep).off('end', finish).off('close', cut);
    };
    request.on('data', keep).on('end', finish).on('close', cut);
  });
}

/** Writes a reply in one piece. `close` ends the connection behind it. */
export function writeReply(response: ServerResponse, { status, headers, body }: Reply, close: boolean): void {
  if (response.destroyed || response.headersSent) return;
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  response.writeHead(status, {
    ...CORS_HEADERS,
    ...headers,
    'content-length': length,
    ...(close ? { connection: 'close' } : {}),
  });
  response.end(body);
}
