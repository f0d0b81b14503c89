import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../config.ts';
import type { Address } from '../../core/codec/hex.ts';
import { ProtocolError } from '../../core/errors.ts';
import { createSite, listenSite, type SiteConfig, type SiteServer } from '../../gateway/site.ts';
import type { Printer } from '../print.ts';
import { Supervised } from './supervised.ts';

/** What people see of a local network: the index and the dApp. */
export interface Pages {
  readonly siteUrl: string;
  readonly subgraphUrl: string;
  readonly index: Supervised;
  /** Resolves when the index shows what the chain holds now. @throws {PagesNotReady} */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

export interface PagesOptions {
  readonly home: string;
  readonly rpcUrl: string;
  readonly deploymentFile: string;
  readonly deployment: {
    readonly chainId: number;
    readonly block: bigint;
    readonly addresses: Readonly<Record<string, Address>>;
  };
  readonly gateways: readonly string[];
  readonly indexPort: number;
  readonly sitePort: number;
  readonly print: Printer;
  readonly signal: AbortSignal;
}

/** A part of what people see could not be built or does not start. */
export class PagesNotReady extends ProtocolError {
  override readonly code = 'PAGES_NOT_READY';
}

const HOST = '127.0.0.1';
const READY_MS = 60_000;
/** The export of web/build.ts, and what subgraph/build.ts makes for one network. */
const SITE = join(PACKAGE_ROOT, 'web', 'out');
const MANIFEST = 'subgraph.yaml';

export const siteOrigin = (port: number): string => `http://${HOST}:${port}`;

/** Builds what is stale, then starts index and dApp. @throws {PagesNotReady} GatewayPortInUse */
export async function startPages(options: PagesOptions): Promise<Pages> {
  const { home, print } = options;
  const folder = join(home, 'index');
  await mkdir(folder, { recursive: true });
  await buildBoth(options, folder);
  const subgraphUrl = `http://${HOST}:${options.indexPort}/subgraphs/name/assay`;
  const healthUrl = `http://${HOST}:${options.indexPort}/health`;
  const log = join(folder, 'index.log');
  const index = new Supervised({
    name: 'the index',
    args: [
      ...[join(PACKAGE_ROOT, 'subgraph', 'runner', 'main.ts'), '--rpc', options.rpcUrl, '--host', HOST],
      ...['--manifest', join(folder, MANIFEST), '--db', join(folder, 'index.sqlite'), '--port', `${options.indexPort}`],
    ],
    logFile: log,
    onCrash: (who, how) => print.warn(`${who} ended (${how}); starting it again, see ${log}`),
  });
  index.start();
  let site: SiteServer | undefined;
  const stop = async (): Promise<void> => {
    await Promise.all([index.stop(), site?.close()]);
  };
  try {
    await healthUntil(healthUrl, log, options.signal, () => true);
    site = await listenSite(
      createSite({ folder: SITE, config: configOf(options, subgraphUrl) }),
      options.sitePort,
      HOST,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  const caughtUp = (): Promise<void> => healthUntil(healthUrl, log, options.signal, ({ behind }) => behind === 0);
  return { siteUrl: site.url, subgraphUrl, index, caughtUp, stop };
}

const configOf = ({ deployment, rpcUrl, gateways }: PagesOptions, subgraphUrl: string): SiteConfig => ({
  chainId: deployment.chainId,
  chainName: 'Local network',
  rpcUrls: [rpcUrl],
  subgraphUrl,
  gateways,
  contracts: deployment.addresses,
  deploymentBlock: String(deployment.block),
  local: true,
});

/** Both at once; when one fails the other is not waited for. */
async function buildBoth(options: PagesOptions, folder: string): Promise<void> {
  const over = new AbortController();
  const given = { ...options, signal: AbortSignal.any([options.signal, over.signal]) };
  const builds = [
    script(given, 'the index', ['subgraph/build.ts', '--deployment', options.deploymentFile, '--out', folder]),
    script(given, 'the dApp', ['web/build.ts', '--out', SITE]),
  ];
  try {
    await Promise.all(builds);
  } finally {
    over.abort();
    await Promise.allSettled(builds);
  }
}

/** Runs one of the repository's build scripts; both are quick when nothing changed. */
async function script({ home, signal }: PagesOptions, what: string, [path, ...args]: string[]): Promise<void> {
  const logFile = join(home, 'index', `${path!.split('/')[0]}-build.log`);
  const log = openSync(logFile, 'w', 0o600);
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(process.execPath, [join(PACKAGE_ROOT, path!), ...args], {
      stdio: ['ignore', log, log],
      signal,
      killSignal: 'SIGTERM',
    });
    child.once('error', reject);
    child.once('exit', resolve);
  }).finally(() => closeSync(log));
  if (code !== 0)
    throw new PagesNotReady({
      what: `${what[0]!.toUpperCase()}${what.slice(1)} could not be built`,
      why: `${path} ended with exit code ${code}`,
      fix: `Read ${logFile}. The network itself starts without index and dApp with --headless.`,
    });
}

interface Health {
  readonly behind: number;
}

async function healthUntil(
  url: string,
  logFile: string,
  signal: AbortSignal,
  isEnough: (health: Health) => boolean,
): Promise<void> {
  const end = performance.now() + READY_MS;
  while (performance.now() < end) {
    signal.throwIfAborted();
    const health = await fetch(url).then(
      async (response) => (await response.json()) as Health,
      () => undefined,
    );
    if (health !== undefined && isEnough(health)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new PagesNotReady({
    what: 'The index does not keep up',
    why: `${url} gave no such answer within ${READY_MS / 1000} s`,
    fix: `Read ${logFile}. The network itself starts without index and dApp with --headless.`,
  });
}
