import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Assay, compose } from '../../node/compose.ts';
import { loadConfig } from '../../node/config.ts';
import { type CliOptions, type CliResult, runCli, startCli } from './cli.ts';
import { freePorts, removeFolder, temporaryFolder } from './network.ts';

/** Where the parts of a running `npm start` are; what ASSAY_STACK names is a file with this in JSON. */
export interface StackAddresses {
  readonly site: string;
  readonly rpc: string;
  readonly subgraph: string;
  readonly gateways: readonly string[];
  readonly home: string;
}

/** The whole thing as people have it after `npm start`: chain, workers, the main job's results, index and dApp. */
export interface Stack extends StackAddresses {
  /** True when this test file shares the network with others: it must not stop its parts or travel far in time. */
  readonly shared: boolean;
  /** A command of the network's home, with `--json`. */
  cli(args: readonly string[], options?: CliOptions): Promise<CliResult>;
  /** Parts of the home inside this process, e.g. `as('voter-1')`; release an account before another process uses it. */
  as(account: string): Assay;
  release(account: string): Promise<void>;
  close(): Promise<void>;
}

const WORKERS = 3;
const READY_MS = 420_000;

/** The stack that ASSAY_STACK names, or one of its own on free ports and in a temporary home. */
export async function openStack(): Promise<Stack> {
  const given = process.env['ASSAY_STACK'];
  if (given !== undefined) return attach(JSON.parse(readFileSync(given, 'utf8')) as StackAddresses, true);
  const { addresses, stop } = await startStack();
  return attach(addresses, false, stop);
}

export interface StartedStack {
  readonly addresses: StackAddresses;
  stop(): Promise<void>;
}

/** `npm start`, without opening a browser. */
export async function startStack(): Promise<StartedStack> {
  const home = await temporaryFolder('stack');
  const port = await freePorts(WORKERS + 3);
  const start = startCli(['start', '--no-open', '--home', home, '--port', String(port), '--workers', String(WORKERS)]);
  const stop = async (): Promise<void> => {
    start.process.kill('SIGTERM');
    await start.ended;
    await removeFolder(home);
  };
  try {
    await start.saw(/The network stays up[\s\S]*Ctrl-C/, READY_MS);
  } catch (error) {
    await stop();
    throw new Error(`npm start did not come up:\n${start.stderr()}\n${start.stdout()}`, { cause: error });
  }
  const at = (offset: number): string => `http://127.0.0.1:${port + offset}`;
  const addresses = {
    site: at(WORKERS + 2),
    rpc: at(0),
    subgraph: `${at(WORKERS + 1)}/subgraphs/name/assay`,
    gateways: Array.from({ length: WORKERS }, (_, i) => at(i + 1)),
    home,
  };
  return { addresses, stop };
}

function attach(addresses: StackAddresses, shared: boolean, stop?: () => Promise<void>): Stack {
  const { home } = addresses;
  const parts = new Map<string, Assay>();
  const release = async (account: string): Promise<void> => {
    await parts.get(account)?.close();
    parts.delete(account);
  };
  return {
    ...addresses,
    shared,
    cli: (args, options) => runCli([...args, '--json', '--home', home], options),
    as: (account) => {
      const part = parts.get(account) ?? compose(loadConfig({ home, account, logLevel: 'silent' }, {}).config);
      parts.set(account, part);
      return part;
    },
    release,
    close: async () => {
      for (const account of [...parts.keys()]) await release(account);
      await stop?.();
    },
  };
}

/** Contract addresses of the stack's network. */
export const contractsOf = ({ home }: StackAddresses): Readonly<Record<string, `0x${string}`>> =>
  (JSON.parse(readFileSync(join(home, 'deployment.json'), 'utf8')) as { addresses: Record<string, `0x${string}`> })
    .addresses;
