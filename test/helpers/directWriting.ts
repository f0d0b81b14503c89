import { type Abi, BaseError, type Hex, type TransactionReceipt, TransactionReceiptNotFoundError } from 'viem';
import type { Writing } from '../../node/chain/assay/context.ts';
import * as contracts from '../../node/chain/generated/contracts.ts';
import { ChainReverted, decodeRevert } from '../../node/chain/revert.ts';
import type { Address } from '../../node/core/codec/hex.ts';
import { systemClock } from '../../node/host.ts';
import type { Market } from './market.ts';

const ERRORS: Abi = Object.entries(contracts)
  .flatMap(([name, value]) => (name.endsWith('Abi') ? (value as Abi) : []))
  .filter(({ type }) => type === 'error');
const GAS = 12_000_000n;

/** An account without a key or a queue, on a chain that impersonates everybody: thousands of games in minutes. */
export async function directWriting({ reading, client, chain }: Market, account: Address): Promise<Writing> {
  await chain.impersonateAccount({ address: account });
  await chain.setBalance({ address: account, value: 10n ** 22n });
  let calls = 0;
  return {
    ...reading,
    account,
    fresh: () => String(calls++),
    send: async ({ to, data, describe }) => {
      const hash = await chain.sendUnsignedTransaction({ from: account, to, data, gas: GAS });
      const receipt = await minedReceipt(client, hash);
      if (receipt.status === 'success') return receipt;
      const why = await client.call({ account, to, data, gas: GAS }).then(
        () => undefined,
        (error: unknown) => dataOf(error),
      );
      throw new ChainReverted(describe, decodeRevert(why, ERRORS), hash);
    },
  };
}

/** anvil mines a moment after it has answered. */
async function minedReceipt(client: Market['client'], hash: Hex): Promise<TransactionReceipt> {
  for (let tries = 0; ; tries++) {
    try {
      return await client.getTransactionReceipt({ hash });
    } catch (error) {
      if (!(error instanceof TransactionReceiptNotFoundError) || tries > 500) throw error;
    }
    await systemClock.sleep(1);
  }
}

function dataOf(error: unknown): Hex | undefined {
  if (!(error instanceof BaseError)) throw error;
  const found = error.walk((each) => typeof (each as { data?: unknown }).data === 'string') as { data?: Hex } | null;
  return found?.data;
}
