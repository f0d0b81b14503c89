import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import { ServiceOverloaded } from '../service/inference.ts';
import type { Gateway } from './app.ts';
import { Connections } from './connections.ts';
import { BodyTooLarge, GatewayAddressRefused, GatewayPortInUse, RequestMalformed } from './errors.ts';
import type { GatewayLimits } from './limits.ts';
import { inferCallOf, isInfer, writeReply } from './nodeInfer.ts';
import { CLIENT_GONE, problemReply } from './problem.ts';
import { toResponse } from './reply.ts';

export interface ListenOptions {
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port: number;
}

export interface DrainOutcome {
  /** False when the deadline came first. */
  readonly finished: boolean;
  /** Requests that were cut at the deadline. */
  readonly cut: number;
}

/** A gateway that listens. */
export interface GatewayServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Sockets that are open now. */
  readonly connections: number;
  /**
   * Stops taking work, lets the requests in hand finish for at most `deadlineMs`, then cuts the rest. Requests on open
   * sockets are refused with 503 meanwhile. The second call returns the outcome of the first.
   */
  drain(deadlineMs: number): Promise<DrainOutcome>;
}

/** The payment header may have 16 KiB; Node's default for all headers together is 16 KiB. */
const MAX_HEADER_BYTES = 24 * 1024;
/** How often Node looks for sockets that are over their time. */
const CHECK_MS = 500;
/** A socket on which nothing moves at all, e.g. a client that does not read its answer. */
const SILENCE_MS = 120_000;
/** What is read, and for how long, of a body whose answer is already sent: closing at once would destroy the answer. */
const LINGER_BYTES = 1024 * 1024;
const LINGER_MS = 1000;
const LINGER_CHECK_MS = 20;

/**
 * Serves `gateway` over HTTP/1.1.
 * @throws {GatewayPortInUse} {@link GatewayAddressRefused}
 */
export async function listen(gateway: Gateway, { host = '127.0.0.1', port }: ListenOptions): Promise<GatewayServer> {
  const server = createServer(serverOptions(gateway.limits));
  server.maxRequestsPerSocket = gateway.limits.maxRequestsPerSocket;
  server.setTimeout(SILENCE_MS);
  const traffic = new Traffic(gateway, server);
  await bind(server, host, port);
  const address = server.address() as AddressInfo;
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : address.family === 'IPv6' ? `[${host}]` : host;
  let draining: Promise<DrainOutcome> | undefined;
  return {
    host,
    port: address.port,
    url: `http://${shown}:${address.port}`,
    get connections() {
      return traffic.connections.open;
    },
    drain: (deadlineMs) => {
      draining ??= traffic.drain(deadlineMs);
      return draining;
    },
  };
}

const serverOptions = (limits: GatewayLimits) => ({
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: limits.headersTimeoutMs,
  requestTimeout: Math.max(limits.uploadTimeoutMs, limits.headersTimeoutMs),
  keepAliveTimeout: limits.keepAliveTimeoutMs,
  connectionsCheckingInterval: Math.min(CHECK_MS, limits.headersTimeoutMs),
  noDelay: true,
});

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const Refusal = error.code === 'EADDRINUSE' ? GatewayPortInUse : GatewayAddressRefused;
      reject(new Refusal(host, port, error));
    });
    server.listen({ host, port, backlog: 1024 }, resolve);
  });
}

/** The requests of one server, from their arrival to the closing of the last socket. */
class Traffic {
  readonly connections: Connections;
  readonly #gateway: Gateway;
  readonly #server: Server;
  readonly #viaHono: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly #open = new Set<ServerResponse>();
  #draining = false;

