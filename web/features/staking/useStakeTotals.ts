import { useQuery } from '@tanstack/react-query';
import { type SiteConfig, useConfig } from '../../lib/config.ts';
import { readContract } from '../../lib/read.ts';

/** The whole network's stake and the rules it is under. */
export interface StakeTotals {
  readonly stakeWei: bigint;
  readonly activeWorkers: number;
  readonly workers: number;
  readonly minStakeWei: bigint;
  readonly thawSeconds: number;
  readonly workerBps: number;
  readonly claimLockWei: bigint;
}

const PAGE = 100n;

async function readTotals(site: SiteConfig, signal: AbortSignal): Promise<StakeTotals> {
  const get = (parameter: number): Promise<bigint> =>
    readContract(site, { contract: 'parameters', functionName: 'get', args: [parameter] }, signal);
  const lens = { contract: 'lens', functionName: 'workers' } as const;
  const [minStakeWei, thaw, claimLockWei, shares] = await Promise.all([
    get(0),
    get(1),
    get(4),
    readContract(site, { contract: 'parameters', functionName: 'feeShares' }, signal),
  ]);
  let [stakeWei, activeWorkers, workers] = [0n, 0, 0];
  for (let first = 0n; ; first += PAGE) {
    const page = await readContract(site, { ...lens, args: [first, PAGE] }, signal);
    for (const { record, active } of page) {
      stakeWei += record.stakeWei;
      activeWorkers += active ? 1 : 0;
      workers += 1;
    }
    if (page.length < Number(PAGE)) break;
  }
  const { workerBps } = shares;
  return { stakeWei, activeWorkers, workers, minStakeWei, thawSeconds: Number(thaw), workerBps, claimLockWei };
}

export function useStakeTotals(): StakeTotals | undefined {
  const site = useConfig();
  return useQuery({
    queryKey: ['stake-totals', site?.chainId, site?.contracts.lens],
    queryFn: ({ signal }) => readTotals(site!, signal),
    enabled: site !== undefined,
    refetchInterval: 15_000,
  }).data;
}
