import { encodeFunctionData, parseEventLogs } from 'viem';
import type { Credits } from '../../ports/Registry.ts';
import { assayTokenAbi, jobMarketAbi } from '../generated/contracts.ts';
import type { Writing } from './context.ts';

/** What the market owes an account, and its withdrawal (pull payments). */
export function createCredits({ client, addresses, send, fresh }: Writing): Credits {
  const creditOf: Credits['creditOf'] = (account) =>
    client.readContract({ address: addresses.market, abi: jobMarketAbi, functionName: 'creditOf', args: [account] });
  return {
    creditOf,
    balanceOf: (account) =>
      client.readContract({ address: addresses.token, abi: assayTokenAbi, functionName: 'balanceOf', args: [account] }),
    transfer: async (to, amountWei) => {
      const data = encodeFunctionData({ abi: assayTokenAbi, functionName: 'transfer', args: [to, amountWei] });
      await send({ id: `transfer ${fresh()}`, to: addresses.token, data, describe: `send tokens to ${to}` });
    },
    withdraw: async () => {
      const data = encodeFunctionData({ abi: jobMarketAbi, functionName: 'withdraw' });
      const { logs } = await send({
        id: `withdraw ${fresh()}`,
        to: addresses.market,
        data,
        describe: 'withdraw earnings',
      });
      return parseEventLogs({ abi: jobMarketAbi, eventName: 'CreditWithdrawn', logs }).reduce(
        (sum, { args }) => sum + args.amountWei,
        0n,
      );
    },
  };
}
