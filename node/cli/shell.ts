import { constants } from 'node:os';
import type { Command } from 'commander';
import type { Assay } from '../compose.ts';
import { type Flags, type Loaded, loadConfig } from '../config.ts';
import { requireKnownFormat } from './home.ts';
import { Interrupted, Printer } from './print.ts';
import { gateOf } from './transactions.ts';

/** What every command gets: a printer, the checked settings, and the parts, each opened when first asked for. */
export interface Shell {
  readonly print: Printer;
  readonly loaded: Loaded;
  readonly assay: Assay;
  /** Aborted by SIGINT, SIGTERM and SIGHUP: long work ends at the next safe point. */
  readonly signal: AbortSignal;
}

/** Flags that every command takes. */
interface GlobalFlags {
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  home?: string;
  rpc?: string[];
  deployment?: string;
  account?: string;
  passwordFile?: string;
  logLevel?: string;
}

export function addGlobalFlags(program: Command): void {
  program
    .option('--json', 'print one JSON object on standard output, nothing else')
    .option('--quiet', 'no progress on standard error')
    .option('--verbose', 'print the cause chain of a failure')
    .option('--home <folder>', 'where this node keeps keys, journal and blocks (ASSAY_HOME)')
    .option('--rpc <url...>', 'Ethereum JSON-RPC endpoints, best first (ASSAY_RPC_URLS)')
    .option('--deployment <file>', 'addresses of the contracts (ASSAY_DEPLOYMENT)')
    .option('--account <name>', 'keystore that signs (ASSAY_ACCOUNT)')
    .option('--password-file <file>', 'file whose first line opens the keystore (ASSAY_PASSWORD_FILE)')
    .option('--log-level <level>', 'debug, info, warn, error or silent (ASSAY_LOG_LEVEL)');
}

const rootOf = (command: Command): Command => (command.parent === null ? command : rootOf(command.parent));

/** A closed terminal (SIGHUP) ends a command like Ctrl-C does. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A terminal sends Ctrl-C to npm and to us, and npm hands it on: what comes within this time is one wish. */
const ONE_WISH_MS = 2000;

/** The first signal asks for an orderly end; one that comes later wants it at once. Returns what takes the handlers off. */
function abortOnSignals(abort: AbortController): () => void {
  let askedAt: number | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (askedAt !== undefined && now - askedAt > ONE_WISH_MS) process.exit(128 + (constants.signals[signal] ?? 0));
    askedAt ??= now;
    abort.abort(new Interrupted(signal));
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  return () => {
    for (const signal of SIGNALS) process.off(signal, stop);
  };
}

let exitCode = 0;
/** Sets the process's exit code; the first failure wins. */
export function exitWith(code: number): void {
  if (exitCode === 0) exitCode = code;
  process.exitCode = exitCode;
}

/** What a command gets that needs no parts: it works also when the settings are broken. */
export interface BareShell {
  readonly print: Printer;
  /** What the global flags say; paths as they were given. */
  readonly flags: Readonly<Flags>;
  readonly signal: AbortSignal;
}

/** Runs a body without settings and parts; prints a failure as {@link run} does. */
export async function runBare(command: Command, body: (shell: BareShell) => Promise<number>): Promise<void> {
  const { json, quiet, verbose, ...flags } = rootOf(command).opts<GlobalFlags>();
  const print = new Printer({ json: json ?? false, quiet: quiet ?? false, verbose: verbose ?? false });
  const abort = new AbortController();
  const release = abortOnSignals(abort);
  try {
    exitWith(await body({ print, flags, signal: abort.signal }));
  } catch (error) {
    exitWith(print.failure(abort.signal.aborted ? abort.signal.reason : error));
  } finally {
    release();
  }
}

/**
 * Runs a command's body: opens the shell, prints a failure as what / why / fix, closes every part, sets the exit code.
 * `extra` are settings that the command's own flags give.
 */
export async function run(
  command: Command,
  body: (shell: Shell) => Promise<number | undefined>,
  extra: {
    readonly home?: string;
    readonly worker?: Readonly<Record<string, unknown>>;
    readonly quietLog?: boolean;
  } = {},
): Promise<void> {
  // A command's own flags may have the names of settings: only the global ones are settings.
  const { json, quiet, verbose, ...flags } = rootOf(command).opts<GlobalFlags>();
  const print = new Printer({ json: json ?? false, quiet: quiet ?? false, verbose: verbose ?? false });
  const abort = new AbortController();
  const release = abortOnSignals(abort);
  const gate = gateOf(command, print);
  let assay: Assay | undefined;
  try {
    const loaded = loadConfig({
      ...flags,
      ...(extra.home === undefined ? {} : { home: extra.home }),
      ...(extra.worker === undefined ? {} : { worker: extra.worker }),
    });
    await requireKnownFormat(loaded.config.home);
    const quietLog = extra.quietLog !== false && loaded.origins['logLevel'] === 'default';
    // Half of the start-up time is spent on reading the parts: help and wrong usage do without.
    const { compose } = await import('../compose.ts');
    assay = compose(quietLog ? { ...loaded.config, logLevel: 'warn' } : loaded.config, {
      ...(gate === undefined ? {} : { gate: gate.gate }),
      ...(gate?.from === undefined ? {} : { from: gate.from }),
    });
    exitWith((await body({ print, loaded, assay, signal: abort.signal })) ?? 0);
  } catch (error) {
    const shown = await gate?.finish(error);
    if (shown !== undefined) return exitWith(shown);
    // Work that is cut short fails in many ways; all of them say the same.
    exitWith(print.failure(abort.signal.aborted ? abort.signal.reason : error));
  } finally {
    await assay?.close().catch((error: unknown) => print.warn(`closing failed: ${String(error)}`));
    release();
  }
}
