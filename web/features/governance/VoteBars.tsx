import type { ReactNode } from 'react';
import { formatAssay, formatPercent } from '../../lib/format.ts';
import { shareOf, type Tally } from './proposal.ts';

const LINES = [
  ['For', 'forWei', 'bg-positive'],
  ['Against', 'againstWei', 'bg-critical'],
  ['Abstain', 'abstainWei', 'bg-line-strong'],
] as const;

/** Votes for, against and abstaining, and how far the quorum is. Every bar says in words what it shows. */
export function VoteBars({ tally }: { readonly tally: Tally }): ReactNode {
  const { totalWei, countedWei, quorumWei, quorumReached } = tally;
  const quorum = quorumWei === 0n ? 1 : Math.min(1, shareOf(countedWei, quorumWei));
  return (
    <div className="space-y-3 text-sm">
      {LINES.map(([label, field, tone]) => (
        <Bar
          key={field}
          label={label}
          share={shareOf(tally[field], totalWei)}
          detail={`${formatAssay(tally[field])} · ${formatPercent(shareOf(tally[field], totalWei))}`}
          tone={tone}
        />
      ))}
      <div className="border-t border-line pt-3">
        <Bar
          label={quorumReached ? 'Quorum reached' : 'Quorum not reached'}
          share={quorum}
          detail={`${formatAssay(countedWei, { unit: false })} of ${formatAssay(quorumWei)}`}
          tone="bg-accent"
        />
        <p className="mt-1 text-xs text-muted">Votes for and abstentions count towards the quorum.</p>
      </div>
    </div>
  );
}

function Bar({
  label,
  share,
  detail,
  tone,
}: {
  readonly label: string;
  readonly share: number;
  readonly detail: string;
  readonly tone: string;
}): ReactNode {
  return (
    <div>
      <p className="mb-1 flex flex-wrap justify-between gap-x-3">
        <span>{label}</span>
        <span data-figures className="text-muted">
          {detail}
        </span>
      </p>
      <div aria-hidden className="h-2 overflow-hidden rounded-full bg-sunken">
        <div className={`h-full rounded-full ${tone}`} style={{ width: `${share * 100}%` }} />
      </div>
    </div>
  );
}
