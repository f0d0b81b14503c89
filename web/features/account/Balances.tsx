'use client';

import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Address } from '../../../node/core/codec/hex.ts';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Card } from '../../components/Card.tsx';
import { Link } from '../../components/Link.tsx';
import { Stat, StatList } from '../../components/Stat.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { useConfig } from '../../lib/config.ts';
import { formatEther, formatTime } from '../../lib/format.ts';
import { useRead } from '../../lib/read.ts';
import { rpcRequest } from '../../lib/rpc.ts';
import { safeText } from '../../lib/safeText.ts';
import type { AccountRecord } from './query.ts';

/** What an address holds (from the chain) and what it earned (from the index, once it answers). */
export function Balances({
  address,
  record,
}: {
  readonly address: Address;
  readonly record: AccountRecord | undefined;
}): ReactNode {
  const site = useConfig();
  const tokens = useRead({
    contract: 'token',
    functionName: 'balanceOf',
    args: [address],
    refetchMs: 10_000,
  });
  const votes = useRead({
    contract: 'votingPower',
    functionName: 'getVotes',
    args: [address],
    refetchMs: 10_000,
  });
  const ether = useQuery({
    queryKey: ['ether', site?.chainId, address],
    queryFn: ({ signal }) => rpcRequest<string>(site!.rpcUrls, 'eth_getBalance', [address, 'latest'], signal),
    enabled: site !== undefined,
  });
  const earned =
    record === undefined
      ? undefined
      : BigInt(record.workerRewardsWei) +
        BigInt(record.authorRewardsWei) +
        BigInt(record.challengerRewardsWei) +
        BigInt(record.auditorRewardsWei);
  const waiting =
    record === undefined
      ? undefined
      : BigInt(record.marketCreditWei) + BigInt(record.courtCreditWei) + BigInt(record.auditCreditWei);
  return (
    <Card>
      <div className="space-y-5">
        <StatList>
          <Stat
            label="ASSAY"
            isLoading={tokens.isLoading}
            value={tokens.data === undefined ? undefined : <TokenAmount wei={tokens.data} unit={false} />}
          />
          <Stat
            label="Ether, for fees"
            isLoading={ether.isPending}
            value={ether.data === undefined ? undefined : formatEther(BigInt(ether.data))}
          />
          <Stat
            label="Votes it casts"
            isLoading={votes.isLoading}
            value={votes.data === undefined ? undefined : <TokenAmount wei={votes.data} unit={false} />}
            detail="tokens and stake delegated to it"
          />
          <Stat
            label="Staked"
            value={<TokenAmount wei={record?.worker?.stakeWei ?? '0'} unit={false} />}
            detail={
              record?.worker != null && (
                <Link className="link" href={`/worker/?id=${record.worker.id}`}>
                  worker page
                </Link>
              )
            }
          />
          <Stat label="Earned in all" value={<TokenAmount wei={earned ?? 0n} unit={false} />} />
          <Stat label="Waits to be claimed" value={<TokenAmount wei={waiting ?? 0n} unit={false} />} />
          <Stat label="Spent on answers" value={<TokenAmount wei={record?.spentWei ?? '0'} unit={false} />} />
        </StatList>
        {record !== undefined && (
          <div className="space-y-1.5 text-sm text-muted">
            <p>
              Its tokens vote through{' '}
              {record.delegate === null ? (
                'nobody: undelegated tokens do not count'
              ) : (
                <AddressTag address={record.delegate.id} copy={false} />
              )}
              {record.worker !== null && record.stakeDelegate !== null && (
                <>
                  , its stake through <AddressTag address={record.stakeDelegate.id} copy={false} />
                </>
              )}
              .
            </p>
            <p>First seen {formatTime(record.firstSeenAt)}.</p>
            {record.models.length > 0 && (
              <p>
                Author of{' '}
                {record.models.map(({ id, slug }, i) => (
                  <span key={id}>
                    {i > 0 && ', '}
                    <Link href={`/model/?id=${encodeURIComponent(id)}`} className="link">
                      {safeText(slug, 60)}
                    </Link>
                  </span>
                ))}
                .
              </p>
            )}
          </div>
        )}
      </div>
    </Card>
  );
}
