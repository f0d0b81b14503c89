'use client';

import { type ReactNode, useState } from 'react';
import { Card } from '../../components/Card.tsx';
import { NumberInput } from '../../components/NumberInput.tsx';
import { Popover } from '../../components/Popover.tsx';
import { Stat, StatList } from '../../components/Stat.tsx';
import { formatAssay, formatAssayExact, formatNumber, formatPercent, parseAssay } from '../../lib/format.ts';
import { forecast } from './forecast.ts';
import type { RecentFees } from './useRecentFees.ts';
import type { StakeTotals } from './useStakeTotals.ts';

const DAY = 86_400;
const numberOf = (text: string): number | undefined => {
  const value = Number(text.replaceAll(',', ''));
  return text.trim() !== '' && Number.isFinite(value) && value >= 0 ? value : undefined;
};

/** What a stake would earn if things stayed as they are; every assumption can be seen and changed. */
export function ForecastCard({
  stakeWei,
  totals,
  recent,
}: {
  /** Stake to start from; the visitor may type another one. */
  readonly stakeWei: bigint;
  readonly totals: StakeTotals;
  readonly recent: RecentFees | undefined;
}): ReactNode {
  const [stake, setStake] = useState<string>();
  const [fees, setFees] = useState<string>();
  const [share, setShare] = useState<string>();
  const [costs, setCosts] = useState('0');
  const [days, setDays] = useState('90');
  const typedStake = stake ?? plain(stakeWei);
  const typedFees = fees ?? plain(recent?.perDayWei ?? 0n);
  const typedShare = share ?? String(Math.round(1000 / Math.max(1, totals.activeWorkers)) / 10);
  const given = {
    stakeWei: parseAssay(typedStake),
    feesPerDayWei: parseAssay(typedFees),
    percent: numberOf(typedShare),
    costsPerDayWei: parseAssay(costs),
    horizonDays: numberOf(days),
  };
  const { stakeWei: ownWei, feesPerDayWei, percent, costsPerDayWei, horizonDays } = given;
  const isWhole =
    ownWei !== undefined &&
    feesPerDayWei !== undefined &&
    percent !== undefined &&
    costsPerDayWei !== undefined &&
    horizonDays !== undefined &&
    horizonDays <= 3650;
  const thawDays = totals.thawSeconds / DAY;
  const result = isWhole
    ? forecast({
        stakeWei: ownWei,
        feesPerDayWei,
        workerBps: totals.workerBps,
        shareOfJobs: percent / 100,
        costsPerDayWei,
        horizonDays,
        thawDays,
      })
    : undefined;
  return (
    <Card
      title="What it may earn"
      actions={
        <Popover label="Assumptions">
          <span className="block space-y-2">
            <span className="block font-medium">A forecast, not a promise</span>
            <span className="block">
              Stake itself earns nothing: it lets a worker serve. Income = fees per day ×{' '}
              {formatPercent(totals.workerBps / 10_000)} that go to the worker × your part of the jobs × days.
            </span>
            <span className="block">
              {recent === undefined
                ? 'The index has not told what was paid lately: type the fees yourself.'
                : `Fees per day are those of the last ${formatNumber(recent.days, 1)} days: ${formatNumber(recent.jobs)} paid jobs.`}{' '}
              Your part starts as an equal share among {formatNumber(totals.activeWorkers)} active workers.
            </span>
            <span className="block">
              The yearly figure counts the {formatNumber(thawDays, 1)} days of thaw, in which the stake is bound but
              earns nothing, and compounds nothing. A slash ({formatAssay(totals.claimLockWei)} for each false answer)
              is not in it. The price of ASSAY is not either.
            </span>
          </span>
        </Popover>
      }
    >
      <div className="space-y-4">
        <StatList>
          <Stat
            label="Per year"
            value={result === undefined || Number.isNaN(result.yieldPerYear) ? '–' : formatPercent(result.yieldPerYear)}
            detail="of the stake, if nothing changed"
          />
          <Stat
            label="Over the horizon"
            value={result === undefined ? '–' : formatAssay(result.netWei)}
            detail={
              result === undefined
                ? undefined
                : `${formatAssay(result.incomeWei)} of fees less ${formatAssay(result.costsWei)}`
            }
          />
        </StatList>
        <div className="grid gap-3 sm:grid-cols-2">
          <NumberInput label="Stake" unit="ASSAY" value={typedStake} onChange={setStake} />
          <NumberInput label="Fees per day, whole network" unit="ASSAY" value={typedFees} onChange={setFees} />
          <NumberInput label="Your part of the jobs" unit="%" value={typedShare} onChange={setShare} />
          <NumberInput label="Your costs per day" unit="ASSAY" value={costs} onChange={setCosts} />
          <NumberInput label="Horizon" unit="days" value={days} onChange={setDays} />
        </div>
      </div>
    </Card>
  );
}

/** An amount as one would type it. */
const plain = (wei: bigint): string => formatAssayExact(wei).replaceAll(',', '');
