import type { Hex } from '../../../node/core/codec/hex.ts';
import type { Problem } from '../problem.ts';
import { problemOfCall } from '../revert.ts';
import type { TrackedTransaction } from './tracked.ts';
import type { Rpc } from './watch.ts';

/** Why a mined transaction reverted: the same call once more on the state before its block. */
export async function reasonOfRevert(
  rpc: Rpc,
  { hash }: Pick<TrackedTransaction, 'hash'>,
  blockNumber: number,
): Promise<Problem | undefined> {
  try {
    const tx = await rpc<{ from: Hex; to: Hex; input: Hex; value: Hex; gas: Hex } | null>('eth_getTransactionByHash', [
      hash,
    ]);
    if (tx === null) return undefined;
    const { from, to, input, value, gas } = tx;
    await rpc('eth_call', [{ from, to, data: input, value, gas }, `0x${(blockNumber - 1).toString(16)}`]);
    return undefined;
  } catch (error) {
    return problemOfCall(error);
  }
}
