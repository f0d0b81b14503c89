import { RpcAnswerTooLarge, RpcAttemptFailed, RpcRefused } from './errors.ts';

export interface EndpointLimits {
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
}

interface Answer {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code?: unknown; readonly message?: unknown; readonly data?: unknown };
}

/** Longest wait a server may impose on us, ms. */
const MAX_WAIT_MS = 30_000;

/** One JSON-RPC URL: one attempt per call, every failure classified, nothing retried. */
export class Endpoint {
  /** For messages: host and port, without path, user or key. */
  readonly host: string;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' };
  readonly #limits: EndpointLimits;
  #id = 0;

  constructor(url: string, limits: EndpointLimits) {
    const address = new URL(url);
    const { username, password } = address;
    // fetch refuses URLs with a password in them; a header says the same.
    if (username !== '' || password !== '') {
      const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
      this.#headers = { ...this.#headers, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
      address.username = '';
      address.password = '';
    }
    this.#url = address.href;
    this.#limits = limits;
    this.host = address.host;
  }

  /**
   * @throws {RpcAttemptFailed} no usable answer: try again; {@link RpcRefused} a JSON-RPC error; {@link RpcAnswerTooLarge}
   */
  async call(method: string, params: readonly unknown[], timeoutMs: number): Promise<unknown> {
    const id = ++this.#id;
    const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
    const limit = Math.ceil(Math.min(timeoutMs, this.#limits.timeoutMs));
    let status: number;
    let waitMs: number | undefined;
    let text: string;
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: this.#headers,
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(limit),
      });
      status = response.status;
      waitMs = retryAfterMs(response.headers.get('retry-after'));
      text = await this.#read(response, method);
    } catch (error) {
      if (error instanceof RpcAnswerTooLarge) throw error;
      const timedOut = error instanceof Error && error.name === 'TimeoutError';
      throw new RpcAttemptFailed(this.host, causeOf(error, limit), { disconnected: !timedOut, timedOut, cause: error });
    }
    return this.#interpret(method, id, status, waitMs, text);
  }

  async #read(response: Response, method: string): Promise<string> {
    const { maxResponseBytes } = this.#limits;
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > maxResponseBytes) throw new RpcAnswerTooLarge(this.host, method, maxResponseBytes);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  #interpret(method: string, id: number, status: number, waitMs: number | undefined, text: string): unknown {
    const failed = (why: string): RpcAttemptFailed => new RpcAttemptFailed(this.host, why, { waitMs });
    if (status === 429) throw failed('it limits our rate (429)');
    if (status >= 500) throw failed(`it answered HTTP ${status}`);
    let answer: Answer;
    try {
      answer = JSON.parse(text) as Answer;
    } catch {
      throw failed(`HTTP ${status} with a body that is not JSON (cut short?)`);
    }
    if (typeof answer !== 'object' || answer === null || answer.id !== id)
      throw failed(
        status >= 400 ? `it answered HTTP ${status}: no chain is there` : 'the answer belongs to another call',
      );
    if (answer.error === undefined || answer.error === null) {
      if (!('result' in answer)) throw failed('the answer has neither result nor error');
      return answer.result;
    }
    const code = Number(answer.error.code);
    const message = String(answer.error.message);
    // -32005 is "limit exceeded" (EIP-1474); for logs it means the range, which only the caller can shrink.
    if (code === 429 || (code === -32005 && method !== 'eth_getLogs')) throw failed(`it limits our rate (${message})`);
    throw new RpcRefused(method, { code, message, data: answer.error.data });
  }
}

/** Retry-After (RFC 9110, 10.2.3): seconds or a date. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_WAIT_MS) : undefined;
}

function causeOf(error: unknown, limitMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${limitMs} ms`;
  const inner = error.cause instanceof Error ? error.cause : error;
  return (inner as NodeJS.ErrnoException).code ?? inner.message;
}
