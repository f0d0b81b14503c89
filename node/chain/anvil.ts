import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProtocolError } from '../core/errors.ts';
import type { Log } from '../ports/Log.ts';
import { anvilBinary } from './anvilBinary.ts';
import { dropLease, endProcess, findLeased, writeLease } from './anvilOrphan.ts';
import { type AnvilState, openAnvilState } from './anvilState.ts';
import { Endpoint } from './rpc/endpoint.ts';

export class PortInUse extends ProtocolError {
  override readonly code = 'PORT_IN_USE';
  constructor(host: string, port: number) {
    super({
      what: 'The port is taken',
      why: `another program listens on ${host}:${port}`,
      fix: 'Stop it (is another `assay dev` running?), or choose another port.',
      meta: { host, port },
    });
  }
}

export class AnvilFailed extends ProtocolError {
  override readonly code = 'ANVIL_FAILED';
  constructor(why: string, cause?: unknown) {
    super({
      what: 'The local chain does not run',
      why,
      fix: 'Read the reason above; if its saved state is the cause, start over with `assay dev --reset`.',
      cause,
    });
  }
}

export interface AnvilOptions {
  /** 0 takes a free one. @default 0 */
  readonly port?: number;
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** @default 31337 */
  readonly chainId?: number;
  /** Where the chain is kept between starts; without it the chain dies with the process. */
  readonly stateFile?: string;
  /**
   * The chain is saved this often while it changes: what a SIGKILL can lose. A long chain, whose saves take longer, is
   * saved less often. @default 200
   */
  readonly saveEveryMs?: number;
  /**
   * Mines an empty block when the newest one is this old, so that chain time advances; 15 times slower after a minute
   * without transactions. 0: blocks for transactions only. @default 0
   */
  readonly heartbeatMs?: number;
  /** Accounts derived from anvil's well-known development phrase. @default 10 */
  readonly accounts?: number;
  /** The one web origin that may call the chain: the local dApp's. @default none */
  readonly allowOrigin?: string;
  /** Further flags of anvil, for tests. */
  readonly flags?: readonly string[];
  readonly log?: Log;
}

export interface Anvil {
  readonly url: string;
  readonly port: number;
  /** Of the running process; changes with every restart. */
  readonly pid: number;
  /** Times the process died and was started again. */
  readonly restarts: number;
  /** Saves the chain now; when it resolves, a SIGKILL cannot undo anything from before the call. */
  save(): Promise<void>;
  /** Saves and stops. Idempotent. */
  stop(): Promise<void>;
}

const READY_MS = 15_000;
const STOP_MS = 5_000;
const LOCAL_LIMITS = { timeoutMs: READY_MS, maxResponseBytes: 2 ** 30 };
/** Saving may take one part in so many of the time. */
const SAVE_SHARE = 10;
/** A chain that lived this long starts quickly again. */
const HEALTHY_MS = 2_000;
const IDLE_AFTER_MS = 60_000;
const IDLE_FACTOR = 15;

/**
 * Starts the local chain and keeps it running: a process that dies is started again from the last saved state. Blocks,
 * transactions, receipts and logs survive; state at historic heights and the pool of unmined transactions do not
 * (the transaction queue sends those again).
 *
 * Anvil's own `--state-interval` is not used: it writes the file in place, so a kill can tear it. Neither is
 * `--block-time`: every block adds 1.6 kB to each save, so idle seconds should not all become blocks.
 * @throws {PortInUse} {@link AnvilFailed}; AnvilMissing
 */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const host = options.host ?? '127.0.0.1';
  if (options.stateFile !== undefined) await takeOver(options.stateFile, host);
  const port = await freePort(host, options.port ?? 0);
  const anvil = new Supervised(host, port, options);
  await anvil.start();
  return anvil;
}

const leaseOf = (stateFile: string): string => `${stateFile}.pid`;

