import { parseAbiItem, parseEventLogs } from 'viem';
import { type Hex, sameAddress } from '../../core/codec/hex.ts';
import type { ServedTransfer } from '../../ports/Settlement.ts';
import { assayTokenAbi } from '../generated/contracts.ts';
import type { Reading } from './context.ts';

const USED = parseAbiItem('event AuthorizationUsed(address indexed authorizer, bytes32 indexed nonce)');
/** Blocks of one question: what public endpoints answer. */
const STEP = 2_000n;
/** Blocks searched back: a day and more on every chain with blocks of two seconds or longer. */
const DEPTH = 50_000n;

/**
 * The transaction in which the authorization of `payment` moved exactly this money, whoever sent it. A used nonce alone
 * says nothing: it may be cancelled, or spent by another transfer that its owner signed.
 */
export async function transferOf(
  { client, addresses }: Reading,
  { from, to, value, nonce }: ServedTransfer,
): Promise<Hex | undefined> {
  const { token } = addresses;
  const head = await client.getBlockNumber({ cacheTime: 0 });
  for (let last = head; last >= 0n && head - last < DEPTH; last -= STEP) {
    const fromBlock = last >= STEP ? last - STEP + 1n : 0n;
    const args = { authorizer: from, nonce };
    const [use] = await client.getLogs({ address: token, event: USED, args, fromBlock, toBlock: last });
    if (use === undefined) continue;
    const { logs } = await client.getTransactionReceipt({ hash: use.transactionHash });
    const moved = parseEventLogs({ abi: assayTokenAbi, eventName: 'Transfer', logs }).some(
      ({ address, logIndex, args: moves }) =>
        sameAddress(address, token) &&
        // The token announces the use of an authorization right before the transfer that uses it.
        logIndex === use.logIndex + 1 &&
        sameAddress(moves.from, from) &&
        sameAddress(moves.to, to) &&
        moves.value === value,
    );
    return moved ? use.transactionHash : undefined;
  }
  return undefined;
}
