import { type Abi, decodeErrorResult, formatEther, isHex } from 'viem';
import type { Hex } from '../core/codec/hex.ts';
import { ProtocolError } from '../core/errors.ts';
import { errorSentences } from './generated/errorSentences.ts';
import { RpcRefused } from './rpc/errors.ts';

/** Why a call to a contract was refused, decoded. */
export interface Revert {
  /** Name of the Solidity error: `JobMarketNotExpired`; `Error` and `Panic` for the built-in ones; `Unknown`. */
  readonly name: string;
  readonly args: readonly unknown[];
  /** The whole of it for people: `The account does not hold that much ASSAY (ERC20InsufficientBalance: …, needed 5 ASSAY)`. */
  readonly sentence: string;
}

/** A contract refuses what was asked. The same call is refused again until the chain's state changes. */
export class ChainReverted extends ProtocolError {
  override readonly code = 'CHAIN_REVERTED';
  /** Name of the Solidity error; a caller that knows the contract matches on it. */
  readonly error: string;
  readonly args: readonly unknown[];
  constructor(describe: string, revert: Revert, hash?: Hex) {
    super({
      what: `The contract refused to ${describe}`,
      why: revert.sentence,
      fix:
        hash === undefined
          ? 'Nothing was sent and nothing was paid. Change what the reason names, then try again.'
          : `Transaction ${hash} had no effect but cost gas. Change what the reason names, then try again.`,
      meta: { error: revert.name, args: revert.args, ...(hash === undefined ? {} : { hash }) },
    });
    this.error = revert.name;
    this.args = revert.args;
  }
}

/** Panic codes of Solidity (Language reference, "Panic via assert and Error via require"). */
const PANICS: Readonly<Record<number, string>> = {
  1: 'an assertion failed',
  17: 'an amount is too large or would become negative',
  18: 'division by zero',
  33: 'a value is outside its enum',
  34: 'a stored byte array is damaged',
  49: 'pop from an empty array',
  50: 'an index is outside its array',
  65: 'too much memory was asked for',
  81: 'an uninitialised function was called',
};

/** @param abi errors of every contract that the call may reach */
export function decodeRevert(data: unknown, abi: Abi, message = 'the contract gave no reason'): Revert {
  const bytes = revertData(data);
  if (bytes === undefined || bytes === '0x') return { name: 'Unknown', args: [], sentence: message };
  try {
    const { errorName, args = [], abiItem } = decodeErrorResult({ abi, data: bytes });
    if (errorName === 'Error') return { name: 'Error', args, sentence: String(args[0]).slice(0, 500) };
    if (errorName === 'Panic') {
      const code = Number(args[0]);
      return { name: 'Panic', args, sentence: PANICS[code] ?? `the contract panicked with code ${code}` };
    }
    const inputs = 'inputs' in abiItem ? abiItem.inputs : [];
    if (errorName === 'GovernorUnexpectedProposalState')
      return { name: errorName, args, sentence: `${errorName}: ${proposalStates(args)}` };
    const named = args.map((arg, i) => described(errorName, inputs[i]?.name || String(i), arg));
    return { name: errorName, args, sentence: sentenceOf(errorName, named) };
  } catch {
    return { name: 'Unknown', args: [bytes], sentence: `an error this node does not know: ${bytes.slice(0, 74)}` };
  }
}

/** `The till is empty (JobMarketTillEmpty: till 0x12)`; of foreign errors name and arguments alone. */
function sentenceOf(name: string, named: readonly string[]): string {
  const sentence = errorSentences[name];
  if (sentence === undefined) return named.length === 0 ? name : `${name} (${named.join(', ')})`;
  return `${sentence} (${[name, ...(named.length === 0 ? [] : [named.join(', ')])].join(': ')})`;
}

/** One argument with its name. Amounts are tokens: ours say so by `Wei`, those of OpenZeppelin's token by their error. */
function described(error: string, name: string, arg: unknown): string {
  const isAmount = typeof arg === 'bigint' && (/Wei$/.test(name) || /^ERC20Insufficient|^ERC20Exceeded/.test(error));
  return isAmount ? `${name.replace(/Wei$/, '')} ${formatEther(arg)} ASSAY` : `${name} ${shown(arg)}`;
}

/** Of IGovernor, in the order of its `ProposalState`. */
const PROPOSAL_STATES = ['pending', 'active', 'canceled', 'defeated', 'succeeded', 'queued', 'expired', 'executed'];

/** `it is pending, not active`: the error carries a number and a bitmap (OpenZeppelin Governor). */
function proposalStates([, current, expected]: readonly unknown[]): string {
  const bits = BigInt(expected as Hex);
  const wanted = PROPOSAL_STATES.filter((_, state) => (bits >> BigInt(state)) % 2n === 1n);
  return `it is ${PROPOSAL_STATES[Number(current)] ?? current}, not ${wanted.join(' or ') || 'new'}`;
}

/** True when the chain's refusal comes from a contract, not from the node that was asked. */
export const isRevert = (error: unknown): error is RpcRefused =>
  error instanceof RpcRefused && (error.rpcCode === 3 || /revert|invalid opcode|out of gas/i.test(error.rpcMessage));

/** Endpoints give the data as it is, or inside an object. */
function revertData(data: unknown): Hex | undefined {
  if (isHex(data)) return data;
  const inner: unknown = typeof data === 'object' && data !== null && 'data' in data ? data.data : undefined;
  return isHex(inner) ? inner : undefined;
}

function shown(arg: unknown): string {
  if (typeof arg === 'object' && arg !== null) {
    return JSON.stringify(arg, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)).slice(
      0,
      200,
    );
  }
  return String(arg).slice(0, 200);
}