  constructor(gateway: Gateway, server: Server) {
    this.#gateway = gateway;
    this.#server = server;
    this.connections = new Connections(server, gateway.limits.maxConnections);
    this.#viaHono = getRequestListener(gateway.app.fetch, {
      overrideGlobalObjects: false,
      errorHandler: (error) => toResponse(problemReply(readable(error), gateway.log)),
    });
    server.on('request', (request, response) => this.#answer(request, response));
    server.on('checkContinue', (request, response) => this.#answerExpectant(request, response));
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#refuseSocket(error, socket as Socket));
  }

  async drain(deadlineMs: number): Promise<DrainOutcome> {
    this.#draining = true;
    const closed = new Promise<true>((resolve) => this.#server.close(() => resolve(true)));
    this.#server.closeIdleConnections();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, deadlineMs, false);
    });
    const finished = await Promise.race([closed, late]);
    clearTimeout(timer);
    const cut = finished ? 0 : this.#open.size;
    this.#server.closeAllConnections();
    await closed;
    return { finished: cut === 0, cut };
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const controller = new AbortController();
    this.#open.add(response);
    response.once('close', () => {
      this.#open.delete(response);
      if (!response.writableFinished) controller.abort();
      if (request.complete) this.#release(socket);
      else linger(request, () => this.#release(socket));
    });
    if (this.#draining && request.url !== '/v2/health/live') {
      this.connections.busy(socket);
      writeReply(response, problemReply(draining(), this.#gateway.log), true);
      return;
    }
    const call = inferCallOf(request, controller.signal, this.#gateway.limits.requestTimeoutMs);
    if (call === undefined) {
      this.connections.busy(socket);
      void this.#viaHono(request, response);
      return;
    }
    request.once('end', () => this.connections.busy(socket));
    void this.#gateway.endpoint.answer(call).then((reply) => {
      if (reply === CLIENT_GONE) socket.destroy();
      else writeReply(response, reply, this.#draining);
    });
  }

  /** A socket whose request is answered. */
  #release(socket: Socket): void {
    if (this.#draining) socket.destroySoon();
    else this.connections.idle(socket);
  }

  /** `Expect: 100-continue`: a body that is too large is refused before it is sent. */
  #answerExpectant(request: IncomingMessage, response: ServerResponse): void {
    const declared = Number(request.headers['content-length'] ?? 0);
    const { maxBodyBytes } = this.#gateway.limits;
    if (isInfer(request) && declared > maxBodyBytes) {
      writeReply(response, problemReply(new BodyTooLarge(declared, maxBodyBytes), this.#gateway.log), true);
      return;
    }
    response.writeContinue();
    this.#answer(request, response);
  }

  /** Bytes that are no HTTP request, headers over their limit, or a request over its time. */
  #refuseSocket(error: NodeJS.ErrnoException, socket: Socket): void {
    if (!socket.writable || this.connections.isBusy(socket)) {
      socket.destroy();
      return;
    }
    const [status, reason, why] = CLIENT_ERRORS.get(error.code ?? '') ?? [400, 'Bad Request', 'it is no HTTP request'];
    const body = JSON.stringify({ error: `The request cannot be read: ${why}.`, code: 'REQUEST_MALFORMED' });
    const head = `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
    socket.write(`${head}\r\nConnection: close\r\n\r\n${body}`);
    // Not only our half: a client that never closes his would keep the socket.
    socket.destroySoon();
  }
}

const CLIENT_ERRORS: ReadonlyMap<string, readonly [status: number, reason: string, why: string]> = new Map([
  ['HPE_HEADER_OVERFLOW', [431, 'Request Header Fields Too Large', `its headers exceed ${MAX_HEADER_BYTES} bytes`]],
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, 'Request Timeout', 'it did not arrive in time']],
]);

/** Hono's adapter refuses impossible addresses and hosts with an error of its own. */
const readable = (error: unknown): unknown =>
  error instanceof RequestError ? new RequestMalformed(error.message, 'Check the address and the Host header.') : error;

const draining = (): ServiceOverloaded =>
  new ServiceOverloaded(
    {
      what: 'The node is stopping',
      why: 'it finishes the requests in hand and takes no new ones',
      fix: 'Ask another worker of this model.',
    },
    5,
  );

/** Lets the sender finish a small rest, so that he gets to read the answer; cuts him off when he sends on. */
function linger(request: IncomingMessage, complete: () => void): void {
  const { socket } = request;
  const start = socket.bytesRead;
  const deadline = performance.now() + LINGER_MS;
  request.resume();
  const timer = setInterval(() => {
    const over = socket.bytesRead - start > LINGER_BYTES || performance.now() > deadline;
    if (!request.complete && !socket.destroyed && !over) return;
    clearInterval(timer);
    if (request.complete) complete();
    else socket.destroy();
  }, LINGER_CHECK_MS);
}
