import { type Abi, encodeFunctionData, parseEventLogs, zeroAddress } from 'viem';
import { type Address, fromHex, type Hex } from '../../core/codec/hex.ts';
import type { StakePosition, Stakes, StakesView } from '../../ports/Stakes.ts';
import { assayTokenAbi, workerRegistryAbi } from '../generated/contracts.ts';
import type { Reading, Writing } from './context.ts';

/** Stake and keys of workers, read from the registry. */
export function readStakes({ client, addresses }: Reading): StakesView {
  const registry = { address: addresses.workers, abi: workerRegistryAbi } as const;
  return {
    position: async (worker): Promise<StakePosition | undefined> => {
      const [record, freeWei, active] = await Promise.all([
        client.readContract({ ...registry, functionName: 'getWorker', args: [worker] }),
        client.readContract({ ...registry, functionName: 'freeStakeOf', args: [worker] }),
        client.readContract({ ...registry, functionName: 'isActive', args: [worker] }),
      ]);
      if (record.registeredAt === 0n) return undefined;
      const { hotKey, endpoint, registeredAt, stakeWei, lockedWei, thawingWei, thawEndsAt } = record;
      return {
        worker,
        hotKey,
        endpoint,
        registeredAt,
        stakeWei,
        lockedWei,
        freeWei,
        thawingWei,
        thawEndsAt: thawingWei === 0n ? 0n : thawEndsAt,
        active,
      };
    },
    workerOf: async (account) => {
      const worker = await client.readContract({ ...registry, functionName: 'workerOf', args: [account] });
      return worker === zeroAddress ? undefined : worker;
    },
  };
}

/** Stake of the writing account. */
export function createStakes(writing: Writing): Stakes {
  const { client, addresses, account, send, fresh } = writing;
  const view = readStakes(writing);
  const act = (describe: string, to: Address, abi: Abi, functionName: string, args: readonly unknown[]) =>
    send({
      id: `${functionName} ${account} ${fresh()}`,
      to,
      data: encodeFunctionData({ abi, functionName, args }),
      describe,
    });
  const registry = (describe: string, functionName: string, ...args: readonly unknown[]) =>
    act(describe, addresses.workers, workerRegistryAbi as Abi, functionName, args);
  return {
    ...view,
    add: async (amountWei) => {
      // ERC-1363: one transaction, and no allowance stays behind.
      const args = [addresses.workers, amountWei, '0x'];
      await act('add stake', addresses.token, assayTokenAbi as Abi, 'approveAndCall', args);
    },
    requestUnstake: async (amountWei) => void (await registry('ask for stake back', 'requestUnstake', amountWei)),
    withdraw: async () => {
      const { logs } = await registry('withdraw thawed stake', 'withdraw');
      return parseEventLogs({ abi: workerRegistryAbi, eventName: 'StakeWithdrawn', logs }).reduce(
        (sum, { args }) => sum + args.amountWei,
        0n,
      );
    },
    setHotKey: async ({ address, consent }) => {
      const digest = await client.readContract({
        address: addresses.workers,
        abi: workerRegistryAbi,
        functionName: 'hotKeyConsentDigest',
        args: [account],
      });
      await registry('replace the hot key', 'setHotKey', address, consent(fromHex(digest, 32)) as Hex);
    },
    setEndpoint: async (endpoint) => void (await registry('change the endpoint', 'setEndpoint', endpoint)),
  };
}
