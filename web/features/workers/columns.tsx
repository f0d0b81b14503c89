import { Badge } from '../../components/Badge.tsx';
import { Checkbox } from '../../components/Checkbox.tsx';
import type { Column } from '../../components/DataTable.tsx';
import { Identicon } from '../../components/Identicon.tsx';
import { Link } from '../../components/Link.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatAssayExact, formatDuration, formatNumber, formatPercent, shortHex } from '../../lib/format.ts';
import { gatewayOf } from '../../lib/latency.ts';
import { LatencyCell } from './LatencyCell.tsx';
import { failureRate, lowestFee, meanSettlement, type WorkerRow } from './query.ts';
import { Said, upText } from './Said.tsx';
import type { Measurement } from './useLatencies.ts';

export interface ColumnContext {
  readonly gateways: readonly string[];
  readonly latencies: Readonly<Record<string, Measurement>>;
  readonly isMeasuring: boolean;
  readonly minStakeWei: bigint;
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (id: string, chosen: boolean) => void;
}

const tokens = (wei: string | bigint): string => formatAssayExact(wei).replaceAll(',', '');

export function columnsOf(context: ColumnContext): readonly Column<WorkerRow>[] {
  const { gateways, latencies, isMeasuring, minStakeWei, chosen, onChoose } = context;
  const latencyOf = ({ endpoint }: WorkerRow): Measurement | undefined => {
    const gateway = gatewayOf(endpoint, gateways);
    return gateway === undefined ? undefined : latencies[gateway];
  };
  return [
    {
      id: 'compare',
      header: 'Compare',
      cell: ({ id }) => (
        <Checkbox
          label={<span className="sr-only">Compare {id}</span>}
          checked={chosen.has(id)}
          disabled={!chosen.has(id) && chosen.size >= 4}
          onChange={(checked) => onChoose(id, checked)}
        />
      ),
    },
    {
      id: 'worker',
      header: 'Worker',
      cell: (row) => (
        <span className="flex flex-wrap items-center gap-x-2">
          <Link href={`/worker/?id=${row.id}`} title={row.id} className="inline-flex items-center gap-1.5">
            <Identicon address={row.id} />
            <span className="link font-mono text-[0.8125rem]">{shortHex(row.id)}</span>
          </Link>
          {BigInt(row.stakeWei) < minStakeWei && <Badge tone="caution">inactive</Badge>}
          <Said text={latencyOf(row)?.host?.runtime} />
        </span>
      ),
      csv: ({ id }) => id,
    },
    {
      id: 'stake',
      header: 'Stake, ASSAY',
      align: 'end',
      cell: ({ stakeWei }) => <TokenAmount wei={stakeWei} unit={false} />,
      sort: ({ stakeWei }) => BigInt(stakeWei),
      csv: ({ stakeWei }) => tokens(stakeWei),
    },
    {
      id: 'fee',
      header: 'Fee from, ASSAY',
      align: 'end',
      cell: (row) => {
        const fee = lowestFee(row);
        return fee === undefined ? <span className="text-muted">–</span> : <TokenAmount wei={fee} unit={false} />;
      },
      sort: (row) => lowestFee(row) ?? 2n ** 255n,
      csv: (row) => tokens(lowestFee(row) ?? 0n),
    },
    {
      id: 'jobs',
      header: 'Jobs paid',
      align: 'end',
      cell: ({ jobsCompleted }) => formatNumber(jobsCompleted),
      sort: ({ jobsCompleted }) => jobsCompleted,
    },
    {
      id: 'failures',
      header: 'Failures',
      align: 'end',
      cell: (row) => {
        const rate = failureRate(row);
        return rate === undefined ? <span className="text-muted">–</span> : formatPercent(rate);
      },
      sort: (row) => failureRate(row) ?? -1,
      csv: ({ jobsRejected, jobsExpired }) => jobsRejected + jobsExpired,
    },
    {
      id: 'disputes',
      header: 'Disputes',
      align: 'end',
      cell: ({ gamesWon, gamesLost, claimsFallen }) => (
        <span title={`${gamesWon} won, ${gamesLost} lost, ${claimsFallen} claims fell`}>
          {formatNumber(gamesWon + gamesLost)}
          {claimsFallen > 0 && <span className="text-critical"> ({formatNumber(claimsFallen)} lost)</span>}
        </span>
      ),
      sort: ({ gamesWon, gamesLost }) => gamesWon + gamesLost,
      wideOnly: true,
    },
    {
      id: 'slashed',
      header: 'Slashed',
      align: 'end',
      cell: ({ slashedWei }) =>
        slashedWei === '0' ? <span className="text-muted">never</span> : <TokenAmount wei={slashedWei} />,
      sort: ({ slashedWei }) => BigInt(slashedWei),
      csv: ({ slashedWei }) => tokens(slashedWei),
    },
    {
      id: 'settlement',
      header: 'To payment',
      align: 'end',
      cell: (row) => {
        const seconds = meanSettlement(row);
        return seconds === undefined ? <span className="text-muted">–</span> : formatDuration(seconds);
      },
      sort: (row) => meanSettlement(row) ?? Number.MAX_SAFE_INTEGER,
      wideOnly: true,
    },
    {
      id: 'latency',
      header: 'Latency p50 / 90 / 99',
      align: 'end',
      cell: (row) => (
        <>
          <LatencyCell
            latency={latencyOf(row)}
            isConfigured={gatewayOf(row.endpoint, gateways) !== undefined}
            isMeasuring={isMeasuring}
          />
          <Said text={upText(latencyOf(row)?.host)} />
        </>
      ),
      sort: (row) => latencyOf(row)?.p50 ?? Number.MAX_SAFE_INTEGER,
      csv: (row) => {
        const latency = latencyOf(row);
        return latency === undefined
          ? ''
          : [latency.p50, latency.p90, latency.p99].map((value) => value.toFixed(1)).join(' ');
      },
    },
    {
      id: 'up',
      header: 'Up for, seconds',
      csvOnly: true,
      cell: () => null,
      csv: (row) => latencyOf(row)?.host?.upSeconds ?? '',
    },
    {
      id: 'runtime',
      header: 'Runtime',
      csvOnly: true,
      cell: () => null,
      csv: (row) => latencyOf(row)?.host?.runtime ?? '',
    },
  ];
}
