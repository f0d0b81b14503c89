import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Anvil, type Assay, compose } from '../../compose.ts';
import { type Config, loadConfig } from '../../config.ts';
import { type Address, sameAddress } from '../../core/codec/hex.ts';
import { ProtocolError } from '../../core/errors.ts';
import { EXIT, type Printer } from '../print.ts';
import { type Pages, siteOrigin, startPages } from './pages.ts';
import { Supervised } from './supervised.ts';

export interface NetworkOptions {
  readonly home: string;
  /** The chain listens here, worker i at port + i, then the index and the dApp. */
  readonly port: number;
  readonly workers: number;
  /** Forget everything and start over. */
  readonly reset: boolean;
  /** Neither index nor dApp. */
  readonly headless: boolean;
  readonly print: Printer;
  readonly signal: AbortSignal;
}

export interface LocalWorker {
  readonly name: string;
  readonly owner: Address;
  readonly endpoint: string;
  readonly home: string;
  readonly process: Supervised;
}

/** A whole network on this machine: one chain, its contracts, accounts with money, workers in processes of their own. */
export interface LocalNetwork {
  readonly rpcUrl: string;
  readonly home: string;
  /** True when the state of an earlier start was continued. */
  readonly continued: boolean;
  readonly workers: readonly LocalWorker[];
  /** Index and dApp: building them may take a minute at the first start, and the network works meanwhile. */
  pages(): Promise<Pages | undefined>;
  /** Parts of the network's home, acting as the named account. */
  readonly as: (account: string) => Assay;
  /** Lets go of the accounts, so that other processes can use them. */
  release(): Promise<void>;
  /** Ends every process; state stays on disk. */
  stop(): Promise<void>;
}

export class NetworkRunning extends ProtocolError {
  override readonly code = 'NETWORK_RUNNING';
}

export class NetworkNotReady extends ProtocolError {
  override readonly code = 'NETWORK_NOT_READY';
  override readonly retryable = true;
}

/** A worker that refused to run: waiting does not help. */
export class WorkerDidNotStart extends ProtocolError {
  override readonly code = 'WORKER_DID_NOT_START';
}

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const PEOPLE = ['author', 'voter-1', 'voter-2', 'consumer'];
const TOKEN = 10n ** 18n;
/** Tokens at the start. The voters hold what a quorum needs; the consumer what a day of inferences costs. */
const ALLOCATIONS: Readonly<Record<string, bigint>> = {
  author: 10_000_000n * TOKEN,
  'voter-1': 60_000_000n * TOKEN,
  'voter-2': 40_000_000n * TOKEN,
  consumer: 100_000n * TOKEN,
};
const WORKER_TOKENS = 20_000n * TOKEN;
const WORKER_STAKE = 10_000n * TOKEN;
const READY_MS = 30_000;

