import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { QueryRequest } from './graphql/engine.ts';
import type { Status } from './status.ts';

export interface HttpOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly query: (request: QueryRequest) => Promise<string>;
  readonly status: () => Status;
}

const MAX_BODY = 200_000;
/** Characters of answers that their askers have not taken yet, all together: they lie in this process. */
const MAX_UNTAKEN = 128 * 2 ** 20;
/** A connection on which nothing moves for so long is closed. */
const IDLE_MS = 30_000;
const QUERY_PATHS = new Set(['/', '/subgraphs/name/assay']);
/** Anyone may read: what is served is public, and nothing can be changed. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'content-type, authorization, x-requested-with',
  'access-control-max-age': '86400',
};

/** @returns the listening server; rejects when the port is taken */
export function serve(options: HttpOptions): Promise<Server> {
  const outbox = new Outbox();
  const server = createServer((request, response) => {
    answer(request, response, options, outbox).catch(() => {
      if (!response.headersSent) send(response, 500, problem('the index failed to answer'));
      else response.destroy();
    });
  });
  server.requestTimeout = 15_000;
  server.headersTimeout = 10_000;
  server.timeout = IDLE_MS;
  server.maxConnections = 1_000;
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(options.port, options.host, () => done(server));
  });
}

const problem = (message: string): string => JSON.stringify({ errors: [{ message }] });

function send(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, {
    ...CORS,
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(body);
}

/** Whoever asks for much and reads nothing must not fill the memory of the index. */
class Outbox {
  #untaken = 0;

  send(response: ServerResponse, body: string): void {
    if (this.#untaken + body.length > MAX_UNTAKEN) {
      send(response, 503, problem('too many answers wait to be read; ask again later'), { 'retry-after': '5' });
      return;
    }
    this.#untaken += body.length;
    response.once('close', () => {
      this.#untaken -= body.length;
    });
    send(response, 200, body);
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpOptions,
  outbox: Outbox,
): Promise<void> {
  const path = (request.url ?? '/').split('?')[0]!;
  if (request.method === 'OPTIONS') return void response.writeHead(204, CORS).end();
  if (path === '/health' && (request.method === 'GET' || request.method === 'HEAD'))
    return send(response, 200, request.method === 'HEAD' ? '' : JSON.stringify(options.status()));
  if (!QUERY_PATHS.has(path))
    return send(response, 404, problem('there is nothing here; ask POST /subgraphs/name/assay'));
  if (request.method !== 'POST')
    return send(response, 405, problem('queries are sent by POST'), { allow: 'POST, OPTIONS' });
  const body = await readBody(request);
  if (body === undefined)
    return send(response, 413, problem(`a request may have ${MAX_BODY} bytes at most`), { connection: 'close' });
  const query = parseRequest(body);
  if (typeof query === 'string') return send(response, 400, problem(query));
  outbox.send(response, await options.query(query));
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** @returns what is wrong, in words, when it is no request */
function parseRequest(body: string): QueryRequest | string {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return 'the request is not JSON';
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return 'the request is not an object';
  const { query, variables, operationName } = json as Record<string, unknown>;
  if (typeof query !== 'string') return 'the request has no query';
  if (variables !== undefined && variables !== null && (typeof variables !== 'object' || Array.isArray(variables)))
    return 'variables must be an object';
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    return 'operationName must be text';
  return {
    query,
    variables: (variables ?? {}) as Record<string, unknown>,
    operationName: operationName ?? null,
  };
}
