import type { WorkerRecord } from '../ports/Directory.ts';
import { isEndpoint } from './parse.ts';

/** As many as the dApp reads (web/lib/config.ts). */
const MOST = 64;

/**
 * Workers that a site names when nobody chose: those with the most stake. The registry takes any text for an endpoint, and
 * one that is no address must not keep the site from all the others.
 */
export function publicGateways(workers: readonly WorkerRecord[]): readonly string[] {
  const usable = workers.filter(({ active, endpoint }) => active && isEndpoint(endpoint));
  const byStake = usable.sort((a, b) => (a.stakeWei === b.stakeWei ? 0 : a.stakeWei > b.stakeWei ? -1 : 1));
  return [...new Set(byStake.map(({ endpoint }) => endpoint))].slice(0, MOST);
}
