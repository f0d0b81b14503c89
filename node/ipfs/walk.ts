import type { CID } from 'multiformats/cid';
import type { Tally } from './budget.ts';
import { linksOf } from './dagNode.ts';

export interface Place {
  readonly cid: CID;
  /** Links between this block and the root by the path on which it was met first. */
  readonly depth: number;
}

export interface Step extends Place {
  /** Undefined when `load` did not have it. */
  readonly block: Uint8Array | undefined;
}

/** Gives the verified bytes of a block, or undefined when there are none. */
export type Load = (cid: CID) => Promise<Uint8Array | undefined>;

/**
 * Visits a DAG depth first, parents before children, each CID once: the order `dfs` with `dups=n` of the trustless
 * gateway. The stack holds at most depth x width places, whatever the DAG.
 * @throws {StoreBudgetExceeded} {@link StoreDagRefused}
 */
export async function* walkDag(start: Place, load: Load, tally: Tally, children = linksOf): AsyncGenerator<Step> {
  const stack: Place[] = [start];
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    const { cid, depth } = place;
    if (tally.has(cid)) continue;
    tally.enter(cid, depth);
    const block = await load(cid);
    tally.count(block?.length ?? 0);
    yield { cid, depth, block };
    if (block === undefined) continue;
    const links = children(cid, block);
    for (let i = links.length - 1; i >= 0; i--) stack.push({ cid: links[i]!, depth: depth + 1 });
  }
}
