import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to one JSON-RPC call on its way. */
export type Fault =
  /** The socket is closed before the call reaches the chain. */
  | 'lost'
  /** The chain executes the call, the answer is lost. */
  | 'cut-after'
  /** Executed; half of the answer arrives, then the socket closes. */
  | 'cut'
  /** Executed; a complete HTTP answer whose JSON is cut short. */
  | 'truncated'
  /** Never answered; not executed. */
  | 'hang'
  /** Executed twice. */
  | 'duplicate'
  /** The answer carries another id. */
  | 'wrong-id'
  /** 200 with an HTML page. */
  | 'garbage'
  | { readonly status: number; readonly retryAfter?: string }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } }
  /** A lie: the result that is sent instead of, or made of, the true one. */
  | { readonly result: (truth: unknown) => unknown };

export interface Call {
  readonly method: string;
  readonly params: readonly unknown[];
  /** 0-based number of this call at the proxy. */
  readonly index: number;
}

export interface RpcProxy {
  readonly url: string;
  readonly calls: readonly Call[];
  /** Decides over each call; replace it at any time. */
  fault: (call: Call) => Fault | undefined;
  target: string;
  /** Called with the headers of every request. */
  onHeaders: (headers: IncomingHttpHeaders) => void;
  /** Stops listening and closes every socket, as a dead machine would. */
  close(): Promise<void>;
  /** Listens again on the same port. */
  reopen(): Promise<void>;
}

/** A JSON-RPC proxy on a random loopback port that breaks what `fault` names. */
export async function startRpcProxy(target: string, fault: RpcProxy['fault'] = () => undefined): Promise<RpcProxy> {
  const calls: Call[] = [];
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;
  const proxy: RpcProxy = {
    url: `http://127.0.0.1:${port}`,
    calls,
    fault,
    target,
    onHeaders: () => undefined,
    close: () => close(server),
    async reopen() {
      server = await listen(port);
    },
  };
  return proxy;

  function listen(at: number): Promise<Server> {
    const made = createServer((request, response) => {
      handle(request, response).catch(() => response.destroy());
    });
    return new Promise((done, failed) => {
      made.once('error', failed);
      made.listen(at, '127.0.0.1', () => done(made));
    });
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    proxy.onHeaders(request.headers);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { id, method, params = [] } = JSON.parse(body) as { id: number; method: string; params?: unknown[] };
    const call = { method, params, index: calls.length };
    calls.push(call);
    await answer(response, body, id, proxy.fault(call));
  }

  async function answer(response: ServerResponse, body: string, id: number, now: Fault | undefined): Promise<void> {
    const json = (value: unknown): void => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    if (now === 'hang') return;
    if (now === 'lost') return void response.destroy();
    if (now === 'garbage') return void response.writeHead(200).end('<html>busy</html>');
    if (typeof now === 'object' && 'status' in now) {
      const headers = now.retryAfter === undefined ? {} : { 'retry-after': now.retryAfter };
      return void response.writeHead(now.status, headers).end('busy');
    }
    if (typeof now === 'object' && 'error' in now) return json({ jsonrpc: '2.0', id, error: now.error });
    const text = await forward(body);
    if (now === 'duplicate') await forward(body);
    if (now === 'cut-after') return void response.destroy();
    if (now === 'cut') {
      response.writeHead(200, { 'content-length': text.length }).write(text.slice(0, text.length >> 1));
      return void setImmediate(() => response.destroy());
    }
    if (now === 'truncated') return void response.writeHead(200).end(text.slice(0, text.length >> 1));
    const parsed = JSON.parse(text) as { id: number; result?: unknown };
    if (now === 'wrong-id') return json({ ...parsed, id: id + 1 });
    if (typeof now === 'object' && 'result' in now)
      return json({ jsonrpc: '2.0', id, result: now.result(parsed.result) });
    return json(parsed);
  }

  async function forward(body: string): Promise<string> {
    const reply = await fetch(proxy.target, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return reply.text();
  }
}

function close(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}

/** Deterministic numbers in [0, 1) for a seed (mulberry32), so that a failing run can be repeated. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
