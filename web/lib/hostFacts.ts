import { bodyOf } from './gateway.ts';
import { safeText } from './safeText.ts';

/** What a worker says of the machine it runs on. Nobody checks it: an answer is checked, not where it came from. */
export interface HostFacts {
  /** Runtime, its version, platform and processor kind. */
  readonly runtime: string;
  /** Seconds since the worker started. */
  readonly upSeconds: number;
}

const TIMEOUT_MS = 4000;
const MAX_BYTES = 256 * 1024;

/** Reads `GET /` of a worker; undefined where it says nothing that makes sense. */
export function parseHostFacts(text: string, nowSeconds: number): HostFacts | undefined {
  try {
    const { runtime, startedAt } = JSON.parse(text) as Record<string, unknown>;
    if (typeof runtime !== 'string' || typeof startedAt !== 'string' || !/^\d{1,12}$/.test(startedAt)) return undefined;
    const upSeconds = nowSeconds - Number(startedAt);
    // Its clock may differ from ours by a little; a start in the future is none.
    return upSeconds < -300 ? undefined : { runtime: safeText(runtime, 80), upSeconds: Math.max(0, upSeconds) };
  } catch {
    // No JSON, or not an object: it says nothing.
    return undefined;
  }
}

/** Asks a configured gateway; undefined when it does not answer or does not say. */
export async function fetchHostFacts(gateway: string, signal: AbortSignal): Promise<HostFacts | undefined> {
  try {
    const response = await fetch(`${gateway.replace(/\/$/, '')}/`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      cache: 'no-store',
      redirect: 'error',
    });
    const text = new TextDecoder().decode(await bodyOf(response, MAX_BYTES));
    return parseHostFacts(text, Math.floor(Date.now() / 1000));
  } catch {
    // The latency beside it tells that it does not answer.
    return undefined;
  }
}
