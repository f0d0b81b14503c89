import { decodeFunctionData } from 'viem';
import type { Hex } from '../../../node/core/codec/hex.ts';
import { arenaAbi } from '../../generated/abi/arena.ts';

/** How a game was ended, read from the call that ended it. */
export interface Verdict {
  /** Function of the arena: `prove`, `proveHeader`, `timeout` ... */
  readonly call: string;
  /** j of T_j, 1 to n. */
  readonly step?: number;
  readonly element?: bigint;
  /** Bytes of the proof that the chain checked. */
  readonly evidenceBytes?: number;
}

type Call = ReturnType<typeof decodeFunctionData<typeof arenaAbi>>;

/** Calls of a multicall, in order; a multicall in a multicall is not looked into. */
function callsOf(input: Hex): readonly Call[] {
  const decode = (data: Hex): Call[] => {
    try {
      return [decodeFunctionData({ abi: arenaAbi, data })];
    } catch (error) {
      // Somebody else's contract may have called the arena: then the transaction tells nothing.
      if (error instanceof Error) return [];
      throw error;
    }
  };
  const outer = decode(input);
  return outer.flatMap((call) =>
    call.functionName === 'multicall' ? (call.args[0] as readonly Hex[]).slice(0, 32).flatMap(decode) : [call],
  );
}

const sizeOf = (hex: Hex): number => (hex.length - 2) / 2;

function verdictOf(call: Call): Verdict | undefined {
  if (call.functionName === 'prove')
    return { call: 'prove', step: call.args[2], element: call.args[3], evidenceBytes: sizeOf(call.args[4]) };
  if (call.functionName === 'proveHeader')
    return { call: 'proveHeader', step: call.args[2], evidenceBytes: sizeOf(call.args[3]) };
  if (call.functionName === 'proveInput')
    return { call: 'proveInput', element: call.args[2], evidenceBytes: sizeOf(call.args[3]) };
  if (call.functionName === 'proveChunk') return { call: 'proveChunk', evidenceBytes: sizeOf(call.args[4]) };
  if (call.functionName === 'provePartials') return { call: 'provePartials', evidenceBytes: sizeOf(call.args[3]) };
  if (call.functionName === 'timeout' || call.functionName === 'leave') return { call: call.functionName };
  return undefined;
}

/** The call of this transaction that ended the game; undefined when it went through another contract. */
export function readVerdict(input: Hex, gameId: string): Verdict | undefined {
  for (const call of callsOf(input)) {
    const verdict = verdictOf(call);
    // A challenge and its proof often share a transaction: the id is the first argument of each.
    if (verdict !== undefined && String((call.args as readonly unknown[])[0]).toLowerCase() === gameId) return verdict;
  }
  return undefined;
}
