'use client';

import type { ReactNode } from 'react';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import { Stat, StatList } from '../../components/Stat.tsx';
import { type Tab, Tabs } from '../../components/Tabs.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { type SiteConfig, useConfig } from '../../lib/config.ts';
import { formatAssay, formatDuration, formatNumber, formatPercent } from '../../lib/format.ts';
import { useTransactions } from '../../lib/transactions.tsx';
import { useNow } from '../../lib/useNow.ts';
import { useWallet } from '../../lib/wallet.tsx';
import { AmountForm } from './AmountForm.tsx';
import { CreditsCard } from './CreditsCard.tsx';
import { ForecastCard } from './ForecastCard.tsx';
import { PositionCard } from './PositionCard.tsx';
import { addStakePlan, unstakePlan } from './plans.ts';
import { RegisterForm } from './RegisterForm.tsx';
import { StakeHistory } from './StakeHistory.tsx';
import { useRecentFees } from './useRecentFees.ts';
import { type StakeTotals, useStakeTotals } from './useStakeTotals.ts';
import { type StakingAccount, useStakingAccount } from './useStakingAccount.ts';

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
          <Owner account={account} site={site} />
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

function Owner({ account, site }: { readonly account: StakingAccount; readonly site: SiteConfig }): ReactNode {
  return (
    <div className="grid items-start gap-6 lg:grid-cols-2">
      <Card title={account.isRegistered ? 'Change your stake' : 'Become a worker'}>
        {account.isRegistered ? (
          <StakeForms account={account} site={site} />
        ) : (
          <RegisterForm account={account} site={site} />
        )}
      </Card>
      <div className="min-w-0 space-y-6">
        <PositionCard account={account} />
        <CreditsCard account={account} />
      </div>
    </div>
  );
}

function StakeForms({ account, site }: { readonly account: StakingAccount; readonly site: SiteConfig }): ReactNode {
  const { send } = useTransactions();
  const now = useNow(10_000);
  const tabs: readonly Tab[] = [
    {
      id: 'add',
      label: 'Add stake',
      panel: (
        <AmountForm
          label="Amount to stake"
          action="Stake"
          maxWei={account.balanceWei}
          maxLabel="in your account"
          note="One transaction, one prompt: the token hands the amount to the registry and no allowance stays behind."
          onSubmit={async (wei) => (await send(addStakePlan(site, account, wei))) !== undefined}
        />
      ),
    },
    {
      id: 'unstake',
      label: 'Take back',
      panel: (
        <AmountForm
          label="Amount to take back"
          action="Ask for it back"
          maxWei={account.freeWei}
          maxLabel="free"
          note={`It thaws for ${formatDuration(account.thawSeconds)}, so that open disputes can still reach it, and then waits for you to withdraw it. If some of your stake thaws already, all of it is free at the later moment. Below ${formatAssay(account.minStakeWei)} your worker takes no jobs.`}
          onSubmit={async (wei) =>
            (await send(unstakePlan(account, wei, now ?? Math.floor(Date.now() / 1000)))) !== undefined
          }
        />
      ),
    },
  ];
  return <Tabs tabs={tabs} label="Change your stake" />;
}
