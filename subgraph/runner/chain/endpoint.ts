import { messageOf, RpcError } from '../errors.ts';

/** The endpoint understood, and said no: the request is at fault, or its size. */
export class RpcRefused extends RpcError {
  readonly rpcCode: number;
  constructor(method: string, code: number, message: string) {
    super(`${method}: ${message} (code ${code})`);
    this.rpcCode = code;
  }
}

export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

const TIMEOUT_MS = 20_000;
const MAX_RESPONSE = 256 * 2 ** 20;
const MAX_BATCH = 64;

interface Answer {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code?: unknown; readonly message?: unknown } | null;
}

/** One JSON-RPC endpoint over HTTP. */
export class Endpoint {
  readonly url: string;
  #id = 0;

  constructor(url: string) {
    this.url = url;
  }

  /** What to show of it: provider URLs carry keys. */
  get name(): string {
    return new URL(this.url).host;
  }

  /** Results in the order of calls. @throws RpcError for all when one fails; RpcRefused */
  async batch(calls: readonly RpcCall[], signal?: AbortSignal): Promise<unknown[]> {
    const results: unknown[] = [];
    for (let i = 0; i < calls.length; i += MAX_BATCH)
      results.push(...(await this.#send(calls.slice(i, i + MAX_BATCH), signal)));
    return results;
  }

  async #send(calls: readonly RpcCall[], signal?: AbortSignal): Promise<unknown[]> {
    const first = this.#id + 1;
    this.#id += calls.length;
    const requests = calls.map((call, i) => ({ jsonrpc: '2.0', id: first + i, ...call }));
    const body = JSON.stringify(requests.length === 1 ? requests[0] : requests);
    const answer = await this.#post(body, signal);
    const answers = (Array.isArray(answer) ? answer : [answer]) as Answer[];
    const byId = new Map(answers.map((one) => [one?.id, one]));
    return calls.map((call, i) => {
      const one = byId.get(first + i) ?? (answers.length === 1 ? answers[0] : undefined);
      if (typeof one !== 'object' || one === null) throw new RpcError(`${this.name} did not answer ${call.method}`);
      if (one.error !== undefined && one.error !== null)
        throw new RpcRefused(call.method, Number(one.error.code ?? 0), String(one.error.message ?? '').slice(0, 500));
      if (one.id !== first + i) throw new RpcError(`${this.name} answered another question than ${call.method}`);
      if (one.result === undefined) throw new RpcError(`${this.name} answered ${call.method} with nothing`);
      return one.result;
    });
  }

  async #post(body: string, signal?: AbortSignal): Promise<unknown> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        redirect: 'error',
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      const text = await readCapped(response, MAX_RESPONSE);
      if (!response.ok && !text.startsWith('{') && !text.startsWith('['))
        throw new RpcError(`HTTP status ${response.status}`);
      return JSON.parse(text) as unknown;
    } catch (error) {
      if (error instanceof RpcRefused) throw error;
      const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
      throw new RpcError(`${this.name}: ${messageOf(error)}${cause}`, error);
    }
  }
}

async function readCapped(response: Response, max: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > max) throw new RpcError(`the answer is larger than ${max} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}
