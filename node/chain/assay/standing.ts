import { type Address, sameAddress } from '../../core/codec/hex.ts';
import type { Standing } from '../../ports/Settlement.ts';
import { jobMarketAbi, parametersAbi, workerRegistryAbi } from '../generated/contracts.ts';
import type { Reading } from './context.ts';

/** Reads what the market asks of new jobs and what `worker`, signing with `hotKey`, can back. */
export async function readStanding(
  { client, addresses }: Reading,
  { worker, hotKey, evaluator }: { readonly worker: Address; readonly hotKey: Address; readonly evaluator: Address },
): Promise<Standing> {
  const registry = { address: addresses.workers, abi: workerRegistryAbi } as const;
  const [rules, registered, keyHolder, freeStakeWei, evaluatorApproved] = await Promise.all([
    client.readContract({ address: addresses.parameters, abi: parametersAbi, functionName: 'jobRules' }),
    client.readContract({ ...registry, functionName: 'isActive', args: [worker] }),
    client.readContract({ ...registry, functionName: 'workerOf', args: [hotKey] }),
    client.readContract({ ...registry, functionName: 'freeStakeOf', args: [worker] }),
    client.readContract({
      address: addresses.market,
      abi: jobMarketAbi,
      functionName: 'isEvaluator',
      args: [evaluator],
    }),
  ]);
  const { claimLockWei, maxFeeWei, maxJobSeconds } = rules;
  return {
    active: registered && sameAddress(keyHolder, worker),
    freeStakeWei,
    claimLockWei,
    maxFeeWei,
    maxJobSeconds,
    evaluatorApproved,
  };
}
