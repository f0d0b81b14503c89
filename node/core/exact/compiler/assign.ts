import { CalibrationRefused } from '../errors.ts';
import type { Dense, FloatNode, FloatOp } from './ir.ts';
import type { FloatNetwork } from './network.ts';
import { type Observation, type Quantization, quantizationOf, type Range, type RangeMethod, rangeOf } from './range.ts';

/** Levels of activations: 7 bits where int8 weights read them (class U7S8), 8 bits elsewhere (class U8U8). */
export const LEVELS = { seven: 127, eight: 255 } as const;
/** Bound of |real output / scale|, so that every step has 22 fraction bits or more. */
export const MAX_REACH = 1_073_741_824;

export interface AssignOptions {
  readonly ranges: RangeMethod;
  /** Bits of the activations that dense layers read. */
  readonly denseBits: 7 | 8;
}

/** What the integers of each node mean. Nodes that only pick, pass on or join values share one quantisation. */
export function assign(
  { nodes }: FloatNetwork,
  seen: readonly Observation[],
  { ranges, denseBits }: AssignOptions,
): Quantization[] {
  const groups = new Groups(nodes.length);
  for (const [id, { op, sources }] of nodes.entries())
    if (op.kind === 'maxPool' || op.kind === 'gather' || op.kind === 'concat')
      for (const source of sources) groups.join(id, source);
  const members = groups.all();
  const result = new Array<Quantization>(nodes.length);
  const chosen = new Map<number, { range: Range; levels: number }>();
  for (const [root, ids] of members) {
    const levels = denseBits === 7 && nodes.some(readsAsSeven(ids)) ? LEVELS.seven : LEVELS.eight;
    const parts = ids.map((id) => belowMask(nodes, id, rangeOf(seen[id]!, ranges, levels)));
    const lo = Math.min(...parts.map((part) => part.lo));
    const hi = Math.max(...parts.map((part) => part.hi));
    chosen.set(root, { range: { lo, hi }, levels });
  }
  for (const [root, ids] of members) {
    const { range, levels } = chosen.get(root)!;
    const isProbability = ids.some((id) => nodes[id]!.op.kind === 'softmax');
    const reach = ids.reduce(
      (most, id) =>
        Math.max(
          most,
          reachOf(nodes[id]!, (source) => chosen.get(groups.root(nodes[id]!.sources[source]!))!.range),
        ),
      0,
    );
    const quantization = isProbability ? { scale: 1 / levels, zeroPoint: 0, levels } : widened(range, levels, reach);
    for (const id of ids) result[id] = quantization;
  }
  return result;
}

/** e^-8 is nothing beside 1 in 8 bits: that far below the least element is where hidden ones lie. */
const HIDDEN_DEPTH = 8;

function belowMask(nodes: readonly FloatNode[], id: number, { lo, hi }: Range): Range {
  if (nodes[id]!.op.kind !== 'mask') return { lo, hi };
  const reader = nodes.find(({ op, sources }) => op.kind === 'softmax' && sources.includes(id));
  return { lo: lo - HIDDEN_DEPTH / (reader?.op.kind === 'softmax' ? reader.op.scale : 1), hi };
}

const readsAsSeven =
  (ids: readonly number[]) =>
  ({ op, sources }: FloatNode): boolean =>
    op.kind === 'dense' && ids.includes(sources[0]!);

/** A range so narrow that its producer could overshoot it a billion times is made wider. */
function widened({ lo, hi }: Range, levels: number, reach: number): Quantization {
  const share = Math.max(1, reach / MAX_REACH / ((hi - lo) / levels));
  return quantizationOf({ lo: lo * share, hi: hi * share }, levels);
}

const magnitude = ({ lo, hi }: Range): number => Math.max(-lo, hi);

/** Largest magnitude that the operator could have before it is clipped, for any values in its sources' ranges. */
function reachOf({ name, op }: FloatNode, sourceRange: (which: number) => Range): number {
  const reach = unboundedReach(op, (which) => magnitude(sourceRange(which)));
  if (!Number.isFinite(reach))
    throw new CalibrationRefused(
      `layer ${JSON.stringify(name)} can reach infinity`,
      'Train the model again: its weights diverged.',
    );
  return reach;
}

function unboundedReach(op: FloatOp, source: (which: number) => number): number {
  if (op.kind === 'dense' || op.kind === 'conv') return weightedReach(op.weight, op.bias, source(0));
  if (op.kind === 'add')
    return Math.abs(op.factors[0]) * source(0) + Math.abs(op.factors[1]) * source(1) + Math.abs(op.shift);
  if (op.kind === 'addConstant') return source(0) + op.constant.reduce((most, c) => Math.max(most, Math.abs(c)), 0);
  if (op.kind === 'avgPool') return source(0) * op.scale * op.geometry.kernel[0] * op.geometry.kernel[1];
  if (op.kind === 'matmul') return op.k * source(0) * source(1) * op.scale;
  if (op.kind === 'layerNorm')
    return op.gamma.reduce((most, g, at) => Math.max(most, Math.abs(g) * op.k + Math.abs(op.beta[at]!)), 0);
  return 0;
}

export function weightedReach(weight: Dense['weight'], bias: Dense['bias'], source: number): number {
  const each = weight.length / bias.length;
  let reach = 0;
  for (let c = 0; c < bias.length; c++) {
    let sum = 0;
    for (let i = 0; i < each; i++) sum += Math.abs(weight[c * each + i]!);
    reach = Math.max(reach, sum * source + Math.abs(bias[c]!));
  }
  return reach;
}

/** Disjoint sets. */
class Groups {
  readonly #parent: number[];
  constructor(count: number) {
    this.#parent = Array.from({ length: count }, (_, id) => id);
  }

  root(id: number): number {
    let at = id;
    while (this.#parent[at] !== at) at = this.#parent[at]!;
    return at;
  }

  join(a: number, b: number): void {
    const [x, y] = [this.root(a), this.root(b)];
    this.#parent[Math.max(x, y)] = Math.min(x, y);
  }

  all(): Map<number, number[]> {
    return Map.groupBy(this.#parent.keys(), (id) => this.root(id));
  }
}
