import { BaseError, encodeFunctionData, type PublicClient } from 'viem';
import { type Address, type Digest, sameAddress } from '../../core/codec/hex.ts';
import type { JobState, Settlement } from '../../ports/Settlement.ts';
import { assayTokenAbi, jobCourtAbi, jobMarketAbi, marketLensAbi } from '../generated/contracts.ts';
import { recoverAddress } from '../recoverAddress.ts';
import { ChainUnreachable } from '../rpc/errors.ts';
import type { Reading, Writing } from './context.ts';
import { readStanding } from './standing.ts';
import { transferOf } from './transferOf.ts';

/** Index = `IJobMarket.JobState`. */
const STATES: readonly JobState[] = ['none', 'open', 'funded', 'submitted', 'completed', 'rejected', 'expired'];

type Reads = Pick<
  Settlement,
  'chainTime' | 'balanceOf' | 'authorizationUsed' | 'isSignatureOf' | 'tillOf' | 'jobStates'
>;

/** The part of {@link Settlement} that needs no account. */
export function readSettlement({ client, addresses, finalitySeconds = 0n }: Reading): Reads {
  const token = { address: addresses.token, abi: assayTokenAbi } as const;
  const statesAt = async (jobs: readonly Digest[], blockNumber?: bigint): Promise<JobState[]> => {
    const states = await client.readContract({
      address: addresses.lens,
      abi: marketLensAbi,
      functionName: 'jobStates',
      args: [jobs.map(BigInt)],
      ...(blockNumber === undefined ? {} : { blockNumber }),
    });
    return states.map((state) => STATES[state]!);
  };
  return {
    chainTime: async () => (await client.getBlock({ includeTransactions: false })).timestamp,
    balanceOf: (owner) => client.readContract({ ...token, functionName: 'balanceOf', args: [owner] }),
    authorizationUsed: (owner, nonce) =>
      client.readContract({ ...token, functionName: 'authorizationState', args: [owner, nonce] }),
    isSignatureOf: (signer, digest, signature) => sameAddress(recoverAddress(digest, signature) ?? '', signer),
    tillOf: (worker, versionId) =>
      client.readContract({
        address: addresses.market,
        abi: jobMarketAbi,
        functionName: 'tillOf',
        args: [worker, versionId],
      }),
    jobStates: async (jobs) => {
      if (jobs.length === 0) return [];
      const now = await statesAt(jobs);
      if (finalitySeconds === 0n || !now.some(isEnd)) return now;
      const final = await finalBlock(client, finalitySeconds);
      const then = await statesAt(jobs, final).catch((error: unknown) => {
        // A local chain forgets old state when it starts again, and keeps only what was saved: nothing to wait for.
        if (error instanceof BaseError && error.walk(isUnreachable) === null) return now;
        throw error;
      });
      return now.map((state, i) => (isEnd(state) && !isEnd(then[i]!) ? 'submitted' : state));
    },
  };
}

const isUnreachable = (error: unknown): boolean => error instanceof ChainUnreachable;

/** States that a worker's books close on: reported only when they stay. */
const isEnd = (state: JobState): boolean => state === 'completed' || state === 'rejected' || state === 'expired';

/** The newest block that is `seconds` older than the head: steps back ever further, then halves. */
async function finalBlock(client: PublicClient, seconds: bigint): Promise<bigint> {
  const head = await client.getBlock({ includeTransactions: false });
  const isOld = async (blockNumber: bigint): Promise<boolean> => {
    const { timestamp } = await client.getBlock({ blockNumber, includeTransactions: false });
    return head.timestamp - timestamp >= seconds;
  };
  let young = head.number;
  let old = young;
  for (let step = 1n; old > 0n; step *= 2n) {
    old = young > step ? young - step : 0n;
    if (old === 0n || (await isOld(old))) break;
    young = old;
  }
  while (young - old > 1n) {
    const middle = (young + old) / 2n;
    if (await isOld(middle)) old = middle;
    else young = middle;
  }
  return old;
}

/** Settles a worker's jobs with his hot key. */
export function createSettlement(writing: Writing): Settlement {
  const { client, addresses, send } = writing;
  const reads = readSettlement(writing);
  const market = { address: addresses.market, abi: jobMarketAbi } as const;
  return {
    ...reads,
    standing: (worker, evaluator) => readStanding(writing, { worker, hotKey: writing.account, evaluator }),
    transferOf: (payment) => transferOf(writing, payment),
    openAndSubmit: async (jobs) => {
      const submissions = jobs.map(({ terms, validAfter, validBefore, signature, deliverable }) => ({
        terms,
        authorization: { validAfter, validBefore, signature },
        deliverable,
      }));
      const data = encodeFunctionData({ abi: jobMarketAbi, functionName: 'openAndSubmitBatch', args: [submissions] });
      await send({
        id: `submit ${writing.fresh()}`,
        to: addresses.market,
        data,
        describe: `submit ${jobs.length} jobs`,
      });
    },
    transfer: async ({ from, to, value, validAfter, validBefore, nonce, signature }) => {
      const data = encodeFunctionData({
        abi: assayTokenAbi,
        functionName: 'transferWithAuthorization',
        args: [from, to, value, validAfter, validBefore, nonce, signature],
      });
      const { transactionHash } = await send({
        id: `transfer ${from.toLowerCase()} ${nonce}`,
        to: addresses.token,
        data,
        describe: `settle an x402 payment of ${value} wei`,
      });
      return transactionHash;
    },
    finalizableAt: async (jobs) => {
      if (jobs.length === 0) return [];
      const found = await client.readContract({
        address: addresses.lens,
        abi: marketLensAbi,
        functionName: 'jobs',
        args: [jobs.map(BigInt)],
      });
      return found.map(({ state, submittedAt, challengeWindowSeconds }) =>
        STATES[state] === 'submitted' ? BigInt(submittedAt) + BigInt(challengeWindowSeconds) : 0n,
      );
    },
    finalize: async (jobs) => {
      const evaluator = { address: addresses.jobCourt, abi: jobCourtAbi } as const;
      const due = await Promise.all(
        jobs.map((job) => client.readContract({ ...evaluator, functionName: 'isFinalizable', args: [BigInt(job)] })),
      );
      const ready = jobs.filter((_, i) => due[i]).map(BigInt);
      if (ready.length === 0) return;
      const data = encodeFunctionData({ abi: jobCourtAbi, functionName: 'finalize', args: [ready] });
      await send({
        id: `finalize ${writing.fresh()}`,
        to: addresses.jobCourt,
        data,
        describe: `finalize ${ready.length} jobs`,
      });
    },
    collect: async (worker: Address, versionId: bigint) => {
      const till = await client.readContract({ ...market, functionName: 'tillOf', args: [worker, versionId] });
      if ((await reads.balanceOf(till)) === 0n) return;
      const data = encodeFunctionData({ abi: jobMarketAbi, functionName: 'collect', args: [worker, versionId] });
      await send({
        id: `collect ${writing.fresh()}`,
        to: addresses.market,
        data,
        describe: `collect the till of version ${versionId}`,
      });
    },
  };
}
