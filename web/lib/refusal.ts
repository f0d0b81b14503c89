import type { Hex } from '../../node/core/codec/hex.ts';
import type { Problem } from './problem.ts';
import { RpcRefusal } from './rpc.ts';

/** What a contract returned when it refused; undefined when the call failed for another reason. */
function returnDataOf(error: unknown): Hex | undefined {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 10; depth++) {
    const { data } = at as { data?: unknown };
    const nested = typeof data === 'object' && data !== null ? (data as { data?: unknown }).data : data;
    if (typeof nested === 'string' && /^0x([0-9a-fA-F]{2}){4,}$/.test(nested)) return nested as Hex;
    if (at instanceof RpcRefusal && /revert/i.test(at.message)) return '0x';
    at = (at as { cause?: unknown }).cause;
  }
  return undefined;
}

/**
 * Sentences for a call that a contract refused; undefined when it failed for another reason. There is a sentence for every
 * error of every contract, so they are loaded only now.
 */
export async function problemOfCall(error: unknown): Promise<Problem | undefined> {
  const data = returnDataOf(error);
  if (data === undefined) return undefined;
  try {
    const { problemOfRevert } = await import('./revert.ts');
    return problemOfRevert(data);
  } catch {
    // Without a network for the sentences, the node's own words have to do.
    return undefined;
  }
}
