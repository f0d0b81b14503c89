import { createInterface } from 'node:readline/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Address } from '../core/codec/hex.ts';
import { oneLine } from '../core/codec/plainText.ts';
import { ProtocolError } from '../core/errors.ts';
import type { Passage, TransactionGate, TransactionPreview } from '../ports/Transactions.ts';
import { address, decimal } from './parse.ts';
import { EXIT, formatTokens, type Printer } from './print.ts';

/** Gas would cost more than --max-gas-fee. */
export class GasTooDear extends ProtocolError {
  override readonly code = 'GAS_TOO_DEAR';
}

/** The person at the terminal said no. */
export class NotConfirmed extends ProtocolError {
  override readonly code = 'NOT_CONFIRMED';
}

/** Flags of commands that send transactions. */
export interface TransactionFlags {
  readonly dryRun?: boolean;
  readonly offlineCalldata?: boolean;
  readonly from?: Address;
  readonly yes?: boolean;
  readonly maxGasFee?: bigint;
}

const TRANSACTIONAL = new WeakSet<Command>();

/** Adds what every command has that sends transactions: preview, call data, confirmation and a cap on gas. */
export function transactional(command: Command): Command {
  TRANSACTIONAL.add(command);
  return command
    .option('--dry-run', 'show the transaction (decoded, with gas) and send nothing')
    .addOption(
      new Option(
        '--offline-calldata',
        'print to, value and data for a multisig or an offline signer; send nothing',
      ).conflicts('dryRun'),
    )
    .option('--from <address>', 'with these two: the account, when its key is elsewhere', address)
    .option('--yes', 'do not ask before sending (a terminal is asked; a script is not)')
    .option('--max-gas-fee <ether>', 'refuse when gas may cost more, like 0.01 or "500000 gwei"', ether);
}

/** Ether as people write it, exact. */
export function ether(text: string): bigint {
  const match = /^([\d.]+)\s*(ether|eth|gwei|wei)?$/i.exec(text.trim());
  const places = { ether: 18, eth: 18, gwei: 9, wei: 0 }[match?.[2]?.toLowerCase() ?? 'ether'];
  const value = match === null || places === undefined ? undefined : decimal(match[1]!, places);
  if (value === undefined) throw new InvalidArgumentError('Give an amount of ether like 0.01 or "500000 gwei".');
  return value;
}

/** The command showed its transaction and is done. */
class Shown extends Error {
  override readonly name = 'Shown';
}

/** What stands between a command and the chain. */
export interface Gate {
  readonly gate: TransactionGate;
  readonly from?: Address;
  /** Prints what was shown instead of sent. Undefined: the error is another one. */
  finish(error: unknown): Promise<number | undefined>;
}

/** The gate that the flags of a command ask for; undefined for commands that send nothing. */
export function gateOf(command: Command, print: Printer): Gate | undefined {
  if (!TRANSACTIONAL.has(command)) return undefined;
  const flags = command.opts<TransactionFlags>();
  if (flags.from !== undefined && flags.dryRun !== true && flags.offlineCalldata !== true)
    command.error('error: --from needs --dry-run or --offline-calldata (see --help)', { exitCode: 2 });
  const shows = flags.dryRun === true || flags.offlineCalldata === true;
  const asks = flags.yes !== true && isTerminal(print);
  // Nobody looks: the chain is not asked twice.
  if (!shows && !asks && flags.maxGasFee === undefined) return undefined;
  const looks = new Set<Promise<void>>();
  const shown: TransactionPreview[] = [];
  return {
    ...(flags.from === undefined ? {} : { from: flags.from }),
    gate: async (preview): Promise<Passage> => {
      if (shows) {
        shown.push(preview);
        // Calls that were started together are shown together.
        const look = new Promise<void>((done) => setTimeout(done, 50));
        looks.add(look);
        throw new Shown();
      }
      requireCheap(preview, flags.maxGasFee);
      if (asks) await ask(preview);
      return flags.maxGasFee === undefined || preview.gas === undefined
        ? {}
        : { maxFeePerGasWei: flags.maxGasFee / preview.gas };
    },
    finish: async (error) => {
      if (!(error instanceof Shown)) return undefined;
      await Promise.all(looks);
      return flags.offlineCalldata === true ? showCalldata(shown, print) : showPreviews(shown, print);
    },
  };
}

/** @throws {GasTooDear} */
function requireCheap({ maxGasFeeWei, describe }: TransactionPreview, most: bigint | undefined): void {
  if (most === undefined || maxGasFeeWei === undefined || maxGasFeeWei <= most) return;
  throw new GasTooDear({
    what: `This was not sent: ${describe}`,
    why: `its gas may cost ${formatTokens(maxGasFeeWei)} ether, --max-gas-fee allows ${formatTokens(most)}`,
    fix: 'Wait for cheaper gas, or raise --max-gas-fee.',
    meta: { maxGasFeeWei, allowedWei: most },
  });
}

const isTerminal = (print: Printer): boolean =>
  !print.json && process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Asks a person at a terminal; anybody else has said what he wants with the command. @throws {NotConfirmed} */
async function ask(preview: TransactionPreview): Promise<void> {
  process.stderr.write(`${describePreview(preview)}\n`);
  if (await confirm('Send it?')) return;
  throw new NotConfirmed({
    what: `This was not sent: ${preview.describe}`,
    why: 'it was not confirmed',
    fix: 'Answer y, or give --yes.',
  });
}

/** A question with yes or no on the terminal. */
export async function confirm(question: string): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim());
  } finally {
    reader.close();
  }
}

function showPreviews(transactions: readonly TransactionPreview[], print: Printer): number {
  print.result({ dryRun: true, transactions }, () =>
    [...transactions.map(describePreview), 'nothing was sent'].join('\n\n'),
  );
  return transactions.some(({ refusal }) => refusal !== undefined) ? EXIT.refused : EXIT.ok;
}

function showCalldata(transactions: readonly TransactionPreview[], print: Printer): number {
  const calls = transactions.map(({ to, valueWei, data, describe }) => ({ to, valueWei, data, describe }));
  print.result({ calls }, () =>
    calls.map(({ to, valueWei, data }) => `to    ${to}\nvalue ${valueWei}\ndata  ${data}`).join('\n\n'),
  );
  return EXIT.ok;
}

/** A transaction for people: to whom, what, and what it may cost. */
export function describePreview(preview: TransactionPreview): string {
  const { describe, chainId, from, to, contract, functionName, args, data, valueWei, gas, maxGasFeeWei, refusal } =
    preview;
  return [
    oneLine(describe),
    `  chain    ${chainId}`,
    `  from     ${from}`,
    `  to       ${to}${contract === undefined ? '' : ` (${contract})`}`,
    `  calls    ${functionName ?? 'unknown'}`,
    ...args.map(({ name, type, value }) => `    ${name.padEnd(14)} ${oneLine(shown(value))} (${type})`),
    `  data     ${data}`,
    `  value    ${formatTokens(valueWei)} ether`,
    refusal === undefined
      ? `  gas      ${gas} at most ${formatTokens(maxGasFeeWei ?? 0n)} ether`
      : `  refused  ${oneLine(refusal)}`,
  ].join('\n');
}

const shown = (value: unknown): string =>
  typeof value === 'object'
    ? JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item))
    : String(value);
