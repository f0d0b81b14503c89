import { decodeAbiParameters } from 'viem';
import { type Hex, isAddress } from '../../node/core/codec/hex.ts';
import { type ContractError, contractErrors } from '../generated/errors.ts';
import { formatAssay, formatDuration, formatPercent, formatTime, shortHex } from './format.ts';
import type { Problem } from './problem.ts';

type Input = ContractError['inputs'][number];

/** What to do, by the kind of error that a name tells of; the first that fits. */
const FIXES: readonly (readonly [RegExp, string])[] = [
  [/^ERC20InsufficientAllowance/, 'Allow the amount first, or use a way that needs no allowance.'],
  [/^ERC20InsufficientBalance/, 'Lower the amount, or get more ASSAY first.'],
  [
    /^GovernorInsufficientProposerVotes/,
    'Delegate votes to this account and wait a block, or ask somebody who has them.',
  ],
  [
    /NotYet|NotExpired|TooEarly|NotOver|StillThawing|BeaconWaiting|StillLiable|InsufficientDelay|NotEndable|Outside/,
    'Wait until then and try again.',
  ],
  [
    /TooLate|WindowOver|Expired|AuthorizationTime/,
    'The time for this is over; look at the page again to see what can be done now.',
  ],
  [
    /CallerNot|Unauthorized|OnlyExecutor|OnlyTimelock|NotYour|Restricted|UnableToCancel/,
    'Connect the account that may do this.',
  ],
  [/Already|Known|Taken|Exists|Settled|Decided|Unchanged|Repeated|Used/, 'Load the page again: it seems to be done.'],
  [
    /Unknown|Nonexistent|NotRegistered|NotSeated|Empty|NothingTo|NothingThawing/,
    'Check what you chose; there is nothing to act on.',
  ],
  [/NotFree|Insufficient|Unfunded|ReserveTooSmall/, 'Lower the amount, or wait until some of it is free.'],
  [/GasTooLow/, 'Try again with more gas.'],
  [
    /StateUnexpected|UnexpectedProposalState|UnexpectedOperationState|PhaseUnexpected|NotDisputable|Undecided|Inactive/,
    'Load the page again: its state has changed, or is not there yet.',
  ],
  [
    /OutOf|Bounds|Invalid|Malformed|TooSmall|TooMany|TooShort|Too|Missing|Zero|Mismatch|Size|Count|Incomplete|NotWhole|BelowFee/,
    'Correct the value and try again.',
  ],
];
const LOAD_AGAIN = 'Load the page again: the chain may have changed meanwhile.';

/** `thawEndsAt` as "thaw ends at". */
const words = (name: string): string =>
  name
    .replace(/_$/, '')
    .replace(/Wei$|Bps$|Seconds$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();

const MOMENT = /(At|deadline|until|expiry|latest|now_|validAfter|validBefore|from)$/;
const TOKENS = /Wei$/;
const isMoment = (value: bigint): boolean => value > 1_000_000_000n && value < 100_000_000_000n;
/** Amounts that OpenZeppelin's token names without a unit. */
const isAmount = (error: string, name: string): boolean =>
  TOKENS.test(name) ||
  (error.startsWith('ERC20') && /^(balance|needed|allowance)$/.test(name)) ||
  (error === 'GovernorInsufficientProposerVotes' && /^(votes|threshold)$/.test(name)) ||
  name === 'budget';

function shown(error: string, { name, type, members }: Input, value: unknown): string {
  if (members !== undefined) return members[Number(value)] ?? String(value);
  if (typeof value === 'bigint' || typeof value === 'number') {
    const number = BigInt(value);
    if (isAmount(error, name)) return formatAssay(number);
    if (/Seconds$/.test(name)) return formatDuration(number);
    if (/Bps$/.test(name)) return formatPercent(Number(number) / 10_000);
    if (MOMENT.test(name) && isMoment(number)) return formatTime(number);
    const digits = String(number);
    return digits.length > 24 ? `${digits.slice(0, 6)}…${digits.slice(-4)}` : digits;
  }
  const text = String(value);
  if (type === 'address' && isAddress(text)) return shortHex(text);
  if (type.startsWith('bytes')) return shortHex(text, 10, 6);
  // A text that a stranger may have chosen: quoted, on one line, clipped.
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}

function valuesOf(error: ContractError, data: Hex): string {
  if (error.inputs.length === 0) return '';
  try {
    const values = decodeAbiParameters(error.inputs, `0x${data.slice(10)}`);
    const parts = error.inputs.map((input, i) => `${words(input.name)} ${shown(error.name, input, values[i])}`);
    return ` (${parts.join(', ')})`;
  } catch {
    // Return data that does not fit its own error: the sentence alone is true.
    return '';
  }
}

/** Panic codes of Solidity that a user can meet. */
const PANICS: Readonly<Record<string, string>> = {
  '17': 'a number would become too large or negative',
  '18': 'it would divide by zero',
  '50': 'an entry beyond the end of a list was asked for',
};

function standard(data: Hex): string | undefined {
  try {
    if (data.startsWith('0x08c379a0')) {
      const [text] = decodeAbiParameters([{ type: 'string' }], `0x${data.slice(10)}`);
      return `the contract says ${JSON.stringify(text.slice(0, 200))}`;
    }
    if (data.startsWith('0x4e487b71')) {
      const [code] = decodeAbiParameters([{ type: 'uint256' }], `0x${data.slice(10)}`);
      return PANICS[String(code)] ?? `the contract broke an assumption of its own (panic ${code})`;
    }
  } catch {
    // Malformed return data is reported as what it is below.
  }
  return undefined;
}

/** Sentences for the return data of a revert, with the offending values in them. */
export function problemOfRevert(data: Hex): Problem {
  const what = 'The contract refuses this';
  const error = contractErrors[data.slice(0, 10).toLowerCase()];
  if (error !== undefined) {
    return {
      what: error.sentence,
      why: `the contract refuses with ${error.name}${valuesOf(error, data)}`,
      fix: FIXES.find(([pattern]) => pattern.test(error.name))?.[1] ?? LOAD_AGAIN,
    };
  }
  if (data === '0x') return { what, why: 'it gave no reason', fix: LOAD_AGAIN };
  return { what, why: standard(data) ?? `its reason is unknown to this site (${data.slice(0, 10)})`, fix: LOAD_AGAIN };
}
