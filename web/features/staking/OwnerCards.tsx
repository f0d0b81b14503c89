import type { ReactNode } from 'react';
import { Card } from '../../components/Card.tsx';
import { type Tab, Tabs } from '../../components/Tabs.tsx';
import type { SiteConfig } from '../../lib/config.ts';
import { formatAssay, formatDuration } from '../../lib/format.ts';
import { useTransactions } from '../../lib/transactions.tsx';
import { useNow } from '../../lib/useNow.ts';
import { AmountForm } from './AmountForm.tsx';
import { CreditsCard } from './CreditsCard.tsx';
import { PositionCard } from './PositionCard.tsx';
import { addStakePlan, unstakePlan } from './plans.ts';
import { RegisterForm } from './RegisterForm.tsx';
import type { StakingAccount } from './useStakingAccount.ts';

/** What the connected account has staked and earned, and what it can do. */
export function OwnerCards({
  account,
  site,
}: {
  readonly account: StakingAccount;
  readonly site: SiteConfig;
}): ReactNode {
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
