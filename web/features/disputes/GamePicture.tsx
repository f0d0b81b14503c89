import type { ReactNode } from 'react';
import { formatNumber } from '../../lib/format.ts';
import { coveredBy, type Opening, type Picture } from './picture.ts';
import type { Verdict } from './verdict.ts';

const WIDTH = 640;
const BAR = 26;
const FAN = 34;

interface Row {
  readonly title: string;
  readonly cells: number;
  readonly picked?: number;
  readonly note: string;
}

const count = (number: number): string => formatNumber(number);

function rowOf(opening: Opening): Row {
  const { tree, children, picked, leaves } = opening;
  const [from] = coveredBy(opening, 0);
  const [, to] = coveredBy(opening, children - 1);
  const [what, plural] = tree === 'trace' ? ['step', 'steps'] : ['leaf', 'leaves'];
  const base = tree === 'trace' ? 1 : 0;
  const title =
    tree === 'trace'
      ? `Steps ${count(from + base)} to ${count(to + base)} of ${count(leaves)}`
      : `Leaves ${count(from)} to ${count(to)} of ${count(leaves)} of the step's output`;
  if (picked === undefined) return { title, cells: children, note: 'The challenger has not pointed yet' };
  const [first, last] = coveredBy(opening, picked);
  const range =
    first === last ? `${what} ${count(first + base)}` : `${plural} ${count(first + base)} to ${count(last + base)}`;
  return { title, cells: children, picked, note: `Challenger points at ${range}` };
}

/** A game that was proven without openings still has a place: the step among all steps. */
function directRow(steps: number, step: number): Row {
  const cells = Math.min(steps, 64);
  return {
    title: `All ${count(steps)} steps`,
    cells,
    picked: Math.min(cells - 1, Math.floor(((step - 1) / steps) * cells)),
    note: `Challenger points at step ${count(step)}`,
  };
}

function rowsOf(picture: Picture, verdict: Verdict | undefined): readonly Row[] {
  const rows = picture.openings.map(rowOf);
  const step = picture.step ?? verdict?.step;
  if (rows.length === 0 && picture.steps !== undefined && step !== undefined) rows.push(directRow(picture.steps, step));
  if (rows.length === 0 && picture.steps !== undefined)
    rows.push({
      title: `All ${count(picture.steps)} steps`,
      cells: Math.min(picture.steps, 64),
      note: 'The worker stands by these steps; none is opened yet',
    });
  return rows;
}

function endOf({ step, leaf, element, header }: Picture, verdict: Verdict | undefined): string | undefined {
  const at = verdict?.element ?? element;
  const of = verdict?.step ?? step;
  if (at !== undefined && of !== undefined) return `Element ${formatNumber(at)} of the output of step ${count(of)}`;
  if (verdict?.call === 'proveInput' && at !== undefined) return `Element ${formatNumber(at)} of the input`;
  if (leaf !== undefined && header !== undefined)
    return `Leaf ${count(leaf.index)} of the output${of === undefined ? '' : ` of step ${count(of)}`} (${header.dtype}, ${header.dims.join(' × ')})`;
  if (of !== undefined) return `The output of step ${count(of)}`;
  return undefined;
}

/** The way down the tree: each strip is an opening by the worker, the filled cell is where the challenger pointed. */
export function GamePicture({
  picture,
  verdict,
}: {
  readonly picture: Picture;
  readonly verdict: Verdict | undefined;
}): ReactNode {
  const rows = rowsOf(picture, verdict);
  const end = endOf(picture, verdict);
  if (rows.length === 0)
    return (
      <p className="text-sm text-muted">
        The worker has not shown his steps yet. Until he does there is no tree to draw.
      </p>
    );
  return (
    <ol className="max-w-3xl">
      {rows.map((row, at) => (
        <Strip key={`${row.title}${row.note}`} row={row} hasNext={at < rows.length - 1 || end !== undefined} />
      ))}
      {end !== undefined && (
        <li className="rounded border border-critical bg-critical-soft px-3 py-2 text-center text-sm font-medium text-critical">
          {end}
        </li>
      )}
    </ol>
  );
}

function Strip({ row, hasNext }: { readonly row: Row; readonly hasNext: boolean }): ReactNode {
  const width = WIDTH / Math.max(1, row.cells);
  const gap = row.cells > 40 ? 1 : 2;
  const left = (row.picked ?? 0) * width;
  const hasFan = hasNext && row.picked !== undefined;
  const height = hasFan ? BAR + FAN : BAR;
  return (
    <li className={hasFan ? '' : 'mb-4'}>
      <p className="mb-1 flex flex-wrap justify-between gap-x-4 text-xs">
        <span>{row.title}</span>
        <span className="text-muted">{row.note}</span>
      </p>
      <svg
        aria-hidden
        viewBox={`0 0 ${WIDTH} ${height}`}
        preserveAspectRatio="none"
        className={hasFan ? 'block h-14 w-full' : 'block h-6 w-full'}
      >
        {Array.from({ length: row.cells }, (_, cell) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: cells are their positions
            key={cell}
            x={cell * width + gap / 2}
            width={Math.max(1, width - gap)}
            height={BAR}
            className={cell === row.picked ? 'fill-critical' : 'fill-line'}
          />
        ))}
        {hasFan && (
          <path
            d={`M${left} ${BAR + 2} L0 ${height} H${WIDTH} L${left + width} ${BAR + 2} Z`}
            className="fill-critical-soft"
          />
        )}
      </svg>
    </li>
  );
}
