import type { CID } from 'multiformats/cid';
import type { Budget } from '../ports/Store.ts';
import { carLimit, Tally } from './budget.ts';
import { CarSource } from './carSource.ts';
import { StoreCarMalformed } from './errors.ts';
import type { Staging } from './staging.ts';
import { walkDag } from './walk.ts';

/**
 * Reads the DAG of `root` out of a CAR: every block must be one that an earlier block links to, in depth-first order.
 * @throws {StoreCarMalformed} {@link StoreDagRefused} {@link StoreBudgetExceeded}
 */
export async function readCar(
  root: CID,
  source: AsyncIterable<Uint8Array>,
  budget: Budget,
  staging: Staging,
): Promise<void> {
  const car = new CarSource(source, carLimit(budget));
  const tally = new Tally(root, budget);
  try {
    const roots = await car.roots();
    if (roots.length !== 1 || !roots[0]!.equals(root))
      throw new StoreCarMalformed(`its roots are [${roots.map(String).join(', ').slice(0, 200)}] instead of [${root}]`);
    const load = (cid: CID): Promise<Uint8Array> => car.take(cid, tally);
    for await (const { cid, block } of walkDag({ cid: root, depth: 0 }, load, tally)) await staging.put(cid, block!);
    await car.end(tally);
  } finally {
    await car.close();
  }
}
