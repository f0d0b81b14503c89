'use client';

import type { ReactNode } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Badge } from '../../components/Badge.tsx';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Link } from '../../components/Link.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { SafeLink } from '../../components/SafeLink.tsx';
import { Stat, StatList } from '../../components/Stat.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { useConfig } from '../../lib/config.ts';
import { formatDuration, formatNumber, formatPercent, formatTime, shortHex } from '../../lib/format.ts';
import { gatewayOf } from '../../lib/latency.ts';
import { safeText } from '../../lib/safeText.ts';
import { useWallet } from '../../lib/wallet.tsx';
import { jobStateIn } from '../jobs/words.ts';
import { StakeHistory } from '../staking/StakeHistory.tsx';
import { LatencyCell } from './LatencyCell.tsx';
import { failureRate, meanSettlement, type WorkerDetail, type WorkerGame } from './query.ts';
import { useLatencies } from './useLatencies.ts';

/** A worker with its offers, jobs, disputes and stake. */
export function WorkerBody({
  worker,
  games,
}: {
  readonly worker: WorkerDetail;
  readonly games: readonly WorkerGame[];
}): ReactNode {
  const site = useConfig();
  const { address } = useWallet();
  const failures = failureRate(worker);
  const settlement = meanSettlement(worker);
  return (
    <div className="space-y-6">
      <Card>
        <StatList>
          <Stat label="Active stake" value={<TokenAmount wei={worker.stakeWei} unit={false} />} detail="ASSAY" />
          <Stat label="Behind open claims" value={<TokenAmount wei={worker.lockedWei} unit={false} />} detail="ASSAY" />
          <Stat
            label="On its way out"
            value={<TokenAmount wei={worker.thawingWei} unit={false} />}
            detail={
              worker.thawEndsAt === null || worker.thawingWei === '0'
                ? 'ASSAY'
                : `free ${formatTime(worker.thawEndsAt)}`
            }
          />
          <Stat
            label="Jobs paid"
            value={formatNumber(worker.jobsCompleted)}
            detail={`of ${formatNumber(worker.jobCount)}`}
          />
          <Stat
            label="Failures"
            value={failures === undefined ? '–' : formatPercent(failures)}
            detail="rejected or expired"
          />
          <Stat
            label="Disputes won / lost"
            value={`${formatNumber(worker.gamesWon)} / ${formatNumber(worker.gamesLost)}`}
          />
          <Stat
            label="Slashed"
            value={<TokenAmount wei={worker.slashedWei} unit={false} />}
            detail={`ASSAY, ${formatNumber(worker.slashCount)} times`}
          />
          <Stat label="Earned" value={<TokenAmount wei={worker.feesWei} unit={false} />} detail="ASSAY" />
          <Stat
            label="Time to payment"
            value={settlement === undefined ? '–' : formatDuration(settlement)}
            detail="mean, after the answer"
          />
        </StatList>
      </Card>
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Card
          title="Where it answers"
          actions={
            address?.toLowerCase() === worker.id && (
              <LinkButton size="small" href="/staking/">
                Manage your stake
              </LinkButton>
            )
          }
        >
          <div className="space-y-3 text-sm">
            <p className="break-all">
              <SafeLink href={worker.endpoint} />
            </p>
            <Latency endpoint={worker.endpoint} gateways={site?.gateways ?? []} />
            <p className="flex flex-wrap items-center gap-2">
              <span className="text-muted">Signs with</span> <AddressTag address={worker.hotKey} link={false} />
            </p>
            <p className="text-muted">
              Registered {formatTime(worker.registeredAt)}
              {worker.lastJobAt !== null && `; last job ${formatTime(worker.lastJobAt)}`}
            </p>
          </div>
        </Card>
        <Card title="What it serves" flush>
          <DataTable
            caption="Offers"
            columns={[
              {
                id: 'model',
                header: 'Model',
                cell: ({ version }) => (
                  <Link href={`/model/?id=${encodeURIComponent(version.model.id)}`} className="link">
                    {safeText(version.model.slug, 60)}
                  </Link>
                ),
                sort: ({ version }) => version.model.slug,
              },
              { id: 'version', header: 'Version', cell: ({ version }) => safeText(version.id, 20) },
              {
                id: 'fee',
                header: 'Fee',
                align: 'end',
                cell: ({ feeWei }) => <TokenAmount wei={feeWei} />,
                sort: ({ feeWei }) => BigInt(feeWei),
              },
            ]}
            rows={worker.offers}
            rowKey={({ id }) => id}
            empty={<EmptyState title="It offers nothing now" />}
          />
        </Card>
      </div>
      <Card title="Latest jobs" flush>
        <DataTable
          caption="Latest jobs"
          columns={[
            {
              id: 'job',
              header: 'Job',
              cell: ({ id }) => (
                <Link href={`/job/?id=${id}`} className="link font-mono text-[0.8125rem]">
                  {shortHex(id, 10, 6)}
                </Link>
              ),
            },
            {
              id: 'model',
              header: 'Model',
              cell: ({ version }) => (version === null ? '–' : safeText(version.model.slug, 60)),
            },
            {
              id: 'state',
              header: 'State',
              cell: (job) => {
                const [words, tone] = jobStateIn(job);
                return <Badge tone={tone}>{words}</Badge>;
              },
              sort: ({ state }) => state,
            },
            {
              id: 'fee',
              header: 'Fee',
              align: 'end',
              cell: ({ feeWei }) => <TokenAmount wei={feeWei} />,
              sort: ({ feeWei }) => BigInt(feeWei),
            },
            {
              id: 'at',
              header: 'Opened',
              align: 'end',
              cell: ({ createdAt }) => formatTime(createdAt),
              sort: ({ createdAt }) => Number(createdAt),
            },
          ]}
          rows={worker.jobs}
          rowKey={({ id }) => id}
          empty={<EmptyState title="No jobs yet" />}
        />
      </Card>
      <Card title="Disputes" flush>
        <DataTable
          caption="Disputes"
          columns={[
            {
              id: 'game',
              header: 'Dispute',
              cell: ({ id }) => (
                <Link href={`/dispute/?id=${id}`} className="link font-mono text-[0.8125rem]">
                  {shortHex(id, 10, 6)}
                </Link>
              ),
            },
            {
              id: 'challenger',
              header: 'Challenger',
              cell: ({ challenger }) => <AddressTag address={challenger.id} copy={false} />,
            },
            {
              id: 'result',
              header: 'Result',
              cell: ({ ended, result }) =>
                ended ? (
                  <Badge tone={result === 'CHALLENGER_WON' ? 'critical' : 'neutral'}>
                    {RESULTS[result ?? ''] ?? 'ended'}
                  </Badge>
                ) : (
                  <Badge tone="accent">under way</Badge>
                ),
            },
            {
              id: 'at',
              header: 'Opened',
              align: 'end',
              cell: ({ openedAt }) => formatTime(openedAt),
              sort: ({ openedAt }) => Number(openedAt),
            },
          ]}
          rows={games}
          rowKey={({ id }) => id}
          empty={<EmptyState title="Nobody has disputed its answers" />}
        />
      </Card>
      <StakeHistory address={worker.id} />
    </div>
  );
}

const RESULTS: Readonly<Record<string, string>> = {
  CHALLENGER_WON: 'the worker lost',
  CHALLENGER_LOST: 'the worker won',
  VOID: 'void',
  WITHDRAWN: 'withdrawn',
};
function Latency({
  endpoint,
  gateways,
}: {
  readonly endpoint: string;
  readonly gateways: readonly string[];
}): ReactNode {
  const { results, isMeasuring, start } = useLatencies();
  const gateway = gatewayOf(endpoint, gateways);
  return (
    <p className="flex flex-wrap items-center gap-3">
      <span className="text-muted">p50 / p90 / p99 from here</span>
      <LatencyCell
        latency={gateway === undefined ? undefined : results[gateway]}
        isConfigured={gateway !== undefined}
        isMeasuring={isMeasuring}
      />
      {gateway !== undefined && (
        <Button size="small" busy={isMeasuring} onClick={() => start([gateway])}>
          Measure
        </Button>
      )}
    </p>
  );
}
