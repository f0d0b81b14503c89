import type { Address } from '../../../node/core/codec/hex.ts';
import { useRead } from '../../lib/read.ts';

/** Votes of an account now, by the chain. Fields are undefined while they are not known; delegates also if there is none. */
export interface VotingPower {
  readonly votesWei?: bigint;
  readonly balanceWei?: bigint;
  readonly stakeWei?: bigint;
  readonly tokenDelegate?: Address;
  readonly stakeDelegate?: Address;
}

const REFETCH_MS = 8000;
const somebody = (address: Address | undefined): Address | undefined =>
  address === undefined || /^0x0{40}$/.test(address) ? undefined : address;

export function useVotingPower(account: Address | undefined): VotingPower {
  const shared = { args: [account!] as const, enabled: account !== undefined, refetchMs: REFETCH_MS };
  const token = { contract: 'token', ...shared } as const;
  const workers = { contract: 'workers', ...shared } as const;
  const { data: votesWei } = useRead({
    contract: 'votingPower',
    functionName: 'getVotes',
    ...shared,
  });
  const { data: balanceWei } = useRead({ ...token, functionName: 'balanceOf' });
  const tokenDelegate = somebody(useRead({ ...token, functionName: 'delegates' }).data);
  const stakeDelegate = somebody(useRead({ ...workers, functionName: 'delegates' }).data);
  const { data: worker } = useRead({ ...workers, functionName: 'getWorker' });
  return {
    ...(votesWei === undefined ? {} : { votesWei }),
    ...(balanceWei === undefined ? {} : { balanceWei }),
    ...(worker === undefined ? {} : { stakeWei: worker.stakeWei }),
    ...(tokenDelegate === undefined ? {} : { tokenDelegate }),
    ...(stakeDelegate === undefined ? {} : { stakeDelegate }),
  };
}
