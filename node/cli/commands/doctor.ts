import { statfs } from 'node:fs/promises';
import { availableParallelism, freemem } from 'node:os';
import type { Command } from 'commander';
import { ProtocolError } from '../../core/errors.ts';
import { FLOAT_RULES } from '../../core/exact/compiler/network.ts';
import { OPS } from '../../core/ops/table.ts';
import { EXIT, formatTokens, type Printer } from '../print.ts';
import { run, type Shell } from '../shell.ts';

interface Check {
  readonly name: string;
  readonly state: 'ok' | 'failed' | 'skipped';
  readonly found: string;
  /** What to do when it failed. */
  readonly fix?: string;
}

type Probe = (shell: Shell) => Promise<string>;

/** A check that found something wrong; the sentence says what to do. */
class Unfit extends ProtocolError {
  override readonly code = 'UNFIT';
}

const MIN_DISK = 2n ** 30n;
const MIN_MEMORY = 2 ** 30;
const MAX_SKEW_SECONDS = 30;

const unfit = (why: string, fix: string): Unfit => new Unfit({ what: 'Not fit', why, fix });

const PROBES: readonly (readonly [string, Probe, boolean])[] = [
  [
    'node',
    async () => `${process.version} on ${process.platform}-${process.arch}, ${availableParallelism()} cores`,
    false,
  ],
  [
    'settings',
    async ({ loaded }) =>
      Object.entries(loaded.origins)
        .filter(([, origin]) => origin !== 'default')
        .map(([key, origin]) => `${key} from ${origin}`)
        .join(', ') || 'all defaults',
    false,
  ],
  ['disk', disk, false],
  ['memory', memory, false],
  ['runtime', async ({ assay }) => (await assay.runtime()).runtimeClass, false],

  ['conformance', async ({ assay }) => `${(await assay.conformance()).cases} cases bit-identical`, false],
  ['chain', chain, true],
  ['clock', clock, true],
  ['account', account, true],
  ['workers', workers, true],
];

async function disk({ loaded }: Shell): Promise<string> {
  const { bavail, bsize } = await statfs('.', { bigint: true });
  const free = bavail * bsize;
  if (free < MIN_DISK)
    throw unfit(
      `${free >> 20n} MiB are free, at least ${MIN_DISK >> 20n} are needed`,
      `Free some space near ${loaded.config.home}.`,
    );
  return `${free >> 30n} GiB free`;
}

async function memory(): Promise<string> {
  const free = freemem();
  if (free < MIN_MEMORY)
    throw unfit(
      `${Math.round(free / 2 ** 20)} MiB are free, at least 1024 are needed`,
      'Close other programs, or lower worker.memoryMiB.',
    );
  return `${(free / 2 ** 30).toFixed(1)} GiB free`;
}

async function chain({ assay }: Shell): Promise<string> {
  const { reading } = await assay.chain();
  return `chain ${reading.chainId}, block ${await reading.client.getBlockNumber()}`;
}

async function clock({ assay }: Shell): Promise<string> {
  const { settlement } = await assay.chain();
  const skew = Math.round(Date.now() / 1000 - Number(await settlement.chainTime()));
  if (Math.abs(skew) > MAX_SKEW_SECONDS)
    throw unfit(
      `this clock and the chain's differ by ${skew} s`,
      'Set the clock (NTP); the protocol uses chain time, receipts carry yours. An idle local chain may lag by seconds.',
    );
  return `${skew} s from the chain's`;
}

async function account({ assay }: Shell): Promise<string> {
  const { address, reading, settlement } = await assay.account();
  const [ether, tokens] = await Promise.all([reading.client.getBalance({ address }), settlement.balanceOf(address)]);
  if (ether === 0n)
    throw unfit(
      `${address} has no ether for gas`,
      'Send it some; paying for inferences needs none, staking and voting do.',
    );
  return `${address}: ${formatTokens(ether)} ether, ${formatTokens(tokens)} ASSAY`;
}

async function workers({ assay }: Shell): Promise<string> {
  const { directory } = await assay.chain();
  const all = await directory.workers();
  const answers = await Promise.all(
    all.map(({ endpoint }) =>
      assay.http(`${endpoint}/v2/health/ready`, { signal: AbortSignal.timeout(2000) }).then(
        ({ status }) => status === 200,
        () => false,
      ),
    ),
  );
  const up = answers.filter(Boolean).length;
  if (all.length > 0 && up === 0)
    throw unfit(`none of ${all.length} registered workers answers`, 'Check this machine’s network, or start a worker.');
  return `${up} of ${all.length} answer`;
}

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check machine, runtime, chain, clock, account and workers; each failure says what to do')
    .option('--offline', 'only what needs no network', false)
    .option('--operators', 'list the ONNX operators that models may use, and stop', false)
    .addHelpText('after', '\nExamples:\n  assay doctor\n  assay doctor --offline --json\n  assay doctor --operators')
    .action(async (options: { offline: boolean; operators: boolean }, command: Command) =>
      run(command, async (shell) => {
        if (options.operators) return listOperators(shell.print);
        const checks: Check[] = [];
        for (const [name, probe, online] of PROBES)
          checks.push(
            options.offline && online
              ? { name, state: 'skipped', found: 'offline' }
              : await attempt(name, probe, shell),
          );
        const failed = checks.filter(({ state }) => state === 'failed');
        shell.print.result({ ok: failed.length === 0, checks }, () =>
          checks
            .map(
              ({ name, state, found, fix }) =>
                `${state === 'ok' ? '✓' : state === 'failed' ? '✗' : '-'} ${name.padEnd(12)} ${found}${fix === undefined ? '' : `\n  fix: ${fix}`}`,
            )
            .join('\n'),
        );
        return failed.length === 0 ? EXIT.ok : EXIT.refused;
      }),
    );
}

/** The operator table as people read it: what evaluates, what trains, what has an exact twin. */
function listOperators(print: Printer): number {
  const rows = OPS.map(({ op, since, vjp }) => ({
    operator: op,
    since,
    trainable: vjp !== undefined,
    exact: Object.hasOwn(FLOAT_RULES, op),
  }));
  const yes = (value: boolean): string => (value ? 'yes' : '-');
  print.result({ operators: rows }, () =>
    print.table(
      ['operator', 'since opset', 'trains', 'exact'],
      rows.map(({ operator, since, trainable, exact }) => [operator, String(since), yes(trainable), yes(exact)]),
    ),
  );
  return EXIT.ok;
}

async function attempt(name: string, probe: Probe, shell: Shell): Promise<Check> {
  try {
    return { name, state: 'ok', found: await probe(shell) };
  } catch (error) {
    if (error instanceof ProtocolError) return { name, state: 'failed', found: error.why, fix: error.fix };
    return {
      name,
      state: 'failed',
      found: error instanceof Error ? error.message : String(error),
      fix: 'Run again with --verbose.',
    };
  }
}