/** A supervisor that was killed leaves its chain running: it is saved and ended, so that nothing it did is lost. */
async function takeOver(stateFile: string, host: string): Promise<void> {
  const lease = findLeased(leaseOf(stateFile));
  if (lease === undefined) return;
  if (!lease.orphaned) throw new PortInUse(host, lease.port);
  const endpoint = new Endpoint(`http://${host}:${lease.port}`, LOCAL_LIMITS);
  const dump = await endpoint.call('anvil_dumpState', [], READY_MS).catch((error: unknown) => {
    // One that does not answer has nothing to give: the last save stands.
    if (error instanceof ProtocolError) return undefined;
    throw error;
  });
  if (typeof dump === 'string') await openAnvilState(stateFile).write(Buffer.from(dump.slice(2), 'hex'));
  await endProcess(lease.pid, STOP_MS);
  dropLease(leaseOf(stateFile));
}

interface Head {
  readonly hash: string;
  readonly timestamp: string;
  readonly transactions: readonly string[];
}

class Supervised implements Anvil {
  readonly url: string;
  readonly port: number;
  restarts = 0;
  readonly #host: string;
  readonly #options: AnvilOptions;
  readonly #endpoint: Endpoint;
  readonly #state: AnvilState | undefined;
  #child: ChildProcess | undefined;
  #stopping: Promise<void> | undefined;
  #timers: NodeJS.Timeout[] = [];
  #saving: Promise<void> = Promise.resolve();
  #savedHead = '';
  #bornAt = 0;
  /** Quick ones in a row. */
  #deaths = 0;
  #saveAgainAt = 0;
  #usedAt = performance.now();

