import type { BodyMeter } from './bodyBudget.ts';
import { RequestMalformed, RequestTimedOut } from './errors.ts';

/**
 * All bytes of a Request's body, counted before they are kept.
 * @throws {RequestTimedOut} {@link RequestMalformed} and what the meter throws
 */
export async function readWebBody(request: Request, meter: BodyMeter, timeoutMs: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array(0);
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RequestTimedOut(timeoutMs)), timeoutMs);
  });
  try {
    for (;;) {
      const { done, value } = await Promise.race([nextChunk(reader), late]);
      if (done) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, meter.bytes);
      meter.add(value.length);
      chunks.push(value);
    }
  } finally {
    clearTimeout(timer);
    reader.releaseLock();
  }
}

const nextChunk = (reader: ReadableStreamDefaultReader<Uint8Array>) =>
  reader.read().catch(() => {
    throw new RequestMalformed('the body ended early', 'Send all of Content-Length.');
  });
