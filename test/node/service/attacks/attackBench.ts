import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Abi, encodeFunctionData, type Hex } from 'viem';
import {
  assayTokenAbi,
  jobMarketAbi,
  parametersAbi,
  workerRegistryAbi,
} from '../../../../node/chain/generated/contracts.ts';
import type { Address, Digest } from '../../../../node/core/codec/hex.ts';
import type { EscrowPayment } from '../../../../node/core/codec/payment.ts';
import { tensorCommitment } from '../../../../node/core/merkle/tensorCommitment.ts';
import type { Tensor } from '../../../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256, systemClock } from '../../../../node/host.ts';
import { openStore } from '../../../../node/ipfs/store.ts';
import { SqliteJournal } from '../../../../node/journal/sqliteJournal.ts';
import type { Clock } from '../../../../node/ports/Clock.ts';
import type { Journal } from '../../../../node/ports/Journal.ts';
import type { Settlement } from '../../../../node/ports/Settlement.ts';
import type { Store } from '../../../../node/ports/Store.ts';
import { createReferenceRuntime } from '../../../../node/runtime/reference.ts';
import { Answers } from '../../../../node/service/worker/answers.ts';
import { Cashier, type CashierOptions, type JobRow } from '../../../../node/service/worker/cashier.ts';
import { Settler } from '../../../../node/service/worker/settler.ts';
import { Versions } from '../../../../node/service/worker/versions.ts';
import { memoryLog } from '../../../helpers/anvilRpc.ts';
import { exactArtifact } from '../../../helpers/exactArtifact.ts';
import { type Market, startMarket } from '../../../helpers/market.ts';
import { randomInput } from '../../../helpers/randomProgram.ts';
import { Seeded } from '../../../helpers/seeded.ts';

export const FEE = 10n ** 15n;
export const TOKEN = 10n ** 18n;

/** A smart account that signs everything it is asked about off chain, and burns its gas in a transaction (K15). */
export const TURNCOAT: Hex = '0x620f42405a11600d575b6009565b631626ba7e60e01b60005260206000f3';

/** One life of a worker: its books, its settler, its answers, on the real contracts. */
export interface Life {
  readonly cashier: Cashier;
  readonly settler: Settler;
  readonly answers: Answers;
  readonly journal: Journal;
  readonly lines: readonly string[];
  /** Of the version that is served. */
  readonly inputName: string;
  /** Lets back-offs pass. */
  advance(ms: number): void;
  rows(): readonly JobRow[];
  infer(payment: Record<string, unknown>): ReturnType<Answers['infer']>;
}

export interface Battlefield extends Market {
  /** The version that `Life.answers` serves, and an input of two rows for it. */
  readonly served: { readonly versionId: bigint; readonly input: Tensor; readonly inputRoot: Digest; till: Address };
  life(options?: { journal?: Journal; settlement?: Settlement } & Partial<CashierOptions>): Promise<Life>;
  /** An escrow payment for {@link Battlefield.served}. */
  ask(over?: Parameters<Market['escrow']>[0]): Promise<EscrowPayment>;
  /** Sends a call in anybody's name. */
  as(from: Address, to: Address, data: Hex): Promise<void>;
  /** The client puts the job and the money on chain himself, with `createJob` and `fund`. */
  fundBy(payment: EscrowPayment): Promise<void>;
  /** Anybody opens the job with the client's signature. */
  openBy(from: Address, payment: EscrowPayment): Promise<void>;
  /** A vote that passed: the timelock calls `Parameters.set`. */
  setParameter(key: number, value: bigint): Promise<void>;
  approveEvaluator(approved: boolean): Promise<void>;
  gasSpentBy(account: Address): Promise<bigint>;
}

export const PARAMETER = { minStake: 0, maxJobSeconds: 3, claimLock: 4, maxFee: 5 } as const;

function movableClock(): Clock & { advance(ms: number): void } {
  let ahead = 0;
  return {
    ...systemClock,
    monotonic: () => performance.now() + ahead,
    advance: (ms) => {
      ahead += ms;
    },
  };
}

