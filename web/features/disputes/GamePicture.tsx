import type { ReactNode } from 'react';
import { formatNumber } from '../../lib/format.ts';
import { coveredBy, type Opening, type Picture } from './picture.ts';
import type { Verdict } from './verdict.ts';

const WIDTH = 640;
const BAR = 26;
const ROW = 88;
const TOP = 24;

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
  const what = tree === 'trace' ? 'step' : 'leaf';
  const base = tree === 'trace' ? 1 : 0;
  const title =
    tree === 'trace'
      ? `Steps ${count(from + base)} to ${count(to + base)} of ${count(leaves)}`
      : `Leaves ${count(from)} to ${count(to)} of ${count(leaves)} of the step's output`;
  if (picked === undefined) return { title, cells: children, note: 'The challenger has not pointed yet' };
  const [first, last] = coveredBy(opening, picked);
  const range =
    first === last ? `${what} ${count(first + base)}` : `${what}s ${count(first + base)} to ${count(last + base)}`;
  return { title, cells: children, picked, note: `Challenger: ${range} is wrong` };
}

/** A game that was proven without openings still has a place: the step among all steps. */
function directRow(steps: number, step: number): Row {
  const cells = Math.min(steps, 64);
  return {
    title: `All ${count(steps)} steps`,
    cells,
    picked: Math.min(cells - 1, Math.floor(((step - 1) / steps) * cells)),
    note: `Challenger: step ${count(step)} is wrong, proven at once`,
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

/** What the whole picture says, for those who do not see it. */
export function pictureText(picture: Picture, verdict: Verdict | undefined): string {
  const rows = rowsOf(picture, verdict);
  const end = endOf(picture, verdict);
  return [...rows.map(({ title, note }) => `${title}. ${note}.`), ...(end === undefined ? [] : [`${end}.`])].join(' ');
}

function endOf({ step, leaf, element, header }: Picture, verdict: Verdict | undefined): string | undefined {
  const at = verdict?.element ?? element;
  const of = verdict?.step ?? step;
  if (at !== undefined && of !== undefined) return `Element ${formatNumber(at)} of the output of step ${count(of)}`;
  if (verdict?.call === 'proveInput' && at !== undefined) return `Element ${formatNumber(at)} of the input`;
  if (leaf !== undefined && header !== undefined)
    return `Leaf ${count(leaf.index)} of a ${header.dtype} tensor of ${header.dims.join(' × ')}`;
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
  const height = TOP + rows.length * ROW + (end === undefined ? 0 : 44);
  return (
    <svg
      role="img"
      aria-label={pictureText(picture, verdict)}
      viewBox={`0 0 ${WIDTH} ${height}`}
      className="h-auto w-full max-w-3xl"
    >
      {rows.map((row, at) => (
        <Strip
          key={`${row.title}${row.note}`}
          row={row}
          y={TOP + at * ROW}
          hasNext={at < rows.length - 1 || end !== undefined}
        />
      ))}
      {end !== undefined && (
        <g transform={`translate(0 ${TOP + rows.length * ROW})`}>
          <rect x={0.5} y={0.5} width={WIDTH - 1} height={34} rx={4} className="fill-critical-soft stroke-critical" />
          <text x={WIDTH / 2} y={22} textAnchor="middle" className="fill-critical text-[13px] font-medium">
            {end}
          </text>
        </g>
      )}
    </svg>
  );
}

function Strip({ row, y, hasNext }: { readonly row: Row; readonly y: number; readonly hasNext: boolean }): ReactNode {
  const width = WIDTH / Math.max(1, row.cells);
  const gap = row.cells > 40 ? 1 : 2;
  const left = (row.picked ?? 0) * width;
  return (
    <g transform={`translate(0 ${y})`}>
      <text y={-7} className="fill-ink text-[12px]">
        {row.title}
      </text>
      <text x={WIDTH} y={-7} textAnchor="end" className="fill-muted text-[12px]">
        {row.note}
      </text>
      {Array.from({ length: row.cells }, (_, cell) => (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: cells are their positions
          key={cell}
          x={cell * width + gap / 2}
          width={Math.max(1, width - gap)}
          height={BAR}
          rx={Math.min(3, width / 4)}
          className={cell === row.picked ? 'fill-critical' : 'fill-line'}
        />
      ))}
      {hasNext && row.picked !== undefined && (
        <path
          d={`M${left} ${BAR + 2} L0 ${ROW - 24} H${WIDTH} L${left + width} ${BAR + 2} Z`}
          className="fill-critical-soft opacity-70"
        />
      )}
    </g>
  );
}
