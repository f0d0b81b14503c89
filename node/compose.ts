import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Hono } from 'hono';
import { openAccountQueue } from './chain/accountQueue.ts';
import { type Anvil, startAnvil as launchAnvil } from './chain/anvil.ts';
import { createAudits, readAudits } from './chain/assay/audits.ts';
import { createAuthoring } from './chain/assay/authoring.ts';
import { finalitySecondsOf, type Reading, type Writing } from './chain/assay/context.ts';
import { createCourt, readCourt } from './chain/assay/court.ts';
import { createCredits } from './chain/assay/credits.ts';
import { createDirectory } from './chain/assay/directory.ts';
import { createGovernance, readGovernance } from './chain/assay/governance.ts';
import { createRewards, readRewards } from './chain/assay/rewards.ts';
import { createSettlement, readSettlement } from './chain/assay/settlement.ts';
import { createStakes, readStakes } from './chain/assay/stakes.ts';
import { createOffering, createStaking } from './chain/assay/staking.ts';
import { clientOf } from './chain/client.ts';
import type { Allocation } from './chain/deploy.ts';
import { checkDeployment, type Deployment, readDeployment, writeDeployment } from './chain/deployment.ts';
import { type Review, reviewDeployment } from './chain/deploymentReview.ts';
import { requireKey, watchedAccount } from './chain/externalSigner.ts';
import { createKeyring, type Keyring } from './chain/keyring.ts';
import { deployLocally, fundEther } from './chain/localChain.ts';
import {
  completeNetwork,
  deployNetwork,
  type NetworkDeployOptions,
  type NetworkPlan,
  type NetworkRequest,
  planNetwork,
} from './chain/networkDeployment.ts';
import { previewCall } from './chain/preview.ts';
import { type ChainIdentity, Rpc } from './chain/rpc/rpc.ts';
import type { Config } from './config.ts';
import type { Address } from './core/codec/hex.ts';
import type { Quote } from './core/codec/payment.ts';
import type { Sha256 } from './core/codec/sha256.ts';
import { ProtocolError } from './core/errors.ts';
import { createGateway, type Gateway } from './gateway/app.ts';
import { createMetrics } from './gateway/metrics.ts';
import { readOperatorAccess } from './gateway/operatorAccess.ts';
import { ipfsRoutes } from './gateway/routes/ipfs.ts';
import { jobRoutes } from './gateway/routes/jobs.ts';
import { watchWorker } from './gateway/workerMetrics.ts';
import { createLog, nativeSha256, systemClock, systemRandom } from './host.ts';
import { openStore } from './ipfs/store.ts';
import { type BackupManifest, createBackup, type Restored, restoreBackup, verifyBackup } from './journal/backup.ts';
import { SqliteJournal } from './journal/sqliteJournal.ts';
import type { Audits } from './ports/Audits.ts';
import type { Court, CourtView } from './ports/Court.ts';
import type { Directory } from './ports/Directory.ts';
import type { Governance } from './ports/Governance.ts';
import type { Http } from './ports/Http.ts';
import type { Log } from './ports/Log.ts';
import type { Authoring, Credits, Staking } from './ports/Registry.ts';
import type { Rewards, RewardsView } from './ports/Rewards.ts';
import type { Runtime } from './ports/Runtime.ts';
import type { Settlement } from './ports/Settlement.ts';
import type { AccountSigner } from './ports/Signer.ts';
import type { Stakes, StakesView } from './ports/Stakes.ts';
import type { Added, FolderFile, PackedFolder, Store } from './ports/Store.ts';
import type { Passage, TransactionGate } from './ports/Transactions.ts';
import { requireConformance } from './runtime/conformance.ts';
import { createOnnxRuntime } from './runtime/onnxruntime/pool.ts';
import { Auditor, type AuditorOptions } from './service/auditor/auditor.ts';
import { type CanaryPlan, Planter } from './service/auditor/planter.ts';
import { bringArtifact } from './service/auditor/recompute.ts';
import { Challenger, type ChallengerOptions } from './service/challenger.ts';
import { Consumer } from './service/consumer/consumer.ts';
import { Defender } from './service/defender.ts';
import { Programs } from './service/dispute/programs.ts';
import { type InferenceService, type ServedVersion, VersionNotServed } from './service/inference.ts';
import { Answers } from './service/worker/answers.ts';
import { AuditDuty } from './service/worker/auditDuty.ts';
import { Cashier } from './service/worker/cashier.ts';
import { Inputs } from './service/worker/inputs.ts';
import { Settler } from './service/worker/settler.ts';
import { Shelf } from './service/worker/shelf.ts';
import { Versions } from './service/worker/versions.ts';
import { Worker } from './service/worker/worker.ts';

