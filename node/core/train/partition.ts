import { ProtocolError } from '../errors.ts';
import { pairwiseSum, Rng } from './rng.ts';
import { rowsByClass } from './split.ts';

/** How train rows are dealt to nodes (federated 2.1). */
export type Partition =
  | { readonly kind: 'iid' }
  /** Class shares drawn from Dirichlet(concentration); the smaller, the more skewed (NIID-Bench rule). */
  | { readonly kind: 'dirichlet'; readonly concentration: number }
  /** `perNode` contiguous pieces of the rows sorted by class (McMahan). */
  | { readonly kind: 'shards'; readonly perNode: number };

/** A partition that the rows do not allow. */
export class PartitionImpossible extends ProtocolError {
  override readonly code = 'PARTITION_IMPOSSIBLE';
  constructor(why: string) {
    super({
      what: 'The data cannot be divided like that',
      why,
      fix: 'Use fewer nodes, or a larger Dirichlet concentration.',
    });
  }
}

/** The reference writes kinds as `iid`, `dir0.5`, `shard2`; its random tags contain these names. */
export function partitionName(partition: Partition): string {
  if (partition.kind === 'iid') return 'iid';
  return partition.kind === 'dirichlet' ? `dir${partition.concentration}` : `shard${partition.perNode}`;
}

/** @throws {PartitionImpossible} on anything but `iid`, `dir<number>`, `shard<integer>` */
export function parsePartition(name: string): Partition {
  const [, kind, amount] = /^(iid|dir|shard)(\d+(?:\.\d+)?)?$/.exec(name) ?? [];
  if (kind === 'iid' && amount === undefined) return { kind };
  if (kind === 'dir' && Number(amount) > 0) return { kind: 'dirichlet', concentration: Number(amount) };
  if (kind === 'shard' && Number.isInteger(Number(amount)) && Number(amount) > 0) {
    return { kind: 'shards', perNode: Number(amount) };
  }
  throw new PartitionImpossible(`${JSON.stringify(name.slice(0, 40))} is not iid, dir<number> or shard<integer>`);
}

export interface PartitionRequest {
  /** Train rows, ascending. */
  readonly train: Uint32Array;
  /** Labels of all rows. */
  readonly labels: ArrayLike<number>;
  readonly classes: number;
  readonly nodes: number;
  /** Tag of the data set, e.g. `digits`. */
  readonly name: string;
  readonly seed: number;
  /** Fewest rows a node may end up with under `dirichlet`. @default 10 */
  readonly fewest?: number;
}

/** Piece `index` of `pieces` equal ones. */
const piece = (order: Uint32Array, index: number, pieces: number): Uint32Array =>
  order.subarray(Math.floor((index * order.length) / pieces), Math.floor(((index + 1) * order.length) / pieces));

function deal({ train, labels, name, seed, nodes }: PartitionRequest, partition: Partition): Uint32Array[] {
  const rng = new Rng(`${name}|part|${partitionName(partition)}|${nodes}|${seed}`);
  const order = rng.permutation(train.length);
  if (partition.kind !== 'shards') return Array.from({ length: nodes }, (_, node) => piece(order, node, nodes));
  const { perNode } = partition;
  const classOf = (position: number) => labels[train[position]!]!;
  const sorted = Uint32Array.from(Array.from(order).sort((a, b) => classOf(a) - classOf(b)));
  const shards = rng.permutation(perNode * nodes);
  return Array.from({ length: nodes }, (_, node) => {
    const own = shards.subarray(node * perNode, (node + 1) * perNode);
    return Uint32Array.from([...own].flatMap((shard) => [...piece(sorted, shard, perNode * nodes)]));
  });
}

/** One draw of class shares; a node that already has its fair number of rows gets none of the next class. */
function drawShares(request: PartitionRequest, concentration: number, tag: string): number[][] {
  const { train, labels, classes, nodes } = request;
  const rng = new Rng(tag);
  const dealt: number[][] = Array.from({ length: nodes }, () => []);
  const groups = rowsByClass(
    Array.from(train, (row) => labels[row]!),
    classes,
  );
  for (const group of groups) {
    const order = rng.permutation(group.length);
    let shares: ArrayLike<number> = rng
      .dirichlet(concentration, nodes)
      .map((share, node) => (dealt[node]!.length < train.length / nodes ? share : 0));
    let total = pairwiseSum(shares);
    if (total <= 0) [shares, total] = [new Array<number>(nodes).fill(1), nodes];
    let cumulated = 0;
    let start = 0;
    dealt.forEach((rows, node) => {
      cumulated += shares[node]! / total;
      const end = node === nodes - 1 ? group.length : Math.floor(cumulated * group.length);
      for (let i = start; i < end; i++) rows.push(group[order[i]!]!);
      start = Math.max(start, end);
    });
  }
  return dealt;
}

/** Draws again until every node has enough rows. */
const ATTEMPTS = 10_000;

function dealDirichlet(request: PartitionRequest, partition: Partition & { kind: 'dirichlet' }): number[][] {
  const { name, nodes, seed, fewest = 10 } = request;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const tag = `${name}|part|${partitionName(partition)}|${nodes}|${seed}|${attempt}`;
    const dealt = drawShares(request, partition.concentration, tag);
    if (dealt.every((rows) => rows.length >= fewest)) return dealt;
  }
  throw new PartitionImpossible(`in ${ATTEMPTS} draws some node always had fewer than ${fewest} rows`);
}

/**
 * Rows of each node, ascending; together they are the train rows.
 * @throws {PartitionImpossible} when there are fewer rows than nodes, or Dirichlet draws never give every node enough
 */
export function partitionRows(request: PartitionRequest, partition: Partition): Uint32Array[] {
  const { train, nodes, fewest = 10 } = request;
  const needed =
    partition.kind === 'dirichlet' ? nodes * fewest : nodes * (partition.kind === 'shards' ? partition.perNode : 1);
  if (!Number.isInteger(nodes) || nodes < 1 || train.length < needed) {
    throw new PartitionImpossible(`${train.length} rows for ${nodes} nodes, at least ${needed} are needed`);
  }
  const dealt = partition.kind === 'dirichlet' ? dealDirichlet(request, partition) : deal(request, partition);
  return dealt.map((positions) => Uint32Array.from(positions, (position) => train[position]!).sort());
}
