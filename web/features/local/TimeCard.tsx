'use client';

import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { NumberInput } from '../../components/NumberInput.tsx';
import { Select } from '../../components/Select.tsx';
import { Stat, StatList } from '../../components/Stat.tsx';
import { useChainAhead } from '../../lib/chainClock.ts';
import type { SiteConfig } from '../../lib/config.ts';
import { formatDuration, formatTime } from '../../lib/format.ts';
import { type Problem, problemOf } from '../../lib/problem.ts';
import { useNow } from '../../lib/useNow.ts';

const STEPS = [
  ['1 hour', 3600],
  ['1 day', 86_400],
  ['1 week', 7 * 86_400],
] as const;
const UNITS = [
  { value: '1', label: 'seconds' },
  { value: '60', label: 'minutes' },
  { value: '3600', label: 'hours' },
  { value: '86400', label: 'days' },
];
const MAX_SECONDS = 366 * 86_400;

/** Moves the clock of the local chain forward, for thaws, votes and windows that take days. */
export function TimeCard({ site }: { readonly site: SiteConfig }): ReactNode {
  const queries = useQueryClient();
  const now = useNow(1000);
  const ahead = useChainAhead();
  const [count, setCount] = useState('1');
  const [unit, setUnit] = useState('86400');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const seconds = /^\d{1,9}$/.test(count) ? Number(count) * Number(unit) : 0;
  const isFine = seconds > 0 && seconds <= MAX_SECONDS;

  async function act(work: (control: typeof import('./chainControl.ts')) => Promise<void>): Promise<void> {
    setBusy(true);
    setProblem(undefined);
    try {
      await work(await import('./chainControl.ts'));
      await queries.invalidateQueries();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  }
  const go = (by: number): void => void act(({ travel }) => travel(site, by));

  return (
    <Card title="Time">
      <div className="space-y-4">
        <StatList>
          <Stat
            label="Time on the chain"
            value={now === undefined ? undefined : formatTime(now)}
            isLoading={now === undefined}
          />
          <Stat label="Ahead of this machine" value={ahead === 0 ? 'not ahead' : formatDuration(ahead)} />
        </StatList>
        <div className="flex flex-wrap gap-2">
          {STEPS.map(([label, by]) => (
            <Button key={label} size="small" disabled={isBusy} onClick={() => go(by)}>
              +{label}
            </Button>
          ))}
          <Button size="small" disabled={isBusy} onClick={() => void act(({ mineBlocks }) => mineBlocks(site, 1))}>
            Mine a block
          </Button>
        </div>
        <div className="flex flex-wrap items-end gap-2">
          <div className="w-28">
            <NumberInput label="Travel by" value={count} onChange={setCount} />
          </div>
          <div className="w-32">
            <Select label="Unit" value={unit} options={UNITS} onChange={setUnit} />
          </div>
          <Button busy={isBusy} disabled={!isFine} onClick={() => go(seconds)}>
            Travel
          </Button>
        </div>
        <p className="text-sm text-muted">
          For everybody on this chain, and there is no way back. Workers keep the time of this machine: after a long
          journey they may find requests and receipts too old.
        </p>
        {problem !== undefined && <ErrorState problem={problem} />}
      </div>
    </Card>
  );
}
