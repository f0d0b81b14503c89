import type { ModelDetail, Relative } from './model.ts';

export interface LineageNode {
  readonly id: string;
  readonly modelId: string;
  readonly label: string;
  readonly isOwn: boolean;
  readonly isLive: boolean;
  /** Generation: 0 for what derives from nothing shown. */
  readonly column: number;
  /** Place within the generation. */
  readonly row: number;
}

export interface Lineage {
  readonly nodes: readonly LineageNode[];
  /** Ids of versions, ancestor first. */
  readonly edges: readonly (readonly [string, string])[];
  readonly columns: number;
  readonly rows: number;
}

/** Pictures with more nodes say nothing; the list has them all. */
const MAX_NODES = 60;

/** Longest way from a version without ancestors. Parents are published before their children, so there are no rings. */
function columnsOf(ids: readonly string[], edges: readonly (readonly [string, string])[]): ReadonlyMap<string, number> {
  const columns = new Map<string, number>();
  for (const id of ids.toSorted((a, b) => Number(a) - Number(b))) {
    const parents = edges.filter(([, child]) => child === id).map(([parent]) => columns.get(parent) ?? 0);
    columns.set(id, parents.length === 0 ? 0 : Math.max(...parents) + 1);
  }
  return columns;
}

/** The versions of a model, what they derive from, and what derives from them, laid out by generation. */
export function lineageOf({ id, slug, versions, liveVersionId }: ModelDetail): Lineage {
  const known = new Map<string, Relative>(
    versions.map((version) => [version.id, { id: version.id, modelId: id, slug }]),
  );
  const edges = new Map<string, readonly [string, string]>();
  for (const version of versions) {
    for (const parent of version.parents) edges.set(`${parent.id}>${version.id}`, [parent.id, version.id]);
    for (const child of version.children) edges.set(`${version.id}>${child.id}`, [version.id, child.id]);
    for (const relative of [...version.parents, ...version.children])
      if (!known.has(relative.id)) known.set(relative.id, relative);
  }
  const shown = [...known.values()].slice(0, MAX_NODES);
  const drawn = [...edges.values()].filter((edge) => edge.every((end) => shown.some((node) => node.id === end)));
  const columns = columnsOf(
    shown.map((node) => node.id),
    drawn,
  );
  const filled = new Map<number, number>();
  const nodes = shown.map((node) => {
    const column = columns.get(node.id) ?? 0;
    const row = filled.get(column) ?? 0;
    filled.set(column, row + 1);
    return {
      id: node.id,
      modelId: node.modelId,
      label: `${node.slug} v${node.id}`,
      isOwn: node.modelId === id,
      isLive: node.id === liveVersionId,
      column,
      row,
    };
  });
  return {
    nodes,
    edges: drawn,
    columns: Math.max(0, ...nodes.map(({ column }) => column)) + 1,
    rows: Math.max(1, ...filled.values()),
  };
}
