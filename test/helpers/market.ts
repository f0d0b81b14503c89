import { randomBytes, randomUUID } from 'node:crypto';
import { type Chain, encodeFunctionData, type HttpTransport, type PublicClient, type TestClient } from 'viem';
import { openAccountQueue } from '../../node/chain/accountQueue.ts';
import { createAuthoring } from '../../node/chain/assay/authoring.ts';
import type { Reading, Writing } from '../../node/chain/assay/context.ts';
import { createCredits } from '../../node/chain/assay/credits.ts';
import { createDirectory } from '../../node/chain/assay/directory.ts';
import { createSettlement } from '../../node/chain/assay/settlement.ts';
import { createOffering, createStaking } from '../../node/chain/assay/staking.ts';
import { type Deployment, deploy } from '../../node/chain/deploy.ts';
import { assayTokenAbi, modelRegistryAbi } from '../../node/chain/generated/contracts.ts';
import { PROFILES } from '../../node/chain/profiles.ts';
import { Rpc } from '../../node/chain/rpc/rpc.ts';
import { type Address, type Digest, toHex } from '../../node/core/codec/hex.ts';
import { authorizationDigest, type JobTerms, jobIdOf } from '../../node/core/codec/job.ts';
import {
  ESCROW_SCHEME,
  type EscrowPayment,
  EXACT_SCHEME,
  type ExactPayment,
  escrowPayload,
  type Quote,
} from '../../node/core/codec/payment.ts';
import { type Receipt, receiptDigest, type SignedReceipt } from '../../node/core/codec/receipt.ts';
import { systemClock } from '../../node/host.ts';
import { SqliteJournal } from '../../node/journal/sqliteJournal.ts';
import type { Clock } from '../../node/ports/Clock.ts';
import type { Directory, Offering } from '../../node/ports/Directory.ts';
import type { Journal } from '../../node/ports/Journal.ts';
import type { Authoring, Credits, VersionInput } from '../../node/ports/Registry.ts';
import type { Settlement } from '../../node/ports/Settlement.ts';
import type { Signer } from '../../node/ports/Signer.ts';
import { ELECTORATE, publicClientOf, startAnvil, testClientOf, walletClientOf } from './anvil.ts';
import { memoryLog } from './anvilRpc.ts';
import { testSigner } from './testSigner.ts';

const TOKEN = 10n ** 18n;
const FEE = 10n ** 15n;
/** Of the contracts here: long enough to see jobs in it. */
export const WINDOW_SECONDS = 30n;
const bytes32 = (byte: string): Digest => `0x${byte.repeat(32)}` as Digest;
export const INPUT_ROOT = bytes32('1e');

type PayOverrides = Partial<Omit<JobTerms, 'salt'>> & {
  readonly signer?: Signer;
  readonly salt?: Digest;
  readonly validAfter?: bigint;
  readonly validBefore?: bigint;
};

/** A chain with the real contracts, one staked worker, one published version, and clients with money. */
export interface Market {
  readonly url: string;
  readonly client: PublicClient<HttpTransport, Chain>;
  readonly chain: TestClient<'anvil', HttpTransport, Chain>;
  readonly deployment: Deployment;
  readonly reading: Reading;
  readonly rpc: Rpc;
  readonly people: Readonly<Record<'author' | 'owner' | 'hot' | 'client' | 'other' | 'poor', Signer>>;
  readonly directory: Directory;
  readonly versionId: bigint;
  readonly till: Address;
  /** Settlement, offers and credits of the worker's hot key, and of others. */
  readonly settlement: Settlement;
  readonly offering: Offering;
  readonly authoring: Authoring;
  creditsOf(signer: Signer): Credits;
  quote(over?: Partial<Quote>): Quote;
  /** The same account on another RPC URL or with another journal: a process of its own. */
  writing(signer: Signer, options?: { readonly rpc?: Rpc; readonly journal?: Journal }): Writing;
  chainTime(): Promise<bigint>;
  /** Mines a block `seconds` later. */
  pass(seconds: number): Promise<void>;
  /** Of a machine on which {@link pass} takes its seconds too, so that retries keep step with windows of the chain. */
  readonly clock: Pick<Clock, 'monotonic'>;
  escrow(over?: PayOverrides): Promise<EscrowPayment>;
  exact(over?: Partial<ExactPayment> & { readonly signer?: Signer }): Promise<ExactPayment>;
  /** What arrives in the PAYMENT-SIGNATURE header. */
  header(payment: EscrowPayment | ExactPayment): Record<string, unknown>;
  receipt(jobId: Digest, over?: Partial<Receipt>): SignedReceipt;
  deliverable(receipt: SignedReceipt): Digest;
  transfer(from: Signer, to: Address, wei: bigint): Promise<void>;
  /** Registers a version of a model of its own, as a stranger may. */
  publish(slug: string, version: Partial<VersionInput>): Promise<{ modelId: bigint; versionId: bigint }>;
  /** What a vote would do, without the days: 0n retires. */
  setLive(modelId: bigint, versionId: bigint): Promise<void>;
  stop(): Promise<void>;
}

