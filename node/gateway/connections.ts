import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Share of `maxConnections` from which on newcomers push out those who only wait. */
const HIGH_WATER = 0.9;

/**
 * Keeps room for new sockets: near the limit, the socket that has been without a complete request for the longest
 * time gives way. Thousands of idle or dripping sockets then cost an attacker much and good traffic nothing.
 */
export class Connections {
  readonly #all = new Set<Socket>();
  /** Sockets without a complete request in hand, the longest waiting first (sets keep the order of insertion). */
  readonly #waiting = new Set<Socket>();
  readonly #highWater: number;

  constructor(server: Server, maxConnections: number) {
    server.maxConnections = maxConnections;
    this.#highWater = Math.max(1, Math.floor(maxConnections * HIGH_WATER));
    server.on('connection', (socket) => this.#opened(socket));
  }

  get open(): number {
    return this.#all.size;
  }

  /** True while a complete request of this socket is being answered. */
  isBusy(socket: Socket): boolean {
    return this.#all.has(socket) && !this.#waiting.has(socket);
  }

  /** The socket has delivered a complete request. */
  busy(socket: Socket): void {
    this.#waiting.delete(socket);
  }

  /** The socket's request is answered. */
  idle(socket: Socket): void {
    if (this.#all.has(socket)) this.#waiting.add(socket);
  }

  #opened(socket: Socket): void {
    if (this.#all.size >= this.#highWater) {
      const [idlest] = this.#waiting;
      idlest?.destroy();
    }
    this.#all.add(socket);
    this.#waiting.add(socket);
    socket.once('close', () => {
      this.#all.delete(socket);
      this.#waiting.delete(socket);
    });
  }
}
