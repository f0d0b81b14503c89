'use client';

import type { ReactNode } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatDuration, formatNumber, formatPercent, formatTime } from '../../lib/format.ts';
import { gatewayOf } from '../../lib/latency.ts';
import { LatencyCell } from './LatencyCell.tsx';
import { failureRate, lowestFee, meanSettlement, type WorkerRow } from './query.ts';
import { Said, upText } from './Said.tsx';
import type { Measurement } from './useLatencies.ts';

const dash = <span className="text-muted">–</span>;

/** Two to four workers side by side. */
export function CompareCard({
  workers,
  gateways,
  latencies,
  onClear,
}: {
  readonly workers: readonly WorkerRow[];
  readonly gateways: readonly string[];
  readonly latencies: Readonly<Record<string, Measurement>>;
  readonly onClear: () => void;
}): ReactNode {
  const hostOf = ({ endpoint }: WorkerRow): Measurement['host'] => latencies[gatewayOf(endpoint, gateways) ?? '']?.host;
  const lines: readonly (readonly [string, (worker: WorkerRow) => ReactNode])[] = [
    ['Stake', ({ stakeWei }) => <TokenAmount key="stake" wei={stakeWei} />],
    ['Behind open claims', ({ lockedWei }) => <TokenAmount key="locked" wei={lockedWei} />],
    ['On its way out', ({ thawingWei }) => <TokenAmount key="thawing" wei={thawingWei} />],
    [
      'Fee from',
      (worker) => (lowestFee(worker) === undefined ? dash : <TokenAmount key="fee" wei={lowestFee(worker)!} />),
    ],
    ['Versions served', ({ offers }) => formatNumber(offers.length)],
    ['Jobs paid', ({ jobsCompleted }) => formatNumber(jobsCompleted)],
    ['Failures', (worker) => (failureRate(worker) === undefined ? dash : formatPercent(failureRate(worker)!))],
    ['Disputes won / lost', ({ gamesWon, gamesLost }) => `${formatNumber(gamesWon)} / ${formatNumber(gamesLost)}`],
    ['Slashed', ({ slashedWei }) => <TokenAmount key="slashed" wei={slashedWei} />],
    ['Earned', ({ feesWei }) => <TokenAmount key="earned" wei={feesWei} />],
    [
      'Time to payment',
      (worker) => (meanSettlement(worker) === undefined ? dash : formatDuration(meanSettlement(worker)!)),
    ],
    ['Registered', ({ registeredAt }) => formatTime(registeredAt)],
    ['Last job', ({ lastJobAt }) => (lastJobAt === null ? dash : formatTime(lastJobAt))],
    [
      'p50 / p90 / p99 from here',
      ({ endpoint }) => {
        const gateway = gatewayOf(endpoint, gateways);
        return (
          <LatencyCell
            key="latency"
            latency={gateway === undefined ? undefined : latencies[gateway]}
            isConfigured={gateway !== undefined}
            isMeasuring={false}
          />
        );
      },
    ],
    ['Started, as it says', (worker) => (hostOf(worker) === undefined ? dash : <Said text={upText(hostOf(worker))} />)],
    [
      'Runtime, as it says',
      (worker) => (hostOf(worker) === undefined ? dash : <Said text={hostOf(worker)!.runtime} />),
    ],
  ];
  return (
    <Card
      title={`Compare ${workers.length} workers`}
      actions={
        <Button size="small" variant="quiet" onClick={onClear}>
          Clear
        </Button>
      }
      flush
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="overflow-x-auto pb-2" aria-label="Comparison" tabIndex={0}>
        <table className="w-full min-w-max text-sm">
          <thead>
            <tr>
              <th scope="col" className="px-5 py-2 text-left text-xs font-medium text-muted">
                Worker
              </th>
              {workers.map(({ id }) => (
                <th key={id} scope="col" className="px-3 py-2 text-right font-medium">
                  <AddressTag address={id} copy={false} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map(([label, cell]) => (
              <tr key={label} className="border-t border-line">
                <th scope="row" className="px-5 py-2 text-left font-normal text-muted">
                  {label}
                </th>
                {workers.map((worker) => (
                  <td key={worker.id} data-figures className="px-3 py-2 text-right">
                    {cell(worker)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Card>
  );
}
