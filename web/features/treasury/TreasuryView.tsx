'use client';

import { type ReactNode, useState } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Card } from '../../components/Card.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { later } from '../../components/later.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { Stat, StatList } from '../../components/Stat.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { useConfig } from '../../lib/config.ts';
import { formatPercent } from '../../lib/format.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { useWallet } from '../../lib/wallet.tsx';
import { useStakingAccount } from '../staking/useStakingAccount.ts';
import { BalanceCard } from './BalanceCard.tsx';
import { FeesCard } from './FeesCard.tsx';
import { FLOW_FILTERS, type FlowFilter } from './filters.ts';
import { TREASURY_QUERY, type TreasuryAnswer } from './query.ts';

const CreditsCard = later(
  () => import('../staking/CreditsCard.tsx').then((file) => file.CreditsCard),
  <Skeleton className="h-44 w-full" />,
);
const EarnersCard = later(
  () => import('./EarnersCard.tsx').then((file) => file.EarnersCard),
  <Skeleton className="h-96 w-full" />,
);
const FlowsCard = later(
  () => import('./FlowsCard.tsx').then((file) => file.FlowsCard),
  <Skeleton className="h-96 w-full" />,
);
const EarningsCard = later(
  () => import('./EarningsCard.tsx').then((file) => file.EarningsCard),
  <Skeleton className="h-44 w-full" />,
);
const PER_PAGE = 25;
const percent = (bps: number): string => formatPercent(bps / 10_000);

/** `/treasury/`: what the DAO owns, and who earns what. */
export function TreasuryView(): ReactNode {
  const site = useConfig();
  const { address } = useWallet();
  const { data: account } = useStakingAccount(address);
  const [filter, setFilter] = useState<FlowFilter>('all');
  const [page, setPage] = useState(1);
  const { where } = FLOW_FILTERS.find(({ value }) => value === filter) ?? FLOW_FILTERS[0];
  const { data, error, refetch } = useSubgraph<TreasuryAnswer>(TREASURY_QUERY, {
    first: PER_PAGE + 1,
    skip: (page - 1) * PER_PAGE,
    where,
  });
  const onFilter = (next: FlowFilter): void => {
    setFilter(next);
    setPage(1);
  };
  return (
    <>
      <PageHeader
        title="Treasury and rewards"
        lead="The treasury belongs to the DAO: only a vote can spend it. It earns a share of every fee; workers, authors, challengers and auditors earn the rest."
        actions={<LinkButton href="/propose/">Propose spending</LinkButton>}
      />
      <div className="space-y-6">
        {error !== undefined && data === undefined && <ErrorState problem={error} onRetry={refetch} />}
        <Totals protocol={data?.protocol ?? undefined} isLoading={data === undefined && error === undefined} />
        <div className="grid items-start gap-6 lg:grid-cols-2">
          <FeesCard />
          <BalanceCard days={data?.days} />
        </div>
        <div className={`grid items-start gap-6 ${account === undefined ? '' : 'lg:grid-cols-2'}`}>
          {site !== undefined && <EarningsCard treasury={site.contracts.timelock} />}
          {account !== undefined && <CreditsCard account={account} />}
        </div>
        <EarnersCard />
        <FlowsCard
          rows={data?.treasuryFlows.slice(0, PER_PAGE)}
          filter={filter}
          onFilter={onFilter}
          page={page}
          hasNext={(data?.treasuryFlows.length ?? 0) > PER_PAGE}
          onPage={setPage}
        />
      </div>
    </>
  );
}

function Totals({
  protocol,
  isLoading,
}: {
  readonly protocol: NonNullable<TreasuryAnswer['protocol']> | undefined;
  readonly isLoading: boolean;
}): ReactNode {
  return (
    <Card>
      <StatList>
        <Stat
          label="In the treasury"
          isLoading={isLoading}
          value={protocol && <TokenAmount wei={protocol.treasuryWei} />}
          detail={protocol?.timelock != null && <AddressTag address={protocol.timelock} name="Timelock" />}
        />
        <Stat
          label="Fees paid in all"
          isLoading={isLoading}
          value={protocol && <TokenAmount wei={protocol.feesWei} />}
          detail={
            protocol &&
            `${percent(protocol.workerBps)} to workers, ${percent(protocol.authorBps)} to authors, ${percent(protocol.treasuryBps)} here`
          }
        />
        <Stat
          label="Treasury's share"
          isLoading={isLoading}
          value={protocol && <TokenAmount wei={protocol.treasuryFeesWei} />}
        />
        <Stat
          label="Paid in for audits"
          isLoading={isLoading}
          value={protocol && <TokenAmount wei={protocol.auditFundsWei} />}
          detail="not promised yet"
        />
        <Stat
          label="Tokens"
          isLoading={isLoading}
          value={protocol && <TokenAmount wei={protocol.supplyWei} />}
          detail={
            protocol && (
              <>
                <TokenAmount wei={protocol.burnedWei} /> burned
              </>
            )
          }
        />
      </StatList>
    </Card>
  );
}
