import { setTimeout as sleep } from 'node:timers/promises';
import { type CustomTransport, custom } from 'viem';
import type { Digest } from '../../core/codec/hex.ts';
import type { Log } from '../../ports/Log.ts';
import { agreedRequest } from './agreement.ts';
import { Endpoint } from './endpoint.ts';
import { ChainIdMismatch, ChainUnreachable, GenesisMismatch, RpcAttemptFailed } from './errors.ts';

/** Which chain an endpoint must serve. */
export interface ChainIdentity {
  readonly chainId: number;
  /** Hash of block 0: tells a local chain that was reset from the one before. */
  readonly genesisHash?: Digest;
}

export interface RpcOptions {
  /** Tried in this order; the first that is healthy serves. */
  readonly urls: readonly string[];
  /** Every endpoint is checked against it before it is used, and again after it was down. */
  readonly chain?: ChainIdentity;
  /** Limit of one attempt, ms. @default 10000 */
  readonly timeoutMs?: number;
  /** Limit of one call over all attempts, ms. @default 30000 */
  readonly deadlineMs?: number;
  /** Longest answer read, bytes. @default 32 MiB */
  readonly maxResponseBytes?: number;
  /** Blocks an endpoint may be behind the best one before it is avoided. @default 5 */
  readonly maxLagBlocks?: number;
  /** How often the heads of unused endpoints are compared, ms. @default 5000 */
  readonly probeMs?: number;
  readonly log?: Log;
}

export type RpcRequest = (method: string, params: readonly unknown[]) => Promise<unknown>;

export interface EndpointStatus {
  readonly host: string;
  readonly state: 'unknown' | 'healthy' | 'failing' | 'wrong chain' | 'lagging';
  /** Newest block seen there. */
  readonly head: number | undefined;
  /** Time since its head last moved, ms. */
  readonly headAgeMs: number | undefined;
  /** The last failure in words. */
  readonly lastFailure: string | undefined;
}

interface Line {
  readonly endpoint: Endpoint;
  verified: boolean;
  /** True when its chain id was right once. */
  numbered: boolean;
  wrong: ChainIdMismatch | GenesisMismatch | undefined;
  failures: number;
  /** Monotonic ms before which it is not asked again. */
  restUntil: number;
  lastFailure: string | undefined;
  head: number | undefined;
  headMovedAt: number;
}

const FIRST_REST_MS = 25;
const MAX_REST_MS = 3_000;
const PINNED_ATTEMPTS = 4;

/**
 * JSON-RPC over several URLs: time limits, retries with exponential back-off and full jitter, Retry-After, failover,
 * chain check of every endpoint, avoidance of endpoints that lag behind. A call returns an answer, a refusal of the
 * chain ({@link RpcRefused}), or ChainUnreachable at its deadline.
 */
