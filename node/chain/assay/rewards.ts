import { encodeFunctionData, parseAbiItem } from 'viem';
import type { Address } from '../../core/codec/hex.ts';
import type { Rewards, RewardsView, TillBalance } from '../../ports/Rewards.ts';
import { assayTokenAbi, auditPoolAbi, courtAbi, jobMarketAbi } from '../generated/contracts.ts';
import type { Reading, Writing } from './context.ts';

const OFFER_MADE = parseAbiItem('event OfferMade(address indexed worker, uint256 indexed versionId, uint128 feeWei)');

/** Credits of the market, the Court and the audit pool, and tills of a worker. @param fromBlock of the deployment */
export function readRewards({ client, addresses }: Reading, fromBlock: bigint): RewardsView {
  const market = { address: addresses.market, abi: jobMarketAbi } as const;
  const tillsOf = async (worker: Address): Promise<TillBalance[]> => {
    const logs = await client.getLogs({ address: addresses.workers, event: OFFER_MADE, args: { worker }, fromBlock });
    const versions = [...new Set(logs.flatMap(({ args }) => args.versionId ?? []))].sort((a, b) => (a < b ? -1 : 1));
    return Promise.all(
      versions.map(async (versionId) => {
        const till = await client.readContract({ ...market, functionName: 'tillOf', args: [worker, versionId] });
        const balanceWei = await client.readContract({
          address: addresses.token,
          abi: assayTokenAbi,
          functionName: 'balanceOf',
          args: [till],
        });
        return { versionId, till, balanceWei };
      }),
    );
  };
  return {
    owed: async (account) => {
      const args = [account] as const;
      const [marketWei, courtWei, auditsWei, tills] = await Promise.all([
        client.readContract({ ...market, functionName: 'creditOf', args }),
        client.readContract({ address: addresses.court, abi: courtAbi, functionName: 'creditOf', args }),
        client.readContract({ address: addresses.auditPool, abi: auditPoolAbi, functionName: 'creditOf', args }),
        tillsOf(account),
      ]);
      return { account, marketWei, courtWei, auditsWei, tills };
    },
  };
}

/** Claims for any account; the writing account pays the gas. */
export function createRewards(writing: Writing, fromBlock: bigint): Rewards {
  const { client, addresses, send, fresh } = writing;
  const view = readRewards(writing, fromBlock);
  const balanceOf = (account: Address) =>
    client.readContract({ address: addresses.token, abi: assayTokenAbi, functionName: 'balanceOf', args: [account] });
  return {
    ...view,
    claim: async (account) => {
      const before = await balanceOf(account);
      const { tills } = await view.owed(account);
      for (const { versionId, balanceWei } of tills) {
        if (balanceWei === 0n) continue;
        const data = encodeFunctionData({
          abi: jobMarketAbi,
          functionName: 'collect',
          args: [account, versionId],
        });
        const describe = `split the till of version ${versionId}`;
        await send({ id: `collect ${fresh()}`, to: addresses.market, data, describe });
      }
      const { marketWei, courtWei, auditsWei } = await view.owed(account);
      for (const [name, to, owedWei] of [
        ['the market', addresses.market, marketWei],
        ['the Court', addresses.court, courtWei],
        ['the audit pool', addresses.auditPool, auditsWei],
      ] as const) {
        if (owedWei === 0n) continue;
        // The three contracts have the same function.
        const data = encodeFunctionData({ abi: jobMarketAbi, functionName: 'withdrawFor', args: [account] });
        await send({ id: `withdraw ${to} ${fresh()}`, to, data, describe: `pay the credit of ${name}` });
      }
      return (await balanceOf(account)) - before;
    },
  };
}