/** Starts, or continues, the local network in `home`. @throws {NetworkRunning} PortInUse and what its parts throw */
export async function startNetwork(options: NetworkOptions): Promise<LocalNetwork> {
  const { home, print, reset } = options;
  await lock(home);
  const parts = new Map<string, Assay>();
  const started: { anvil?: Anvil; workers: Supervised[]; pages?: Promise<Pages> } = { workers: [] };
  const release = async (): Promise<void> => {
    await Promise.all([...parts.values()].map((part) => part.close()));
    parts.clear();
  };
  const over = new AbortController();
  const stop = async (): Promise<void> => {
    over.abort();
    const pages = await started.pages?.catch(() => undefined);
    await Promise.all([pages?.stop(), ...started.workers.map((worker) => worker.stop())]);
    await release();
    await started.anvil?.stop();
    await rm(join(home, 'network.lock'), { force: true });
  };
  try {
    if (reset) await clear(home);
    const rpcUrl = `http://127.0.0.1:${options.port}`;
    await seedHome(home, rpcUrl);
    const as = (account: string): Assay => {
      const part = parts.get(account) ?? compose(configOf(home, { account }));
      parts.set(account, part);
      return part;
    };
    const admin = as('author');
    const sitePort = options.port + options.workers + 2;
    const allowOrigin = options.headless ? undefined : siteOrigin(sitePort);
    print.step('starting the chain');
    started.anvil = await admin.startAnvil({ home, port: options.port, allowOrigin });
    const names = Array.from({ length: options.workers }, (_, i) => `worker-${i + 1}`);
    const continued = await prepareChain(admin, as, { ...options, names, rpcUrl });
    const endpoints = names.map((_, i) => endpointOf(options.port, i));
    if (!options.headless) {
      started.pages = startPages({
        home,
        rpcUrl,
        deploymentFile: join(home, 'deployment.json'),
        deployment: await admin.deployment(),
        gateways: endpoints,
        indexPort: sitePort - 1,
        sitePort,
        print,
        signal: AbortSignal.any([options.signal, over.signal]),
      });
      // Who asks for the pages hears of it; until then it must not end the process.
      started.pages.catch(() => undefined);
    }
    print.step(`starting ${names.length === 1 ? 'one worker' : `${names.length} workers`}`);
    const workers = names.map((name, i) => startWorker(options, name, i, (process) => started.workers.push(process)));
    await allLive(workers, options.signal);
    print.done(`${workers.length} workers answer at ${workers.map(({ endpoint }) => endpoint).join(', ')}`);
    const owners = await Promise.all(names.map((name) => admin.keys.addressOf(name)));
    return {
      rpcUrl,
      home,
      continued,
      pages: async () => started.pages,
      as,
      release,
      stop,
      workers: workers.map((worker, i) => ({ ...worker, owner: owners[i]! })),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const endpointOf = (port: number, worker: number): string => `http://127.0.0.1:${port + worker + 1}`;

const configOf = (home: string, flags: { account?: string }): Config =>
  loadConfig({ home, logLevel: 'warn', ...flags }, {}).config;

/** One network per home: the lock names the process that has it. @throws {NetworkRunning} */
async function lock(home: string): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const path = join(home, 'network.lock');
  for (;;) {
    try {
      // Made whole elsewhere and linked: of two starts at the same time one gets the name.
      const draft = `${path}.${process.pid}`;
      await writeFile(draft, String(process.pid));
      await link(draft, path).finally(() => rm(draft));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    if (holder > 0 && holder !== process.pid && isAlive(holder)) {
      throw new NetworkRunning({
        what: 'A local network is already running here',
        why: `process ${holder} holds ${path}`,
        fix: 'Use it from another terminal (`assay infer digits --row 7`), stop it with Ctrl-C, or choose another folder with --home.',
        meta: { pid: holder },
      });
    }
    await rm(path, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function clear(home: string): Promise<void> {
  for (const name of [
    'keys',
    'accounts',
    'anvil',
    'workers',
    'store',
    'index',
    'deployment.json',
    'password',
    'config.json',
    'report.json',
  ]) {
    await rm(join(home, name), { recursive: true, force: true });
  }
}

async function seedHome(home: string, rpcUrl: string): Promise<void> {
  await writeFile(
    join(home, 'config.json'),
    `${JSON.stringify({ rpcUrls: [rpcUrl], account: 'consumer', privateProviders: true }, null, 2)}\n`,
  );
}

interface Prepare extends NetworkOptions {
  readonly names: readonly string[];
  readonly rpcUrl: string;
}

/** Keys, contracts and registrations: only what is missing. Returns true when the contracts were already there. */
async function prepareChain(
  admin: Assay,
  as: (account: string) => Assay,
  { home, print, names, port, rpcUrl }: Prepare,
): Promise<boolean> {
  await admin.keys.ensurePassword();
  const hot = names.map((name) => `${name}-hot`);
  const addresses = new Map<string, Address>();
  for (const name of [...PEOPLE, ...names, ...hot]) addresses.set(name, await admin.keys.ensure(name, { light: true }));
  const continued = await admin.hasDeployment();
  if (!continued) {
    print.step('deploying the contracts');
    await rm(join(home, 'accounts'), { recursive: true, force: true });
    await rm(join(home, 'workers'), { recursive: true, force: true });
    await admin.fundEther([...addresses.values()]);
    const allocations = [...PEOPLE, ...names].map((name) => ({
      recipient: addresses.get(name)!,
      amountWei: ALLOCATIONS[name] ?? WORKER_TOKENS,
    }));
    await admin.deploy(allocations);
    for (const name of PEOPLE) await (await as(name).account()).governance.delegate(addresses.get(name)!);
  }
  const registered = await (await admin.chain()).directory.workers();
  for (const [i, name] of names.entries()) {
    await seedWorker({ home, name, hotName: hot[i]!, port: port + i + 1, rpcUrl });
    const endpoint = endpointOf(port, i);
    const known = registered.find(({ worker }) => sameAddress(worker, addresses.get(name)!));
    if (known?.endpoint === endpoint) continue;
    const staking = await (await as(name).account()).staking(hot[i]!);
    // The network was started on other ports before.
    if (known !== undefined) await staking.setEndpoint(endpoint);
    else {
      print.step(`${name} stakes and registers`);
      await staking.register(addresses.get(hot[i]!)!, endpoint, WORKER_STAKE);
    }
  }
  return continued;
}

/** A worker's home holds his hot key alone: the owner's key stays with the owner. */
async function seedWorker({
  home,
  name,
  hotName,
  port,
  rpcUrl,
}: {
  home: string;
  name: string;
  hotName: string;
  port: number;
  rpcUrl: string;
}): Promise<void> {
  const folder = join(home, 'workers', name);
  await mkdir(join(folder, 'keys'), { recursive: true, mode: 0o700 });
  for (const [from, to] of [
    [join('keys', `${hotName}.json`), join('keys', 'hot.json')],
    ['password', 'password'],
    ['deployment.json', 'deployment.json'],
  ] as const) {
    await writeFile(join(folder, to), await readFile(join(home, from)), { mode: 0o600 });
  }
  await writeFile(
    join(folder, 'config.json'),
    `${JSON.stringify({ rpcUrls: [rpcUrl], account: 'hot', privateProviders: true, worker: { port } }, null, 2)}\n`,
  );
}

function startWorker(
  { home, port, print }: NetworkOptions,
  name: string,
  index: number,
  onStart: (process: Supervised) => void,
): Omit<LocalWorker, 'owner'> {
  const folder = join(home, 'workers', name);
  const process_ = new Supervised({
    name,
    args: [MAIN, 'worker', 'run', '--home', folder],
    logFile: join(folder, 'worker.log'),
    onCrash: (who, how) => print.warn(`${who} ended (${how}); starting it again, see ${join(folder, 'worker.log')}`),
  });
  process_.start();
  onStart(process_);
  return { name, endpoint: endpointOf(port, index), home: folder, process: process_ };
}

type Starting = Pick<LocalWorker, 'name' | 'endpoint' | 'home'> & { readonly process: Pick<Supervised, 'lastExit'> };

/** Until every worker answers; the first that never will ends the wait for the others. */
async function allLive(workers: readonly Starting[], signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  try {
    await Promise.all(workers.map((worker) => waitUntilLive(worker, either)));
  } finally {
    over.abort();
  }
}

/** Resolves when the worker answers. @throws {WorkerDidNotStart} {@link NetworkNotReady} */
export async function waitUntilLive(
  { name, endpoint, home, process: child }: Starting,
  signal: AbortSignal,
  readyMs = READY_MS,
): Promise<void> {
  const logFile = join(home, 'worker.log');
  const end = performance.now() + readyMs;
  while (performance.now() < end) {
    signal.throwIfAborted();
    const live = await fetch(`${endpoint}/v2/health/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (live && child.lastExit === undefined) return;
    if (child.lastExit === EXIT.refused) {
      throw new WorkerDidNotStart({
        what: `${name} does not start`,
        why: await lastWords(logFile),
        fix: `Do what the reason says; \`--port\` chooses other ports. The whole log is ${logFile}.`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new NetworkNotReady({
    what: `The worker at ${endpoint} does not answer`,
    why: `nothing after ${readyMs / 1000} s; its log ends: ${await lastWords(logFile)}`,
    fix: `See ${logFile}.`,
  });
}

/** What a worker said last: a failure is what, why, fix and code. */
async function lastWords(logFile: string): Promise<string> {
  const log = await readFile(logFile, 'utf8').catch(() => 'no log');
  return log.trimEnd().split('\n').slice(-4).join(' | ').slice(0, 1000);
}
