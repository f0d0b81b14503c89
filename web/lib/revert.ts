import { decodeErrorResult, type Hex } from 'viem';
import { type Problem, problemOf } from './problem.ts';
import { RpcRefusal } from './rpc.ts';

/** Sentences for the return data of a revert. */
export function problemOfRevert(data: Hex): Problem {
  return { what: 'The contract refuses', why: `it says ${data.slice(0, 10)}`, fix: 'Check the values and try again.' };
}

/** Sentences for a call that a contract refused; undefined when it failed for another reason. */
export function problemOfCall(error: unknown): Problem | undefined {
  if (!(error instanceof RpcRefusal) || error.data === undefined) return undefined;
  return problemOfRevert(error.data);
}
void decodeErrorResult;
void problemOf;
