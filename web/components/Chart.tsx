'use client';

import { type ReactNode, useState } from 'react';
import { Button } from './Button.tsx';
import { later } from './later.tsx';
import { Skeleton } from './Skeleton.tsx';

const Body = later(
  () => import('./ChartBody.tsx').then((file) => file.ChartBody),
  <Skeleton className="h-full w-full" />,
);

export interface Series {
  /** Key into each point. */
  readonly key: string;
  readonly label: string;
}

export type Point = Readonly<Record<string, number>>;

export interface ChartProps {
  /** What the chart shows, in words: its caption and the table's. */
  readonly title: string;
  readonly kind: 'line' | 'area' | 'bar';
  readonly points: readonly Point[];
  /** Key of the horizontal axis, e.g. `time` in Unix seconds. */
  readonly xKey: string;
  readonly xLabel: string;
  readonly series: readonly Series[];
  readonly formatX: (x: number) => string;
  readonly formatY: (y: number) => string;
  readonly stacked?: boolean;
}

/** A chart of fixed height that loads its code when shown, and the same numbers as a table for who prefers or needs it. */
export function Chart(props: ChartProps): ReactNode {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className="min-w-0">
      <figcaption className="mb-3 flex flex-wrap items-center justify-between gap-2 text-sm">
        <span>{props.title}</span>
        <Button size="small" variant="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Show chart' : 'Show table'}
        </Button>
      </figcaption>
      <div className="h-64">{asTable ? <ChartTable {...props} /> : <Body {...props} />}</div>
    </figure>
  );
}

function ChartTable({ title, points, xKey, xLabel, series, formatX, formatY }: ChartProps): ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a table that scrolls must be reachable with the keyboard
    <section className="h-full overflow-auto" tabIndex={0} aria-label={title}>
      <table className="w-full text-sm">
        <caption className="sr-only">{title}</caption>
        <thead className="sticky top-0 bg-surface text-xs text-muted">
          <tr>
            {[xLabel, ...series.map(({ label }) => label)].map((name, at) => (
              <th key={name} scope="col" className={`py-1.5 pr-4 font-medium ${at === 0 ? 'text-left' : 'text-right'}`}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.map((point) => (
            <tr key={point[xKey]} className="border-t border-line">
              <th scope="row" className="py-1.5 pr-4 text-left font-normal">
                {formatX(point[xKey] ?? 0)}
              </th>
              {series.map(({ key }) => (
                <td key={key} className="py-1.5 pr-4 text-right">
                  {formatY(point[key] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