export type { Anvil };

/** Longest time that a worker keeps a payment it has not brought to the chain. */
const LONGEST_JOB_SECONDS = 600;

/** The chain as anyone can read it. */
export interface ChainView {
  readonly reading: Reading;
  readonly rpc: Rpc;
  readonly identity: ChainIdentity;
  readonly directory: Directory;
  /** Block of the deployment: nothing of ours is older. */
  readonly firstBlock: bigint;
  readonly governance: Pick<Governance, 'proposals' | 'proposal' | 'votesOf'>;
  readonly settlement: Pick<Settlement, 'chainTime' | 'balanceOf' | 'jobStates' | 'tillOf'>;
  readonly courtView: CourtView;
  readonly stakesView: StakesView;
  readonly rewardsView: RewardsView;
  readonly auditsView: Pick<Audits, 'chainTime' | 'pool' | 'audit' | 'seat' | 'auditor' | 'job' | 'roundOf'>;
}

/** The chain as one account uses it. */
export interface AccountView extends ChainView {
  readonly address: Address;
  readonly signer: AccountSigner;
  readonly writing: Writing;
  readonly authoring: Authoring;
  readonly governance: Governance;
  readonly credits: Credits;
  readonly audits: Audits;
  readonly court: Court;
  readonly consumer: Consumer;
  readonly stakes: Stakes;
  readonly rewards: Rewards;
  /** Staking with this account as owner and another keystore of this home as hot key. */
  readonly staking: (hotKey: string) => Promise<Staking>;
}

/** What the operator chooses of a new network. */
export type NetworkChoice = Pick<NetworkRequest, 'profile' | 'allocations'>;

/** A worker node with its HTTP face, not yet listening. */
export interface WorkerNode {
  readonly worker: Worker;
  readonly gateway: Gateway;
  readonly owner: Address;
}

/** A planter of canaries with the HTTP face of his worker, not yet listening. */
export interface PlanterNode {
  readonly planter: Planter;
  /** A lazy auditor may challenge the true output in the hope that nobody defends it. */
  readonly defender: Defender;
  readonly gateway: Gateway;
  /** What a canary of a version asks. */
  readonly plan: (versionId: bigint) => Promise<CanaryPlan>;
}

/** What a command may ask of the parts. */
export interface ComposeOptions {
  /** Looks at every transaction of {@link Assay.account} before it is signed. */
  readonly gate?: TransactionGate;
  /** The account is this address, whose key is elsewhere: reading and previews work, signing does not. */
  readonly from?: Address;
}

/** Every part of one home, opened when first asked for, closed together. */
export interface Assay {
  readonly config: Config;
  readonly log: Log;
  readonly sha256: Sha256;
  readonly http: Http;
  readonly keys: Keyring;
  runtime(): Promise<Runtime>;
  store(): Promise<Store>;
  chain(): Promise<ChainView>;
  /** @param name @default the configured account */
  account(name?: string): Promise<AccountView>;
  /** The CID of a file, without keeping it. */
  identify(file: Uint8Array): Promise<Pick<Added, 'cid' | 'sha256'>>;
  /** A folder as UnixFS, without keeping it. */
  packFolder(files: AsyncIterable<FolderFile>): Promise<PackedFolder>;
  /** @throws ConformanceFailed */
  conformance(): Promise<{ readonly cases: number }>;
  worker(): Promise<WorkerNode>;
  /**
   * The player of one auditor, with the configured account as his operator.
   * @param whose @default that account
   */
  auditor(whose?: Address, options?: Pick<AuditorOptions, 'onAlarm'>): Promise<Auditor>;
  /** The configured account pays for canaries; `hotKey` is the keystore of a worker of its own. */
  planter(hotKey: string): Promise<PlanterNode>;
  /** The player of one challenger, with the configured account. */
  challenger(options?: Pick<ChallengerOptions, 'sample'>): Promise<Challenger>;
  /** Programs of registered versions, fetched and proven here. */
  programs(): Promise<Programs>;
  startAnvil(options: {
    readonly home: string;
    readonly port: number;
    readonly allowOrigin?: string | undefined;
  }): Promise<Anvil>;
  /** Keys and journals of this home, in one file. */
  readonly backup: {
    create(out: string): Promise<BackupManifest>;
    verify(file: string): Promise<BackupManifest>;
    restore(file: string, replace: boolean): Promise<Restored>;
  };
  hasDeployment(): Promise<boolean>;
  /** The file that names the contracts. @throws DeploymentMissing, DeploymentMalformed */
  deployment(): Promise<Deployment>;
  deploy(allocations: readonly Allocation[]): Promise<void>;
  /** Deploys to a real network with the configured account and endpoints. */
  readonly network: {
    plan(request: NetworkChoice): Promise<NetworkPlan>;
    /** Writes the deployment file when everything is confirmed. @throws NetworkDeploymentRefused, DeploymentFailed */
    deploy(request: NetworkChoice, options: NetworkDeployOptions & { readonly out: string }): Promise<Deployment>;
    /** Compares the configured deployment with these sources. @throws DeploymentOriginUnknown */
    review(): Promise<Review>;
  };
  fundEther(accounts: readonly Address[]): Promise<void>;
  close(): Promise<void>;
}

