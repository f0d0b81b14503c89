import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Assay, compose } from '../../node/compose.ts';
import { loadConfig } from '../../node/config.ts';
import type { Address } from '../../node/core/codec/hex.ts';
import { type CliOptions, type CliProcess, type CliResult, runCli, startCli } from './cli.ts';

export interface NetworkWorker {
  readonly name: string;
  readonly owner: Address;
  readonly endpoint: string;
  readonly pid: number;
}

/** A local network of real processes, started by `assay dev` in a folder and ports of its own. */
export interface TestNetwork {
  readonly home: string;
  readonly port: number;
  readonly rpcUrl: string;
  readonly workers: readonly NetworkWorker[];
  /** Of a network with pages. */
  readonly siteUrl?: string;
  readonly subgraphUrl?: string;
  readonly process: CliProcess;
  /** A command of the same home, with `--json`. */
  cli(args: readonly string[], options?: CliOptions): Promise<CliResult>;
  /** Parts of the home inside this process. Closed by {@link stop}. */
  as(account: string): Assay;
  /** Lets go of an account, so that other processes may use it. */
  release(account: string): Promise<void>;
  /** Folder of worker `i` (0-based). */
  workerHome(i: number): string;
  /** SIGTERM, and the end of the process. */
  stop(): Promise<CliResult>;
}

export const temporaryFolder = (name: string): Promise<string> => mkdtemp(join(tmpdir(), `assay-test-${name}-`));

/** First of `count` consecutive loopback ports that are free now; the range stays below the ephemeral ports. */
export async function freePorts(count: number): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const first = 18_600 + 8 * Math.floor(Math.random() * 48);
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(first + i)));
    if (free.every(Boolean)) return first;
  }
  throw new Error('no free ports between 18600 and 18999');
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)));
  });

export interface TestNetworkOptions {
  readonly home?: string;
  readonly port?: number;
  readonly workers?: number;
  readonly args?: readonly string[];
  /** With index and dApp. @default false */
  readonly pages?: boolean;
}

export async function startNetwork(options: TestNetworkOptions = {}): Promise<TestNetwork> {
  const count = options.workers ?? 3;
  const home = options.home ?? (await temporaryFolder('network'));
  const port = options.port ?? (await freePorts(count + (options.pages === true ? 3 : 1)));
  const dev = startCli([
    ...['dev', '--json', '--home', home, '--port', String(port), '--workers', String(count)],
    ...(options.pages === true ? [] : ['--headless']),
    ...(options.args ?? []),
  ]);
  await dev.saw(/^\{.*\}\n/, 120_000);
  const ready = JSON.parse(dev.stdout()) as Pick<TestNetwork, 'rpcUrl' | 'workers' | 'siteUrl' | 'subgraphUrl'>;
  const parts = new Map<string, Assay>();
  return {
    home,
    port,
    process: dev,
    ...ready,
    cli: (args, cli) => runCli([...args, '--json', '--home', home], cli),
    as: (account) => {
      const part = parts.get(account) ?? compose(loadConfig({ home, account, logLevel: 'silent' }, {}).config);
      parts.set(account, part);
      return part;
    },
    release: async (account) => {
      await parts.get(account)?.close();
      parts.delete(account);
    },
    workerHome: (i) => join(home, 'workers', `worker-${i + 1}`),
    stop: async () => {
      await Promise.all([...parts.values()].map((part) => part.close()));
      dev.process.kill('SIGTERM');
      return dev.ended;
    },
  };
}

/** Removes a folder of {@link temporaryFolder}, unless the test run failed and somebody wants to look. */
export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });
