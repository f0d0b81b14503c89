import { useQuery } from '@tanstack/react-query';
import type { Address } from '../../../node/core/codec/hex.ts';
import { type SiteConfig, useConfig } from '../../lib/config.ts';
import { type Problem, problemOf } from '../../lib/problem.ts';
import { readContract } from '../../lib/read.ts';
import type { CreditSource } from './plans.ts';

/** Members of IParameters.Parameter. */
const MIN_STAKE = 0;
const THAW_SECONDS = 1;

/** What the chain knows of an account's stake, straight from the contracts: never late, unlike the index. */
export interface StakingAccount {
  readonly address: Address;
  readonly isRegistered: boolean;
  readonly isActive: boolean;
  readonly hotKey: Address;
  readonly endpoint: string;
  readonly registeredAt: number;
  readonly stakeWei: bigint;
  /** Part of the stake behind open claims. */
  readonly lockedWei: bigint;
  readonly freeWei: bigint;
  readonly thawingWei: bigint;
  readonly thawEndsAt: number;
  readonly balanceWei: bigint;
  /** Votes of the staked tokens, and whom they count for. */
  readonly stakedDelegate: Address;
  readonly credits: Readonly<Record<CreditSource, bigint>>;
  readonly minStakeWei: bigint;
  readonly thawSeconds: number;
}

async function readAccount(site: SiteConfig, address: Address, signal: AbortSignal): Promise<StakingAccount> {
  const workers = { contract: 'workers' } as const;
  const [record, isActive, freeWei, stakedDelegate, balanceWei, market, court, auditPool, minStakeWei, thaw] =
    await Promise.all([
      readContract(site, { ...workers, functionName: 'getWorker', args: [address] }, signal),
      readContract(site, { ...workers, functionName: 'isActive', args: [address] }, signal),
      readContract(site, { ...workers, functionName: 'freeStakeOf', args: [address] }, signal),
      readContract(site, { ...workers, functionName: 'delegates', args: [address] }, signal),
      readContract(site, { contract: 'token', functionName: 'balanceOf', args: [address] }, signal),
      readContract(site, { contract: 'market', functionName: 'creditOf', args: [address] }, signal),
      readContract(site, { contract: 'court', functionName: 'creditOf', args: [address] }, signal),
      readContract(site, { contract: 'auditPool', functionName: 'creditOf', args: [address] }, signal),
      readContract(site, { contract: 'parameters', functionName: 'get', args: [MIN_STAKE] }, signal),
      readContract(site, { contract: 'parameters', functionName: 'get', args: [THAW_SECONDS] }, signal),
    ]);
  return {
    address,
    isRegistered: record.registeredAt > 0n,
    isActive,
    hotKey: record.hotKey,
    endpoint: record.endpoint,
    registeredAt: Number(record.registeredAt),
    stakeWei: record.stakeWei,
    lockedWei: record.lockedWei,
    freeWei,
    thawingWei: record.thawingWei,
    thawEndsAt: Number(record.thawEndsAt),
    balanceWei,
    stakedDelegate,
    credits: { market, court, auditPool },
    minStakeWei,
    thawSeconds: Number(thaw),
  };
}

export interface StakingAccountResult {
  readonly data?: StakingAccount;
  readonly error?: Problem;
  refetch(): void;
}

/** Refreshed every five seconds; undefined data while it loads or no account is given. */
export function useStakingAccount(address: Address | undefined): StakingAccountResult {
  const site = useConfig();
  const { data, error, refetch } = useQuery({
    queryKey: ['staking', site?.chainId, site?.contracts.workers, address],
    queryFn: ({ signal }) => readAccount(site!, address!, signal),
    enabled: site !== undefined && address !== undefined,
    refetchInterval: 5000,
  });
  return {
    ...(data === undefined ? {} : { data }),
    ...(error === null ? {} : { error: problemOf(error) }),
    refetch: () => void refetch(),
  };
}
