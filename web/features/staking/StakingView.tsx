'use client';

import type { ReactNode } from 'react';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { later } from '../../components/later.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { Skeleton, SkeletonRows } from '../../components/Skeleton.tsx';
import { Stat, StatList } from '../../components/Stat.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { useConfig } from '../../lib/config.ts';
import { formatDuration, formatNumber, formatPercent } from '../../lib/format.ts';
import { useWallet } from '../../lib/wallet.tsx';
import { useRecentFees } from './useRecentFees.ts';
import { type StakeTotals, useStakeTotals } from './useStakeTotals.ts';
import { useStakingAccount } from './useStakingAccount.ts';

const ForecastCard = later(
  () => import('./ForecastCard.tsx').then((file) => file.ForecastCard),
  <Skeleton className="h-96 w-full" />,
);
const StakeHistory = later(
  () => import('./StakeHistory.tsx').then((file) => file.StakeHistory),
  <Skeleton className="h-44 w-full" />,
);
const OwnerCards = later(
  () => import('./OwnerCards.tsx').then((file) => file.OwnerCards),
  <SkeletonRows rows={4} className="h-20" />,
);
/** `/staking/`: become a worker, add and take back stake, claim what was earned. */
export function StakingView(): ReactNode {
  const site = useConfig();
  const { address } = useWallet();
  const totals = useStakeTotals();
  const recent = useRecentFees();
  const { data: account, error, refetch } = useStakingAccount(address);
  return (
    <>
      <PageHeader
        title="Staking"
        lead="Workers put up stake that backs every answer they sign. False answers cost it; true ones earn fees. Staked tokens keep their votes."
      />
      <div className="space-y-6">
        <Totals totals={totals} />
        {error !== undefined && <ErrorState problem={error} onRetry={refetch} />}
        {address === undefined ? (
          <Visitor />
        ) : account === undefined || site === undefined ? (
          error === undefined && <SkeletonRows rows={4} className="h-20" />
        ) : (
          <OwnerCards account={account} site={site} />
        )}
        {totals !== undefined && (
          <ForecastCard
            stakeWei={account !== undefined && account.stakeWei > 0n ? account.stakeWei : totals.minStakeWei}
            totals={totals}
            recent={recent}
          />
        )}
        {address !== undefined && <StakeHistory address={address} />}
      </div>
    </>
  );
}

function Totals({ totals }: { readonly totals: StakeTotals | undefined }): ReactNode {
  const isLoading = totals === undefined;
  return (
    <Card>
      <StatList>
        <Stat
          label="Staked by all workers"
          isLoading={isLoading}
          value={totals && <TokenAmount wei={totals.stakeWei} unit={false} />}
          detail="ASSAY"
        />
        <Stat
          label="Active workers"
          isLoading={isLoading}
          value={totals && formatNumber(totals.activeWorkers)}
          detail={totals && `of ${formatNumber(totals.workers)} registered`}
        />
        <Stat
          label="Minimum stake"
          isLoading={isLoading}
          value={totals && <TokenAmount wei={totals.minStakeWei} unit={false} />}
          detail="ASSAY"
        />
        <Stat
          label="Thaw"
          isLoading={isLoading}
          value={totals && formatDuration(totals.thawSeconds)}
          detail="from asking to withdrawing"
        />
        <Stat
          label="A worker’s part of a fee"
          isLoading={isLoading}
          value={totals && formatPercent(totals.workerBps / 10_000)}
        />
      </StatList>
    </Card>
  );
}

function Visitor(): ReactNode {
  const { connect, status } = useWallet();
  return (
    <Card>
      <EmptyState
        title="Connect to see your stake"
        action={
          <Button variant="primary" disabled={status === 'connecting'} onClick={connect}>
            Connect wallet
          </Button>
        }
      >
        What you staked, what thaws and what you earned appears here. Everything else can be read without a wallet.
      </EmptyState>
    </Card>
  );
}
