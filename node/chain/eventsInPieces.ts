import { RpcAnswerTooLarge, RpcRefused } from './rpc/errors.ts';

/**
 * Asks for the events of a range of blocks, in smaller pieces when the endpoint refuses: public ones bound the blocks or
 * the bytes of one answer, each in its own words. An endpoint that refuses a single block has another reason, which is
 * thrown.
 */
export async function eventsInPieces<T>(
  from: bigint,
  to: bigint,
  get: (fromBlock: bigint, toBlock: bigint) => Promise<readonly T[]>,
): Promise<T[]> {
  const events: T[] = [];
  let size = to - from + 1n;
  for (let at = from; at <= to; ) {
    const end = at + size - 1n < to ? at + size - 1n : to;
    try {
      events.push(...(await get(at, end)));
      at = end + 1n;
    } catch (error) {
      if (size <= 1n || !isRefusal(error)) throw error;
      size = (size + 1n) / 2n;
    }
  }
  return events;
}

/** viem wraps what the transport threw. */
function isRefusal(error: unknown): boolean {
  for (let inner = error; inner instanceof Error; inner = inner.cause)
    if (inner instanceof RpcRefused || inner instanceof RpcAnswerTooLarge) return true;
  return false;
}
