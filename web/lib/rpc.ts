import type { Hex } from '../../node/core/codec/hex.ts';
import { ProblemError } from './problem.ts';

const TIMEOUT_MS = 12_000;
/** Answers are blocks, receipts and results of calls: more than this is no answer of an honest node. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** The node answered with an error of its own. */
export class RpcRefusal extends Error {
  readonly code: number;
  /** Return data of a revert, when there is any. */
  readonly data?: Hex;

  constructor(code: number, message: string, data?: Hex) {
    super(message);
    this.name = 'RpcRefusal';
    this.code = code;
    if (data !== undefined) this.data = data;
  }
}

interface Answer {
  readonly result?: unknown;
  readonly error?: { readonly code?: unknown; readonly message?: unknown; readonly data?: unknown };
}

const isHex = (value: unknown): value is Hex => typeof value === 'string' && /^0x([0-9a-fA-F]{2})*$/.test(value);

/** Nodes put the return data of a revert at different depths. */
function revertDataOf(data: unknown): Hex | undefined {
  if (isHex(data)) return data;
  if (typeof data === 'object' && data !== null) return revertDataOf((data as { data?: unknown }).data);
  return undefined;
}

async function ask(url: string, body: string, signal: AbortSignal | undefined): Promise<unknown> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  });
  const text = await response.text();
  if (text.length > MAX_ANSWER_BYTES) throw new TypeError('network: the answer is too large');
  let answer: Answer;
  try {
    answer = JSON.parse(text) as Answer;
  } catch {
    throw new TypeError(`network: HTTP ${response.status} without JSON`);
  }
  if (answer.error !== undefined) {
    const { code, message, data } = answer.error;
    throw new RpcRefusal(typeof code === 'number' ? code : -32_603, String(message).slice(0, 500), revertDataOf(data));
  }
  return answer.result;
}

/**
 * Calls a method at the first of the configured nodes that answers. An error that the node itself reports is final: the
 * next node would say the same.
 * @throws {RpcRefusal} {@link ProblemError} when no node answers
 */
export async function rpcRequest<T>(
  rpcUrls: readonly string[],
  method: string,
  params: readonly unknown[],
  signal?: AbortSignal,
): Promise<T> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  let last: unknown;
  for (const url of rpcUrls) {
    try {
      return (await ask(url, body, signal)) as T;
    } catch (error) {
      if (error instanceof RpcRefusal || signal?.aborted === true) throw error;
      last = error;
    }
  }
  throw new ProblemError(
    {
      what: 'The chain cannot be read',
      why: rpcUrls.length === 0 ? 'no RPC address is configured' : `none of ${rpcUrls.length} RPC addresses answers`,
      fix: 'Check the RPC addresses in the settings, and that the network runs.',
    },
    last,
  );
}
