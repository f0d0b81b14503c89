import type { ReactNode } from 'react';
import { ErrorState } from '../../components/ErrorState.tsx';
import { later } from '../../components/later.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { Stat, StatList } from '../../components/Stat.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatNumber } from '../../lib/format.ts';
import type { Problem } from '../../lib/problem.ts';
import type { Card as ModelCard } from '../models/card.ts';
import { FeeSplit } from './FeeSplit.tsx';
import { Hero } from './Hero.tsx';
import { LatestProposals } from './LatestProposals.tsx';
import { LiveModels } from './LiveModels.tsx';
import type { OverviewAnswer } from './query.ts';

/** Below the fold: its code arrives after the first view. */
const LatestJobs = later(
  () => import('./LatestJobs.tsx').then((file) => file.LatestJobs),
  <Skeleton className="h-[27rem] w-full rounded-lg" />,
);

export interface OverviewViewProps {
  /** Undefined while loading. */
  readonly data: OverviewAnswer | undefined;
  readonly error: Problem | undefined;
  /** Cards of the live models, in their order. */
  readonly cards: readonly (ModelCard | undefined)[];
  readonly now: number | undefined;
  readonly onRetry: () => void;
}

/** What Assay is, and what happens on it. */
export function OverviewView({ data, error, cards, now, onRetry }: OverviewViewProps): ReactNode {
  const protocol = data?.protocol ?? undefined;
  const isLoading = data === undefined && error === undefined;
  return (
    <>
      <Hero model={data?.models[0]} isLoading={isLoading} />
      {error !== undefined && data === undefined && (
        <div className="mb-8">
          <ErrorState problem={error} onRetry={onRetry} />
        </div>
      )}
      <section aria-label="Figures" className="mb-8 border-y border-line py-6">
        <StatList>
          <Stat
            label="Answers paid and settled"
            isLoading={isLoading}
            value={protocol && formatNumber(protocol.jobsCompleted)}
            detail={protocol && `of ${formatNumber(protocol.jobs)} jobs`}
          />
          <Stat
            label="Fees paid"
            isLoading={isLoading}
            value={protocol && <TokenAmount wei={protocol.feesWei} />}
            detail="to workers, authors, treasury"
          />
          <Stat
            label="Workers"
            isLoading={isLoading}
            value={protocol && formatNumber(protocol.workers)}
            detail={
              protocol && (
                <>
                  with <TokenAmount wei={protocol.stakeWei} /> at stake
                </>
              )
            }
          />
          <Stat
            label="Answers disputed"
            isLoading={isLoading}
            value={protocol && formatNumber(protocol.claims)}
            detail={protocol && `${formatNumber(protocol.claimsFallen)} proven false`}
          />
          <Stat
            label="Models live"
            isLoading={isLoading}
            value={protocol && formatNumber(protocol.liveModels)}
            detail={
              protocol &&
              `${formatNumber(protocol.proposals)} ${protocol.proposals === 1 ? 'proposal' : 'proposals'} so far`
            }
          />
        </StatList>
      </section>
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="min-w-0 space-y-6">
          <LiveModels models={data?.models} cards={cards} />
          <LatestJobs jobs={data?.jobs} now={now} />
        </div>
        <div className="min-w-0 space-y-6">
          <FeeSplit protocol={protocol} isLoading={isLoading} />
          <LatestProposals proposals={data?.proposals} now={now} />
        </div>
      </div>
    </>
  );
}