export async function openBattlefield(): Promise<Battlefield> {
  const market = await startMarket();
  const folder = mkdtempSync(join(tmpdir(), 'assay-attack-'));
  const store: Store = await openStore(folder);
  const artifact = exactArtifact(21);
  const input = randomInput(new Seeded(22), artifact.program, 2);
  const inputRoot = tensorCommitment(input, { sha256 });
  const { cid } = await store.add(artifact.bytes);
  const { modelId, versionId } = await market.publish('model', { cid, ...artifact.claim });
  await market.setLive(modelId, versionId);
  const { addresses } = market.deployment;
  const worker = market.people.owner.address;
  const till = await market.settlement.tillOf(worker, versionId);

  const as: Battlefield['as'] = async (from, to, data) => {
    await market.chain.impersonateAccount({ address: from });
    await market.chain.setBalance({ address: from, value: 1000n * TOKEN });
    const hash = await market.chain.sendUnsignedTransaction({ from, to, data });
    const { status } = await market.client.waitForTransactionReceipt({ hash });
    await market.chain.stopImpersonatingAccount({ address: from });
    assert.equal(status, 'success', `a call in the name of ${from}`);
  };
  const call = (abi: Abi, functionName: string, args: readonly unknown[]): Hex =>
    encodeFunctionData({ abi, functionName, args } as never);

  const life: Battlefield['life'] = async ({ journal = SqliteJournal.open(':memory:'), settlement, ...over } = {}) => {
    const clock = movableClock();
    const log = memoryLog();
    const money = settlement ?? market.settlement;
    const cashier = new Cashier({
      journal,
      settlement: money,
      clock,
      chainId: 31337n,
      worker,
      evaluator: addresses.jobCourt,
      maxExposureWei: 10n ** 18n,
      ...over,
    });
    const settler = new Settler({ cashier, settlement: money, clock, log });
    const versions = new Versions({
      directory: market.directory,
      offering: market.offering,
      store,
      runtime: createReferenceRuntime(),
      journal,
      sha256,
      clock,
      log,
      worker,
      feeWei: FEE,
      load: {},
    });
    await versions.sync();
    const answers = new Answers({
      versions,
      cashier,
      settlement: money,
      signer: market.people.hot,
      clock,
      sha256,
      worker,
      domain: { chainId: 31337n, verifyingContract: addresses.market },
      quote: async ({ versionId: id, feeWei }) => market.quote({ versionId: id, till, feeWei }),
    });
    answers.open();
    return {
      cashier,
      settler,
      answers,
      journal,
      lines: log.lines,
      inputName: artifact.program.input.name,
      advance: (ms) => clock.advance(ms),
      rows: () => [...journal.table<JobRow>('jobs').entries()].map(([, row]) => row),
      infer: (payment) =>
        answers.infer({ model: 'model', versionId, inputs: new Map([[artifact.program.input.name, input]]), payment }),
    };
  };

  return {
    ...market,
    served: { versionId, input, inputRoot, till },
    life,
    as,
    ask: (over = {}) => market.escrow({ versionId, inputRoot, ...over }),
    fundBy: async ({ terms }) => {
      await as(terms.client, addresses.market, call(jobMarketAbi, 'createJob', [terms, `0x${'00'.repeat(20)}`]));
      await as(terms.client, addresses.token, call(assayTokenAbi, 'approve', [addresses.market, terms.feeWei]));
      const jobId = await market.client.readContract({
        address: addresses.market,
        abi: jobMarketAbi,
        functionName: 'jobIdOf',
        args: [terms],
      });
      await as(terms.client, addresses.market, call(jobMarketAbi, 'fund', [jobId, terms.feeWei]));
    },
    openBy: async (from, { terms, validAfter, validBefore, signature }) =>
      as(from, addresses.market, call(jobMarketAbi, 'openJob', [terms, { validAfter, validBefore, signature }])),
    setParameter: async (key, value) =>
      as(addresses.timelock, addresses.parameters, call(parametersAbi, 'set', [key, value])),
    approveEvaluator: async (approved) =>
      as(addresses.timelock, addresses.market, call(jobMarketAbi, 'setEvaluator', [addresses.jobCourt, approved])),
    gasSpentBy: async (account) => {
      const head = await market.client.getBlockNumber({ cacheTime: 0 });
      let gas = 0n;
      for (let number = 0n; number <= head; number++) {
        const { transactions } = await market.client.getBlock({ blockNumber: number, includeTransactions: true });
        for (const { from, hash } of transactions)
          if (from.toLowerCase() === account.toLowerCase())
            gas += (await market.client.getTransactionReceipt({ hash })).gasUsed;
      }
      return gas;
    },
    stop: async () => {
      await store.close();
      await market.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const callOfRegistry = (functionName: string, args: readonly unknown[]): Hex =>
  encodeFunctionData({ abi: workerRegistryAbi, functionName, args } as never);