  constructor(host: string, port: number, options: AnvilOptions) {
    this.#host = host;
    this.port = port;
    this.#options = options;
    this.url = `http://${host}:${port}`;
    this.#endpoint = new Endpoint(this.url, LOCAL_LIMITS);
    this.#state = options.stateFile === undefined ? undefined : openAnvilState(options.stateFile);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(): Promise<void> {
    await this.#spawn();
    const { heartbeatMs = 0, saveEveryMs = 200 } = this.#options;
    if (heartbeatMs > 0) this.#every(heartbeatMs / 4, () => this.#beat(heartbeatMs));
    if (this.#state !== undefined) this.#every(saveEveryMs, () => this.#saveIfMoved());
  }

  save(): Promise<void> {
    this.#saving = this.#saving.catch(() => undefined).then(() => this.#dump());
    return this.#saving;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#shutDown();
    return this.#stopping;
  }

  async #shutDown(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    const child = this.#child;
    try {
      if (this.#state !== undefined && child?.exitCode === null && child.signalCode === null) await this.save();
    } finally {
      if (child !== undefined) await terminate(child);
      if (this.#options.stateFile !== undefined) dropLease(leaseOf(this.#options.stateFile));
    }
  }

  /** Runs `body` again and again, `ms` after it ended, until the chain is stopped. */
  #every(ms: number, body: () => Promise<void>): void {
    const index = this.#timers.length;
    const round = (): void => {
      this.#timers[index] = setTimeout(() => {
        body()
          .catch((error: unknown) => this.#options.log?.debug('local chain is busy', { error }))
          .finally(() => {
            if (this.#stopping === undefined) round();
          });
      }, ms);
    };
    round();
  }

  async #spawn(): Promise<void> {
    const { chainId = 31337, accounts = 10, flags = [], allowOrigin } = this.#options;
    const state = await this.#state?.unpack().catch((error: Error) => {
      throw new AnvilFailed(`its saved state cannot be read: ${error.message}`, error);
    });
    const child = spawn(
      anvilBinary(),
      [
        // Without --quiet anvil prints its private keys.
        '--quiet',
        // Its default lets every web page that is open on this machine call anvil_* methods (threats N19).
        ...(allowOrigin === undefined ? ['--no-cors'] : ['--allow-origin', allowOrigin]),
        ...['--host', this.#host, '--port', String(this.port), '--chain-id', String(chainId)],
        ...['--accounts', String(accounts), '--prune-history', '512', '--no-request-size-limit'],
        ...(state === undefined ? [] : ['--load-state', state]),
        ...flags,
      ],
      // A group of its own: Ctrl-C in a terminal would end it before its last state is saved.
      { stdio: ['ignore', 'ignore', 'pipe'], env: {}, detached: true },
    );
    this.#child = child;
    const started = new AbortController();
    let complaint = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });
    const died = new Promise<never>((_, reject) => {
      child.once('error', (error) => reject(new AnvilFailed(error.message, error)));
      child.once('exit', (code, signal) => {
        const taken = /address (already )?in use/i.test(complaint);
        const why = `it ended with ${signal ?? `code ${code}`}${complaint === '' ? '' : `: ${complaint.trim()}`}`;
        reject(taken ? new PortInUse(this.#host, this.port) : new AnvilFailed(why));
      });
    });
    try {
      await Promise.race([died, this.#ready(started.signal)]);
      const { stateFile } = this.#options;
      const lease = { pid: child.pid!, port: this.port, supervisor: process.pid };
      if (stateFile !== undefined) writeLease(leaseOf(stateFile), lease);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    } finally {
      started.abort();
      await this.#state?.clean();
    }
    died.catch((error: unknown) => this.#revive(error));
  }

  async #ready(given: AbortSignal): Promise<void> {
    const deadline = performance.now() + READY_MS;
    while (!given.aborted) {
      try {
        await this.#endpoint.call('eth_chainId', [], READY_MS);
        return;
      } catch (error) {
        if (performance.now() > deadline) throw new AnvilFailed(`no answer on ${this.url} in ${READY_MS} ms`, error);
      }
      await sleep(20);
    }
  }

  #revive(cause: unknown): void {
    if (this.#stopping !== undefined) return;
    this.restarts += 1;
    this.#options.log?.warn('the local chain died and is started again', { cause, restarts: this.restarts });
    const again = (): Promise<void> => this.#spawn();
    // A chain that cannot start (say, a damaged state) is tried again ever more slowly, and says why each time.
    this.#deaths = performance.now() - this.#bornAt > HEALTHY_MS ? 1 : this.#deaths + 1;
    sleep(Math.min(100 * 2 ** Math.min(this.#deaths, 7), 10_000), undefined, { ref: false })
      .then(() => (this.#stopping === undefined ? again() : undefined))
      .catch((error: unknown) => this.#revive(error));
  }

  async #head(): Promise<Head> {
    return (await this.#endpoint.call('eth_getBlockByNumber', ['latest', false], STOP_MS)) as Head;
  }

  async #beat(heartbeatMs: number): Promise<void> {
    const head = await this.#head();
    if (head.transactions.length > 0) this.#usedAt = performance.now();
    const idle = performance.now() - this.#usedAt > IDLE_AFTER_MS;
    const ageMs = Date.now() - Number(head.timestamp) * 1000;
    // Chain time counts whole seconds.
    if (ageMs >= Math.max(1000, heartbeatMs * (idle ? IDLE_FACTOR : 1)))
      await this.#endpoint.call('evm_mine', [], STOP_MS);
  }

  async #saveIfMoved(): Promise<void> {
    if (performance.now() < this.#saveAgainAt || (await this.#head()).hash === this.#savedHead) return;
    const start = performance.now();
    await this.save();
    // A long chain takes anvil a while to dump, and it does nothing else meanwhile.
    this.#saveAgainAt = performance.now() + SAVE_SHARE * (performance.now() - start);
  }

  async #dump(): Promise<void> {
    if (this.#state === undefined) return;
    const { hash } = await this.#head();
    const dump = (await this.#endpoint.call('anvil_dumpState', [], 60_000)) as string;
    await this.#state.write(Buffer.from(dump.slice(2), 'hex'));
    this.#savedHead = hash;
  }
}

async function terminate(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(killer);
}

/** @throws {PortInUse} */
function freePort(host: string, wanted: number): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.once('error', () => failed(new PortInUse(host, wanted)));
    probe.listen(wanted, host, () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}
