import type { Hex } from '../../../node/core/codec/hex.ts';
import type { Problem } from '../problem.ts';
import { problemOfCall } from '../refusal.ts';
import type { TrackedTransaction } from './tracked.ts';
import type { Rpc } from './watch.ts';

interface Sent {
  readonly from: Hex;
  readonly to: Hex | null;
  readonly input: Hex;
  readonly value: Hex;
  readonly gas: Hex;
}

/**
 * Why a mined transaction reverted: the same call once more, on the state before its block and, when it would have worked
 * there because something in the block itself stood in its way, on the state after it.
 */
export async function reasonOfRevert(
  rpc: Rpc,
  { hash }: Pick<TrackedTransaction, 'hash'>,
  blockNumber: number,
): Promise<Problem | undefined> {
  const tx = await rpc<Sent | null>('eth_getTransactionByHash', [hash]);
  if (tx === null) return undefined;
  const { from, to, input, value, gas } = tx;
  for (const number of [blockNumber - 1, blockNumber]) {
    try {
      await rpc('eth_call', [{ from, to, data: input, value, gas }, `0x${number.toString(16)}`]);
    } catch (error) {
      const problem = await problemOfCall(error);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}
