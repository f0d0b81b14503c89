'use client';

import { type ReactNode, useState } from 'react';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { later } from '../../components/later.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { Pagination } from '../../components/Pagination.tsx';
import { useConfig } from '../../lib/config.ts';
import { formatPercent } from '../../lib/format.ts';
import { gatewayOf } from '../../lib/latency.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { columnsOf } from './columns.tsx';
import { WORKERS_QUERY, type WorkerRow } from './query.ts';
import { useLatencies } from './useLatencies.ts';

const PER_PAGE = 50;
const NONE: readonly string[] = [];

interface Answer {
  readonly workers: readonly WorkerRow[];
  readonly parameters: readonly { readonly value: string }[];
  readonly protocol: { readonly workerBps: number } | null;
}

const CompareCard = later(() => import('./CompareCard.tsx').then((file) => file.CompareCard));
/** `/workers/`: everybody who serves models, by what can be counted. */
export function WorkersView(): ReactNode {
  const site = useConfig();
  const [page, setPage] = useState(1);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { results, isMeasuring, start } = useLatencies();
  const { data, error, refetch } = useSubgraph<Answer>(WORKERS_QUERY, {
    first: PER_PAGE + 1,
    skip: (page - 1) * PER_PAGE,
  });
  const gateways = site?.gateways ?? NONE;
  const rows = data?.workers.slice(0, PER_PAGE);
  const measurable = [...new Set((rows ?? []).flatMap(({ endpoint }) => gatewayOf(endpoint, gateways) ?? []))];
  const compared = (rows ?? []).filter(({ id }) => chosen.has(id));
  const onChoose = (id: string, add: boolean): void => {
    const next = new Set(chosen);
    if (add) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  const columns = columnsOf({
    gateways,
    latencies: results,
    isMeasuring,
    minStakeWei: BigInt(data?.parameters[0]?.value ?? 0),
    chosen,
    onChoose,
  });
  return (
    <>
      <PageHeader
        title="Workers"
        lead={`They serve models and sign every answer with stake behind it${data?.protocol == null ? '' : `; of each fee the worker keeps ${formatPercent(data.protocol.workerBps / 10_000)}, which the DAO sets for all`}. Figures come from the chain; latency, runtime and time since the start only from the worker itself, when you ask for them.`}
        actions={
          <>
            <Button busy={isMeasuring} disabled={measurable.length === 0} onClick={() => start(measurable)}>
              Measure latency
            </Button>
            <LinkButton href="/staking/">Become a worker</LinkButton>
          </>
        }
      />
      <div className="space-y-6">
        {compared.length >= 2 && (
          <CompareCard
            workers={compared}
            gateways={gateways}
            latencies={results}
            onClear={() => setChosen(new Set())}
          />
        )}
        {chosen.size === 1 && (
          <p role="status" className="text-sm text-muted">
            Choose one to three more workers to compare them.
          </p>
        )}
        {error !== undefined && <ErrorState problem={error} onRetry={refetch} />}
        {(data !== undefined || error === undefined) && (
          <Card flush>
            <DataTable
              caption="Workers"
              columns={columns}
              rows={rows}
              rowKey={({ id }) => id}
              csvName="assay-workers"
              empty={
                <EmptyState
                  title="Nobody serves models yet"
                  action={<LinkButton href="/staking/">Become the first worker</LinkButton>}
                >
                  A worker stakes, names a key that signs, and answers at an address of its own.
                </EmptyState>
              }
            />
          </Card>
        )}
        <Pagination page={page} hasNext={(data?.workers.length ?? 0) > PER_PAGE} onPage={setPage} />
      </div>
    </>
  );
}
