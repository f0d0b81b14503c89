import type { FloatNode, OpOf } from './ir.ts';

export type Affine = OpOf<'affine'>;
/** A network while it is folded. */
export interface Work {
  readonly nodes: FloatNode[];
  output: number;
  units: Affine;
}
/** Tries to simplify node `id`; whether it did. */
export type Fold = (work: Work, id: number) => boolean;

export const isUsed = ({ nodes, output }: Work, id: number): boolean =>
  id === output || nodes.some(({ sources }) => sources.includes(id));
export const usersOf = ({ nodes, output }: Work, id: number): number =>
  nodes.reduce((count, { sources }, at) => count + (sources.includes(id) && isAlive(nodes[at]!) ? 1 : 0), 0) +
  (id === output ? 1 : 0);
/** Replaced nodes lose their sources. */
const isAlive = ({ sources, op }: FloatNode): boolean => op.kind === 'input' || sources.length > 0;

/** Everybody who reads `id` reads `by` instead. */
export function replace(work: Work, id: number, by: number): void {
  for (const [at, node] of work.nodes.entries()) {
    if (node.sources.includes(id))
      work.nodes[at] = { ...node, sources: node.sources.map((source) => (source === id ? by : source)) };
  }
  if (work.output === id) work.output = by;
  work.nodes[id] = { ...work.nodes[id]!, sources: [] };
}