/** A worker whose hot key belongs to nobody in the registry. */
export class WorkerNotRegistered extends ProtocolError {
  override readonly code = 'WORKER_NOT_REGISTERED';
}

/** A planter's gateway shows inputs and answers nothing. */
const NOTHING_SERVED: InferenceService = {
  versions: () => [],
  ready: () => true,
  quote: async () => undefined,
  infer: async () => {
    throw new VersionNotServed({
      what: 'This worker answers nothing now',
      why: 'it only plants canaries',
      fix: 'Ask another worker.',
    });
  },
};

/** Wires adapters to services: the only place that knows both. */
export function compose(config: Config, options: ComposeOptions = {}): Assay {
  const log = createLog(config.logLevel);
  const closers: (() => Promise<void> | void)[] = [];
  const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
    const of = keyed<string, T>(make);
    return () => of('');
  };
  const opened = <T>(part: T, close: (part: T) => Promise<void> | void): T => {
    closers.push(() => close(part));
    return part;
  };

  const keys = createKeyring(config);
  const runtime = once(async () => opened(createOnnxRuntime({ log }), (part) => part.close()));
  const openConfiguredStore = async (): Promise<Store> => {
    const { privateProviders, store } = config;
    const folder = join(config.home, 'store');
    if (store.kind === 'embedded') return openStore(folder, { privateProviders });
    // Kubo's client is read by those alone who use it.
    const { openKuboStore } = await import('./ipfs/kuboStore.ts');
    return openKuboStore(folder, { ...store, privateProviders });
  };
  const store = once(async () => opened(await openConfiguredStore(), (part) => part.close()));
  const http: Http = (url, init) => fetch(url, init as RequestInit) as unknown as ReturnType<Http>;

  const chain = once(async (): Promise<ChainView> => {
    const deployment = await readDeployment(config.deployment);
    const chainId = deployment.chainId;
    const identity: ChainIdentity = { chainId, genesisHash: deployment.genesisHash };
    const rpc = new Rpc({ urls: config.rpcUrls, chain: identity, log });
    await rpc.check();
    await checkDeployment(rpc, deployment);
    const client = clientOf(rpc, chainId);
    const { addresses } = deployment;
    const finalitySeconds = finalitySecondsOf(chainId);
    const reading: Reading = { client, addresses, chainId: BigInt(chainId), finalitySeconds };
    return {
      reading,
      rpc,
      identity,
      directory: createDirectory(reading),
      firstBlock: deployment.block,
      governance: readGovernance(reading),
      settlement: readSettlement(reading),
      courtView: readCourt(reading),
      stakesView: readStakes(reading),
      rewardsView: readRewards(reading, deployment.block),
      auditsView: readAudits(reading),
    };
  });

  const openAccount = async (name: string): Promise<AccountView> => {
    const view = await chain();
    const signer =
      options.from === undefined || name !== config.account ? await keys.signer(name) : watchedAccount(options.from);
    let passage: Passage = {};
    // Opened by the first transaction: paying by signature and reading need no queue, and the file has one user at a time.
    const queue = once(async () => {
      const journal = opened(SqliteJournal.open(join(config.home, 'accounts', `${name}.sqlite`)), (part) =>
        part.close(),
      );
      const { rpc, identity: chain, reading } = view;
      const cap = passage.maxFeePerGasWei;
      const limits = cap === undefined ? {} : { maxFeePerGas: cap };
      return opened(openAccountQueue({ rpc, client: reading.client, signer, journal, log, chain, ...limits }), (part) =>
        part.close(),
      );
    });
    const writing: Writing = {
      ...view.reading,
      account: signer.address,
      send: async (call) => {
        const { rpc, reading } = view;
        if (options.gate !== undefined)
          passage = await options.gate(await previewCall({ rpc, ...reading }, signer.address, call));
        return (await queue()).send(call);
      },
      fresh: () => randomUUID(),
    };
    const { addresses, chainId } = view.reading;
    return {
      ...view,
      address: signer.address,
      signer,
      writing,
      authoring: createAuthoring(writing),
      governance: createGovernance(writing),
      credits: createCredits(writing),
      audits: createAudits(writing),
      court: createCourt(writing),
      stakes: createStakes(writing),
      rewards: createRewards(writing, view.firstBlock),
      consumer: new Consumer({
        directory: view.directory,
        settlement: view.settlement,
        signer,
        addresses: { chainId, token: addresses.token, market: addresses.market, evaluator: addresses.jobCourt },
        http,
        random: systemRandom,
        sha256: nativeSha256,
      }),
      staking: async (hotKey) => createStaking(writing, signer, await keys.open(hotKey)),
    };
  };

  const accountOf = keyed(openAccount);
  const account = (name = config.account): Promise<AccountView> => accountOf(name);

  const worker = async (): Promise<WorkerNode> => {
    const view = await account();
    const owner = await ownerOf(view);
    const { addresses, chainId } = view.reading;
    const settlement = createSettlement(view.writing);
    const journal = opened(SqliteJournal.open(join(config.home, 'journal.sqlite')), (part) => part.close());
    // Refuses to serve on a machine whose integers are not everybody's (architecture D2).
    const conformance = await requireConformance(await runtime());
    log.info('conformance vector passed', { cases: conformance.cases, runtimeClass: conformance.runtimeClass });
    const { feeWei, maxExposureWei, processes, memoryMiB, maxInFlight, maxRows, maxStoreMiB, maxVersions } =
      config.worker;
    const cashier = new Cashier({
      journal,
      settlement,
      clock: systemClock,
      chainId,
      worker: owner,
      evaluator: addresses.jobCourt,
      maxExposureWei: BigInt(maxExposureWei),
    });
    const versions = new Versions({
      directory: view.directory,
      offering: createOffering(view.writing),
      store: await store(),
      runtime: await runtime(),
      journal,
      sha256: nativeSha256,
      clock: systemClock,
      log,
      worker: owner,
      feeWei: BigInt(feeWei),
      load: { processes, memoryBytes: memoryMiB * 2 ** 20 },
      maxVersions,
    });
    const tillOf = keyed((versionId: bigint) => settlement.tillOf(owner, versionId));
    const quote = async ({ versionId, feeWei: price }: ServedVersion): Promise<Quote> => ({
      chainId,
      token: addresses.token,
      market: addresses.market,
      till: await tillOf(versionId),
      evaluator: addresses.jobCourt,
      worker: owner,
      versionId,
      feeWei: price,
      maxJobSeconds: Math.min(LONGEST_JOB_SECONDS, Number((await cashier.standing()).maxJobSeconds)),
    });
    const domain = { chainId, verifyingContract: addresses.market };
    const inputs = new Inputs({ journal, clock: systemClock, maxBytes: maxStoreMiB * 2 ** 20 });
    const answers = new Answers({
      versions,
      cashier,
      settlement,
      signer: requireKey(view.signer, 'a hot key signs every answer of its worker'),
      clock: systemClock,
      sha256: nativeSha256,
      worker: owner,
      domain,
      maxRows,
      inputs,
      quote,
    });
    const settler = new Settler({ cashier, settlement, clock: systemClock, log });
    const shelf = new Shelf({
      store: await store(),
      directory: view.directory,
      governance: view.governance,
      serving: () => versions.all().map(({ served }) => served.cid),
      maxBytes: maxStoreMiB * 2 ** 20,
      log,
    });
    const routes: Hono[] = [
      ipfsRoutes({
        store: await store(),
        mayUpload: (cid) => shelf.allowance(cid),
      }),
      jobRoutes({ inputOf: (jobId) => inputs.json(jobId) }),
    ];
    const metrics = config.worker.metrics ? createMetrics() : undefined;
    if (metrics !== undefined)
      watchWorker(metrics, {
        versions: () => versions.all().length,
        jobs: () => ({ served: cashier.jobs('served').length, submitted: cashier.jobs('submitted').length }),
        exposureWei: () => cashier.exposureWei,
        maxExposureWei: BigInt(maxExposureWei),
        gasWei: () => view.reading.client.getBalance({ address: view.address }),
      });
    const { metricsTokenFile } = config.worker;
    const operator = metricsTokenFile === '' ? {} : await readOperatorAccess(resolve(config.home, metricsTokenFile));
    const gateway = createGateway({
      inference: answers,
      log,
      info: {
        name: 'assay',
        version: '0.1.0',
        details: {
          worker: owner,
          chainId: String(chainId),
          market: addresses.market,
          token: addresses.token,
          runtime: (await runtime()).runtimeClass,
          startedAt: String(Math.floor(systemClock.now() / 1000)),
        },
      },
      limits: { maxInFlight },
      routes,
      ...(metrics === undefined ? {} : { metrics, operator }),
    });
    return {
      owner,
      gateway,
      worker: new Worker({
        answers,
        versions,
        settler,
        settlement,
        auditDuty: new AuditDuty({ audits: view.audits, journal, inputs, log }),
        defender: new Defender({
          court: view.court,
          programs: await programs(),
          inputs,
          journal,
          clock: systemClock,
          log,
          worker: owner,
          firstBlock: view.firstBlock,
        }),
        worker: owner,
        clock: systemClock,
        log,
      }),
    };
  };

  const requestOf = async (choice: NetworkChoice): Promise<NetworkRequest> => ({
    ...choice,
    rpcUrls: config.rpcUrls,
    deployer: await keys.open(config.account),
    progressFile: join(config.home, 'deployment.begun.json'),
    log,
  });
  const network: Assay['network'] = {
    plan: async (choice) => planNetwork(await requestOf(choice)),
    deploy: async (choice, { out, ...options }) => {
      const request = await requestOf(choice);
      const deployment = await deployNetwork(request, options);
      await writeDeployment(out, deployment);
      await completeNetwork(request);
      return deployment;
    },
    review: async () => {
      const deployment = await readDeployment(config.deployment);
      const identity: ChainIdentity = { chainId: deployment.chainId, genesisHash: deployment.genesisHash };
      const rpc = new Rpc({ urls: config.rpcUrls, chain: identity, log });
      await rpc.check();
      return reviewDeployment(clientOf(rpc, deployment.chainId), deployment, log);
    },
  };

  const programs = once(
    async () => new Programs({ directory: (await chain()).directory, store: await store(), sha256: nativeSha256 }),
  );

  const challenger = async (options: Pick<ChallengerOptions, 'sample'> = {}): Promise<Challenger> => {
    const view = await account();
    const { chainId, addresses } = view.reading;
    const journal = opened(SqliteJournal.open(join(config.home, 'challenger.sqlite')), (part) => part.close());
    return new Challenger({
      court: view.court,
      jobs: view.audits,
      directory: view.directory,
      programs: await programs(),
      http,
      journal,
      clock: systemClock,
      sha256: nativeSha256,
      log,
      domain: { chainId, verifyingContract: addresses.market },
      ...options,
    });
  };

  const auditor: Assay['auditor'] = async (whose, options = {}) => {
    const view = await account();
    const journal = opened(SqliteJournal.open(join(config.home, `auditor-${config.account}.sqlite`)), (part) =>
      part.close(),
    );
    // A machine whose integers are not everybody's would lose its bond to canaries.
    await requireConformance(await runtime());
    return new Auditor({
      audits: view.audits,
      directory: view.directory,
      store: await store(),
      runtime: await runtime(),
      http,
      journal,
      clock: systemClock,
      random: systemRandom,
      sha256: nativeSha256,
      log,
      auditor: whose ?? view.address,
      ...options,
    });
  };

  const planter = async (hotKey: string): Promise<PlanterNode> => {
    const [payer, hot] = await Promise.all([account(), account(hotKey)]);
    const { addresses, chainId } = hot.reading;
    const journal = opened(SqliteJournal.open(join(config.home, `planter-${config.account}.sqlite`)), (part) =>
      part.close(),
    );
    const part = new Planter({
      audits: hot.audits,
      settlement: createSettlement(hot.writing),
      journal,
      random: systemRandom,
      sha256: nativeSha256,
      log,
      client: requireKey(payer.signer, 'a planter signs without asking'),
      hotKey: requireKey(hot.signer, 'a planter signs without asking'),
      worker: await ownerOf(hot),
      chainId,
      market: addresses.market,
      token: addresses.token,
      evaluator: addresses.jobCourt,
    });
    const gateway = createGateway({
      inference: NOTHING_SERVED,
      log,
      info: { name: 'assay', version: '0.1.0', details: {} },
      routes: [jobRoutes({ inputOf: (jobId) => part.json(jobId) })],
    });
    const defender = new Defender({
      court: hot.court,
      programs: await programs(),
      inputs: part,
      journal,
      clock: systemClock,
      log,
      worker: await ownerOf(hot),
      firstBlock: hot.firstBlock,
    });
    return {
      planter: part,
      defender,
      gateway,
      plan: async (versionId) => {
        const { directory } = hot;
        const { program, programRoot } = await bringArtifact(versionId, {
          directory,
          store: await store(),
          sha256: nativeSha256,
        });
        const feeWei = BigInt(config.worker.feeWei);
        return { program, programRoot, versionId, feeWei, jobSeconds: BigInt(LONGEST_JOB_SECONDS) };
      },
    };
  };

  return {
    config,
    log,
    sha256: nativeSha256,
    http,
    keys,
    runtime,
    store,
    chain,
    account,
    network,
    backup: {
      create: (out) => createBackup(config.home, out, systemClock.now()),
      verify: (file) => verifyBackup(file, tmpdir()),
      restore: (file, replace) => restoreBackup(file, config.home, replace),
    },
    conformance: async () => requireConformance(await runtime()),
    worker,
    auditor,
    planter,
    challenger,
    programs,
    identify: async (file) => identify(file),
    packFolder: async (files) => (await import('./ipfs/packFolder.ts')).packFolder(files),
    startAnvil: async ({ home, port, allowOrigin }) => {
      await mkdir(join(home, 'anvil'), { recursive: true });
      const stateFile = join(home, 'anvil', 'state.json');
      const origin = allowOrigin === undefined ? {} : { allowOrigin };
      return launchAnvil({ port, stateFile, heartbeatMs: 1000, accounts: 0, log, ...origin });
    },
    deployment: () => readDeployment(config.deployment),
    hasDeployment: async () =>
      existsSync(config.deployment) &&
      (await chain().then(
        () => true,
        (error: unknown) => isOtherChain(error),
      )),
    deploy: async (allocations) => {
      const deployment = await deployLocally(config.rpcUrls, await keys.open(config.account), allocations);
      await writeDeployment(config.deployment, deployment);
    },
    fundEther: (list) => fundEther(config.rpcUrls, list),
    close: async () => {
      for (const close of closers.reverse()) await close();
      closers.length = 0;
    },
  };
}

