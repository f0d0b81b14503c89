import type { ReactNode } from 'react';
import { Card } from '../../components/Card.tsx';
import { Link } from '../../components/Link.tsx';
import { safeText } from '../../lib/safeText.ts';
import type { Lineage, LineageNode } from './lineage.ts';

const [WIDTH, HEIGHT, GAP_X, GAP_Y] = [150, 36, 56, 18];
const xOf = ({ column }: LineageNode): number => column * (WIDTH + GAP_X) + 2;
const yOf = ({ row }: LineageNode): number => row * (HEIGHT + GAP_Y) + 2;

function Edge({ from, to }: { readonly from: LineageNode; readonly to: LineageNode }): ReactNode {
  const [x1, y1, x2, y2] = [xOf(from) + WIDTH, yOf(from) + HEIGHT / 2, xOf(to), yOf(to) + HEIGHT / 2];
  const bend = (x1 + x2) / 2;
  return (
    <path
      d={`M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}`}
      className="stroke-line-strong"
      fill="none"
      markerEnd="url(#lineage-arrow)"
    />
  );
}

function Version({ node }: { readonly node: LineageNode }): ReactNode {
  const { id, modelId, label, isOwn, isLive } = node;
  const text = label.length > 20 ? `${label.slice(0, 12)}…${label.slice(-7)}` : label;
  return (
    <Link
      href={`/model/?id=${modelId}&version=${id}`}
      aria-label={`${safeText(label, 60)}${isLive ? ', live' : ''}`}
      className="group outline-none"
    >
      <rect
        x={xOf(node)}
        y={yOf(node)}
        width={WIDTH}
        height={HEIGHT}
        rx="5"
        strokeWidth={isLive ? 2 : 1}
        className={`group-focus-visible:stroke-accent group-focus-visible:stroke-3 ${isLive ? 'stroke-accent' : 'stroke-line-strong'} ${isOwn ? 'fill-surface group-hover:fill-sunken' : 'fill-canvas'}`}
      />
      <text x={xOf(node) + WIDTH / 2} y={yOf(node) + 22} textAnchor="middle" fontSize="12" className="fill-ink">
        {safeText(text, 40)}
      </text>
    </Link>
  );
}

/** What a version derives from and what derives from it: a picture, and the same as sentences. */
export function LineageCard({ lineage }: { readonly lineage: Lineage }): ReactNode {
  const { nodes, edges, columns, rows } = lineage;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const pairs = edges.flatMap(([from, to]) => {
    const [a, b] = [byId.get(from), byId.get(to)];
    return a === undefined || b === undefined ? [] : [{ from: a, to: b }];
  });
  const [width, height] = [columns * (WIDTH + GAP_X) - GAP_X + 4, rows * (HEIGHT + GAP_Y) - GAP_Y + 4];
  return (
    <Card title="Lineage">
      <div className="overflow-x-auto py-1">
        <svg
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          aria-label="Versions and what they derive from"
        >
          <title>Versions and what they derive from</title>
          <defs>
            <marker
              id="lineage-arrow"
              viewBox="0 0 8 8"
              refX="8"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto"
            >
              <path d="M0 0 8 4 0 8z" className="fill-line-strong" />
            </marker>
          </defs>
          {pairs.map(({ from, to }) => (
            <Edge key={`${from.id}>${to.id}`} from={from} to={to} />
          ))}
          {nodes.map((node) => (
            <Version key={node.id} node={node} />
          ))}
        </svg>
      </div>
      <details className="mt-3 text-sm">
        <summary className="w-fit text-muted hover:text-ink">As a list</summary>
        <ul className="mt-2 list-disc space-y-1 pl-5">
          {nodes.map((node) => (
            <li key={node.id}>
              {safeText(node.label, 60)}
              {sentence(node, pairs)}
            </li>
          ))}
        </ul>
      </details>
    </Card>
  );
}

function sentence(node: LineageNode, pairs: readonly { from: LineageNode; to: LineageNode }[]): string {
  const parents = pairs.filter(({ to }) => to.id === node.id).map(({ from }) => safeText(from.label, 60));
  return parents.length === 0 ? ' derives from no other version' : ` derives from ${parents.join(' and ')}`;
}