export async function startMarket(): Promise<Market> {
  const anvil = await startAnvil();
  const { url } = anvil;
  const client = publicClientOf(url);
  const chain = testClientOf(url);
  const names = ['author', 'owner', 'hot', 'client', 'other', 'poor'] as const;
  const people = Object.fromEntries(names.map((name) => [name, testSigner(`market ${name}`)])) as Market['people'];
  for (const { address } of Object.values(people)) await chain.setBalance({ address, value: 1000n * TOKEN });
  const funded = ['author', 'owner', 'client', 'other'] as const;
  const deployment = await deploy({
    publicClient: client,
    walletClient: walletClientOf(url),
    profile: { ...PROFILES.dev, challengeWindow: Number(WINDOW_SECONDS) },
    allocations: [
      ELECTORATE,
      ...funded.map((name) => ({ recipient: people[name].address, amountWei: 100_000n * TOKEN })),
    ],
  });
  const { addresses } = deployment;
  const reading: Reading = { client: client as never, addresses, chainId: 31337n };
  const rpc = new Rpc({ urls: [url] });
  const closers: (() => Promise<void> | void)[] = [];
  const writing: Market['writing'] = (signer, options = {}) => {
    const journal = options.journal ?? SqliteJournal.open(':memory:');
    const line = options.rpc ?? rpc;
    const queue = openAccountQueue({
      rpc: line,
      client: client as never,
      chain: { chainId: 31337 },
      signer,
      journal,
      log: memoryLog(),
    });
    closers.push(() => queue.close());
    return { ...reading, account: signer.address, send: (call) => queue.send(call), fresh: () => randomUUID() };
  };
  const hot = writing(people.hot);
  const owner = writing(people.owner);
  await createStaking(owner, people.owner, people.hot).register(
    people.hot.address,
    'http://127.0.0.1:9',
    10_000n * TOKEN,
  );
  const authoring = createAuthoring(writing(people.author));
  const cid = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy';
  const modelId = await authoring.registerModel('digits', cid);
  const version: VersionInput = {
    cid,
    sha256: bytes32('01'),
    programRoot: bytes32('02'),
    sizeBytes: 1000,
    licence: 'MIT',
    cardCid: cid,
    parents: [],
  };
  const versionId = await authoring.publishVersion(modelId, version);
  const settlement = createSettlement(hot);
  const till = await settlement.tillOf(people.owner.address, versionId);
  const tokenDomain = { chainId: 31337n, token: addresses.token };
  const domain = { chainId: 31337n, verifyingContract: addresses.market };
  const chainTime = async (): Promise<bigint> => (await client.getBlock()).timestamp;
  const quote: Market['quote'] = (over = {}) => ({
    chainId: 31337n,
    token: addresses.token,
    market: addresses.market,
    till,
    evaluator: addresses.jobCourt,
    worker: people.owner.address,
    versionId,
    feeWei: FEE,
    maxJobSeconds: 600,
    ...over,
  });
  let passedMs = 0;
  return {
    url,
    client,
    chain,
    deployment,
    reading,
    rpc,
    people,
    directory: createDirectory(reading),
    versionId,
    till,
    settlement,
    offering: createOffering(hot),
    authoring,
    creditsOf: (signer) => createCredits(writing(signer)),
    quote,
    writing,
    chainTime,
    pass: async (seconds) => {
      await chain.increaseTime({ seconds });
      await chain.mine({ blocks: 1 });
      passedMs += seconds * 1000;
    },
    clock: { monotonic: () => systemClock.monotonic() + passedMs },
    escrow: async (over = {}) => {
      const { signer = people.client, salt, validAfter = 0n, validBefore, ...rest } = over;
      const terms: JobTerms = {
        client: signer.address,
        worker: people.owner.address,
        versionId,
        inputRoot: INPUT_ROOT,
        feeWei: FEE,
        expiresAt: (await chainTime()) + 300n,
        evaluator: addresses.jobCourt,
        salt: salt ?? (toHex(randomBytes(32)) as Digest),
        ...rest,
      };
      const until = validBefore ?? terms.expiresAt;
      const nonce = jobIdOf(terms, 31337n, addresses.market);
      const authorization = {
        from: terms.client,
        to: addresses.market,
        value: terms.feeWei,
        validAfter,
        validBefore: until,
        nonce,
      };
      const signature = signer.signDigest(authorizationDigest('Receive', authorization, tokenDomain));
      return { scheme: ESCROW_SCHEME, terms, validAfter, validBefore: until, signature };
    },
    exact: async ({ signer = people.client, ...over } = {}) => {
      const unsigned = {
        from: signer.address,
        to: till,
        value: FEE,
        validAfter: 0n,
        validBefore: (await chainTime()) + 120n,
        nonce: toHex(randomBytes(32)) as Digest,
        ...over,
      };
      const signature = over.signature ?? signer.signDigest(authorizationDigest('Transfer', unsigned, tokenDomain));
      return { scheme: EXACT_SCHEME, ...unsigned, signature };
    },
    header: (payment) => {
      if (payment.scheme === ESCROW_SCHEME) return { ...escrowPayload(payment, 31337n) };
      const { signature, scheme, ...authorization } = payment;
      return {
        x402Version: 2,
        accepted: { scheme, network: 'eip155:31337' },
        payload: {
          signature,
          authorization: Object.fromEntries(Object.entries(authorization).map(([key, value]) => [key, String(value)])),
        },
      };
    },
    receipt: (jobId, over = {}) => {
      const receipt: Receipt = {
        jobId,
        versionId,
        programRoot: version.programRoot,
        inputRoot: INPUT_ROOT,
        outputRoot: bytes32('0e'),
        worker: people.owner.address,
        issuedAt: 1_700_000_000n,
        ...over,
      };
      return { receipt, domain, signature: people.hot.signDigest(receiptDigest(receipt, domain)) };
    },
    deliverable: ({ receipt }) => toHex(receiptDigest(receipt, domain)) as Digest,
    transfer: async (from, to, wei) => {
      const data = encodeFunctionData({ abi: assayTokenAbi, functionName: 'transfer', args: [to, wei] });
      await writing(from).send({ id: randomUUID(), to: addresses.token, data, describe: 'transfer' });
    },
    publish: async (slug, over) => {
      const known = (await createDirectory(reading).models()).find((model) => model.slug === slug);
      const id = known?.modelId ?? (await authoring.registerModel(slug, cid));
      return { modelId: id, versionId: await authoring.publishVersion(id, { ...version, ...over }) };
    },
    setLive: async (model, live) => {
      const from = addresses.timelock;
      await chain.impersonateAccount({ address: from });
      await chain.setBalance({ address: from, value: TOKEN });
      const data =
        live === 0n
          ? encodeFunctionData({ abi: modelRegistryAbi, functionName: 'retire', args: [model] })
          : encodeFunctionData({ abi: modelRegistryAbi, functionName: 'setLive', args: [model, live] });
      const hash = await chain.sendUnsignedTransaction({ from, to: addresses.models, data });
      const { status } = await client.waitForTransactionReceipt({ hash });
      if (status !== 'success') throw new Error(`setLive(${model}, ${live}) reverted`);
      await chain.stopImpersonatingAccount({ address: from });
    },
    stop: async () => {
      for (const close of closers) await close();
      await anvil.stop();
    },
  };
}