export class Rpc {
  readonly #lines: readonly Line[];
  readonly #chain: ChainIdentity | undefined;
  readonly #timeoutMs: number;
  readonly #deadlineMs: number;
  readonly #maxLag: number;
  readonly #probeMs: number;
  readonly #log: Log | undefined;
  #probedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RpcOptions) {
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#deadlineMs = options.deadlineMs ?? 30_000;
    this.#maxLag = options.maxLagBlocks ?? 5;
    this.#probeMs = options.probeMs ?? 5_000;
    this.#chain = options.chain;
    this.#log = options.log;
    const limits = { timeoutMs: this.#timeoutMs, maxResponseBytes: options.maxResponseBytes ?? 32 << 20 };
    this.#lines = options.urls.map((url) => ({
      endpoint: new Endpoint(url, limits),
      verified: options.chain === undefined,
      numbered: false,
      wrong: undefined,
      failures: 0,
      restUntil: 0,
      lastFailure: undefined,
      head: undefined,
      headMovedAt: 0,
    }));
  }

  /**
   * One call, on whichever endpoint answers.
   * @throws {ChainUnreachable} {@link RpcRefused}; {@link RpcAnswerTooLarge}; {@link ChainIdMismatch} or {@link GenesisMismatch} when every endpoint is of another chain
   */
  request(method: string, params: readonly unknown[] = []): Promise<unknown> {
    return this.#attempt(method, (line, timeoutMs) => this.#call(line, method, params, timeoutMs));
  }

  /**
   * Runs `body` with all its calls on one endpoint, so that they see one chain; starts it again on another endpoint
   * when that one fails. For reads that belong together; `body` must be repeatable.
   */
  pinned<T>(body: (request: RpcRequest) => Promise<T>): Promise<T> {
    return this.#attempt('pinned calls', (line) => body((method, params) => this.#persist(line, method, params)));
  }

  /** A call that stays with its endpoint for a few attempts: starting all over costs more. */
  async #persist(line: Line, method: string, params: readonly unknown[]): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      try {
        if (!line.verified) await this.#verify(line, this.#timeoutMs);
        return await this.#call(line, method, params, this.#timeoutMs);
      } catch (error) {
        if (!(error instanceof RpcAttemptFailed) || attempt === PINNED_ATTEMPTS) throw error;
        await sleep(Math.max(0, Math.min(MAX_REST_MS, line.restUntil - performance.now())));
      }
    }
  }

  /**
   * Runs `body` with calls whose answers at least `count` endpoints give alike (see {@link agreedRequest}): for reads
   * on which money depends, when not every endpoint is trusted.
   */
  agreed<T>(count: number, body: (request: RpcRequest) => Promise<T>): Promise<T> {
    const voters = this.#lines.map((line) => ({
      host: line.endpoint.host,
      ask: async (method: string, params: readonly unknown[]): Promise<unknown> => {
        if (!line.verified) await this.#verify(line, this.#timeoutMs);
        return this.#call(line, method, params, this.#timeoutMs);
      },
    }));
    return body(agreedRequest(voters, count));
  }

  /**
   * Asks every endpoint which chain it serves; for the start of a node. Somebody waits for it, so it gives up sooner
   * than a call.
   * @param deadlineMs @default 5000
   * @throws {ChainIdMismatch} or {@link GenesisMismatch} when any of them serves another; {@link ChainUnreachable} when none answers
   */
  async check(deadlineMs = 5_000): Promise<void> {
    await Promise.all(this.#lines.map((line) => this.#verify(line, this.#timeoutMs).catch(() => undefined)));
    const wrong = this.#lines.find((line) => line.wrong !== undefined)?.wrong;
    if (wrong !== undefined) throw wrong;
    if (this.#lines.some((line) => line.failures === 0)) return;
    const ask = (line: Line, timeoutMs: number): Promise<unknown> => this.#call(line, 'eth_chainId', [], timeoutMs);
    await this.#attempt('eth_chainId', ask, Math.min(deadlineMs, this.#deadlineMs));
  }

  status(): readonly EndpointStatus[] {
    const now = performance.now();
    return this.#lines.map((line) => ({
      host: line.endpoint.host,
      state: this.#stateOf(line),
      head: line.head,
      headAgeMs: line.head === undefined ? undefined : now - line.headMovedAt,
      lastFailure: line.lastFailure,
    }));
  }

  /** For viem clients. Retries happen here, not there. */
  transport(): CustomTransport {
    const request = ({ method, params }: { method: string; params?: unknown }): Promise<unknown> =>
      this.request(method, (params ?? []) as readonly unknown[]);
    return custom({ request }, { retryCount: 0 });
  }

  async #attempt<T>(
    what: string,
    body: (line: Line, timeoutMs: number) => Promise<T>,
    deadlineMs = this.#deadlineMs,
  ): Promise<T> {
    const start = performance.now();
    const deadline = start + deadlineMs;
    for (;;) {
      const line = this.#choose();
      if (line.wrong !== undefined) throw line.wrong;
      const restMs = line.restUntil - performance.now();
      if (restMs > 0) await sleep(Math.min(restMs, Math.max(0, deadline - performance.now())));
      const left = deadline - performance.now();
      if (left <= 0) throw new ChainUnreachable(what, performance.now() - start, this.#failures());
      try {
        if (!line.verified) await this.#verify(line, left);
        return await body(line, left);
      } catch (error) {
        if (!(error instanceof RpcAttemptFailed) && error !== line.wrong) throw error;
        // Otherwise the endpoint is resting or wrong by now, and the next round chooses again.
      }
    }
  }

  async #call(line: Line, method: string, params: readonly unknown[], timeoutMs: number): Promise<unknown> {
    try {
      const result = await line.endpoint.call(method, params, timeoutMs);
      line.failures = 0;
      line.restUntil = 0;
      this.#noteHead(line, method, params, result);
      return result;
    } catch (error) {
      if (error instanceof RpcAttemptFailed) this.#rest(line, error, timeoutMs < this.#timeoutMs);
      throw error;
    }
  }

  /** @param hurried it had less than its full time, so that running out of it says little */
  #rest(line: Line, error: RpcAttemptFailed, hurried: boolean): void {
    const saysLittle = hurried && line.failures > 0 && error.timedOut;
    // Calls that fail side by side are one failure, else a short outage under load would mean a long rest.
    if (performance.now() >= line.restUntil) line.failures += 1;
    if (!saysLittle) line.lastFailure = error.why;
    // Whatever listens there after a broken connection may be another chain (threats N21).
    if (error.disconnected && this.#chain !== undefined) line.verified = false;
    const ceiling = Math.min(MAX_REST_MS, FIRST_REST_MS * 2 ** Math.min(line.failures - 1, 8));
    const restMs = error.waitMs ?? Math.random() * ceiling;
    line.restUntil = performance.now() + restMs;
    this.#log?.debug('chain endpoint failed', { host: line.endpoint.host, why: error.why, restMs });
  }

  async #verify(line: Line, timeoutMs: number): Promise<void> {
    const expected = this.#chain;
    if (expected === undefined) return;
    const { host } = line.endpoint;
    line.wrong = undefined;
    // Block 0 says more than the number, and one question is enough on a bad line.
    if (!line.numbered || expected.genesisHash === undefined) {
      const actual = Number(await this.#call(line, 'eth_chainId', [], timeoutMs));
      if (actual !== expected.chainId) line.wrong = new ChainIdMismatch(host, expected.chainId, actual);
      else line.numbered = true;
    }
    if (line.wrong === undefined && expected.genesisHash !== undefined) {
      const block = (await this.#call(line, 'eth_getBlockByNumber', ['0x0', false], timeoutMs)) as {
        hash?: string;
      } | null;
      const hash = String(block?.hash);
      if (hash !== expected.genesisHash) line.wrong = new GenesisMismatch(host, expected.genesisHash, hash);
    }
    if (line.wrong !== undefined) {
      line.restUntil = performance.now() + MAX_REST_MS;
      throw line.wrong;
    }
    line.verified = true;
  }

  /** The first healthy endpoint in the configured order, else the one that is ready soonest. */
  #choose(): Line {
    const now = performance.now();
    const rank = (line: Line): number => {
      const state = this.#stateOf(line);
      // An endpoint of another chain is looked at again when its rest is over: it may have been repaired.
      if (line.wrong !== undefined) return line.restUntil <= now ? 2 : 4;
      return line.restUntil > now ? 3 : state === 'lagging' ? 1 : 0;
    };
    const best = [...this.#lines].sort((a, b) => rank(a) - rank(b) || (rank(a) === 3 ? a.restUntil - b.restUntil : 0));
    const line = best[0]!;
    if (line.wrong !== undefined && line.restUntil <= now) line.wrong = undefined;
    return line;
  }

  #stateOf(line: Line): EndpointStatus['state'] {
    if (line.wrong !== undefined) return 'wrong chain';
    if (line.failures > 0) return 'failing';
    if (line.head === undefined) return line.verified ? 'healthy' : 'unknown';
    const best = Math.max(...this.#lines.map((each) => (each.failures === 0 ? (each.head ?? 0) : 0)));
    return best - line.head > this.#maxLag ? 'lagging' : 'healthy';
  }

  #noteHead(line: Line, method: string, params: readonly unknown[], result: unknown): void {
    const head = headIn(method, params, result);
    if (head === undefined) return;
    if (head !== line.head) line.headMovedAt = performance.now();
    line.head = head;
    if (this.#lines.length > 1 && performance.now() - this.#probedAt > this.#probeMs) this.#probe(line);
  }

  /** Looks at the heads of the others, so that a frozen endpoint is noticed while it still answers. */
  #probe(current: Line): void {
    this.#probedAt = performance.now();
    for (const line of this.#lines) {
      if (line === current || line.restUntil > performance.now() || line.wrong !== undefined) continue;
      const look = async (): Promise<void> => {
        if (!line.verified) await this.#verify(line, this.#timeoutMs);
        await this.#call(line, 'eth_blockNumber', [], this.#timeoutMs);
      };
      look().catch((error: unknown) => this.#log?.debug('chain endpoint probe failed', { error }));
    }
  }

  #failures(): string[] {
    return this.#lines.map(({ endpoint, lastFailure }) => `${endpoint.host}: ${lastFailure ?? 'not asked'}`);
  }
}

function headIn(method: string, params: readonly unknown[], result: unknown): number | undefined {
  if (method === 'eth_blockNumber') return Number(result);
  if (method !== 'eth_getBlockByNumber' || params[0] !== 'latest') return undefined;
  const number = (result as { number?: unknown } | null)?.number;
  return typeof number === 'string' ? Number(number) : undefined;
}
