import type { ReactNode } from 'react';
import { formatNumber, formatPercent } from '../../lib/format.ts';
import type { Reading } from '../../lib/inference/readOutput.ts';

const SHOWN = 10;

/** An answer: the winner in large, and what the others got. */
export function Scores({ reading, label }: { readonly reading: Reading; readonly label: string }): ReactNode {
  const { scores, best } = reading;
  const order = [...scores.keys()].sort((a, b) => scores[b]!.value - scores[a]!.value).slice(0, SHOWN);
  const top = Math.max(...scores.map(({ value }) => value));
  const low = Math.min(...scores.map(({ value }) => value));
  const widthOf = (i: number): number => scores[i]!.share ?? (scores[i]!.value - low) / (top - low || 1);
  const areShares = scores[best]?.share !== undefined;
  return (
    <div className="flex items-start gap-5">
      <p className="shrink-0 text-center">
        <span className="sr-only">{label}: </span>
        <output className="block font-mono text-5xl font-semibold leading-none" data-testid="winner">
          {scores[best]?.label}
        </output>
      </p>
      <div className="min-w-0 flex-1">
        <ol className="space-y-1" aria-label="Scores, highest first">
          {order.map((i) => (
            <li key={i} className="grid grid-cols-[minmax(1.5rem,auto)_1fr_auto] items-center gap-2 text-sm">
              <span className="truncate font-mono">{scores[i]!.label}</span>
              <span aria-hidden className="h-2 overflow-hidden rounded-full bg-sunken">
                <span
                  className={`block h-full ${i === best ? 'bg-accent' : 'bg-line-strong'}`}
                  style={{ width: `${100 * widthOf(i)}%` }}
                />
              </span>
              <span className="w-14 text-right tabular-nums text-muted">
                {scores[i]!.share === undefined ? formatNumber(scores[i]!.value, 2) : formatPercent(scores[i]!.share!)}
              </span>
            </li>
          ))}
        </ol>
        {!areShares && <p className="mt-1 text-right text-xs text-muted">scores: the highest wins</p>}
      </div>
    </div>
  );
}