/** One value per key, made when first asked for. A failure is not kept: the next call tries again. */
function keyed<K, T>(make: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const made = new Map<K, Promise<T>>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const making = make(key);
    made.set(key, making);
    making.catch(() => made.delete(key));
    return making;
  };
}

/** A deployment file of a chain that was reset is replaced; any other failure is the caller's to see. */
function isOtherChain(error: unknown): false {
  if (error instanceof ProtocolError && ['GENESIS_MISMATCH', 'DEPLOYMENT_MISMATCH'].includes(error.code)) return false;
  throw error;
}

async function ownerOf({ reading, address }: AccountView): Promise<Address> {
  const { workerRegistryAbi } = await import('./chain/generated/contracts.ts');
  const owner = await reading.client.readContract({
    address: reading.addresses.workers,
    abi: workerRegistryAbi,
    functionName: 'workerOf',
    args: [address],
  });
  if (!/^0x0+$/.test(owner)) return owner;
  throw new WorkerNotRegistered({
    what: 'This worker is not registered',
    why: `the hot key ${address} belongs to no worker in the registry`,
    fix: 'Register it with the owner account: `assay worker init`.',
    meta: { hotKey: address },
  });
}

async function identify(file: Uint8Array): Promise<Pick<Added, 'cid' | 'sha256'>> {
  const { mkdtemp, rm } = await import('node:fs/promises');
  const { tmpdir } = await import('node:os');
  const folder = await mkdtemp(join(tmpdir(), 'assay-cid-'));
  const store = await openStore(folder);
  try {
    const { cid, sha256 } = await store.add(file);
    return { cid, sha256 };
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}
