import { type Abi, decodeEventLog } from 'viem';
import { type Address, type Digest, type Hex, sameAddress } from '../core/codec/hex.ts';
import type { Journal, JournalTable } from '../ports/Journal.ts';
import type { Log } from '../ports/Log.ts';
import { RpcAnswerTooLarge, RpcRefused } from './rpc/errors.ts';
import type { Rpc, RpcRequest } from './rpc/rpc.ts';
import { quantity } from './tx/chainView.ts';
import { Wake } from './tx/wake.ts';

export interface ChainEvent {
  readonly address: Address;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly blockNumber: number;
  readonly blockHash: Digest;
  readonly transactionHash: Digest;
  readonly logIndex: number;
}

export interface FollowOptions {
  readonly rpc: Rpc;
  readonly journal: Journal;
  readonly log: Log;
  /** Names the cursor in the journal: one per follower, and per chain. */
  readonly name: string;
  readonly addresses: readonly Address[];
  /** Events that are understood; others are counted and skipped. */
  readonly abi: Abi;
  /** First block of interest, usually the deployment's. */
  readonly fromBlock: number;
  /**
   * Called once per event, in chain order, inside the journal transaction that moves the cursor: what it writes to the
   * same journal happens exactly once, whatever dies. Synchronous; a throw leaves the cursor where it was.
   */
  readonly onEvent: (event: ChainEvent) => void;
  /** Everything from blocks above `blockNumber` did not happen; inside the same kind of transaction. */
  readonly onRollback: (blockNumber: number) => void;
  /** 1 follows the head. @default 1 */
  readonly confirmations?: number;
  /** Endpoints that must show the same logs and blocks before anything is believed. @default 1 */
  readonly agree?: number;
  /** Most blocks asked for at once. @default 2000 */
  readonly maxRange?: number;
  /** Pause between looks at the head, ms. @default 500 */
  readonly pollMs?: number;
}

export interface Follower {
  /** Last block whose events were delivered; fromBlock - 1 before the first. */
  readonly position: number;
  /** Logs that were skipped because `abi` does not explain them. */
  readonly skipped: number;
  /** Resolves when every event up to the present head is delivered. */
  synced(): Promise<void>;
  stop(): Promise<void>;
}

interface Checkpoint {
  readonly number: number;
  readonly hash: Digest;
}

interface RawLog {
  readonly address: Address;
  readonly topics: [Digest, ...Digest[]];
  readonly data: Hex;
  readonly blockNumber: Hex;
  readonly blockHash: Digest;
  readonly transactionHash: Digest;
  readonly logIndex: Hex;
  readonly removed?: boolean;
}

/** A run of blocks as one endpoint showed it: the events in it, and blocks to recognise it by. */
interface Stretch {
  readonly to: number;
  readonly logs: readonly RawLog[];
  readonly checkpoints: readonly Checkpoint[];
}

type Found = Stretch | 'nothing new' | 'behind' | 'again';

const AGAIN_MS = 20;
const SHORTER_LOOKS = 20;
/** Checkpoints kept: a reorganisation deeper than all of them starts over from the oldest. */
const MAX_CHECKPOINTS = 256;

/**
 * Follows the events of some contracts, linked by block hash: it knows the hash of what it delivered last, asks each
 * time whether that block still stands, rolls back when it does not, and delivers each stretch only when the endpoint
 * showed the same last block before and after its logs. So nothing is missed and nothing comes twice, over restarts,
 * reorganisations, range limits and endpoints that fail or lag.
 */
export function follow(options: FollowOptions): Follower {
  const follower = new Following(options);
  follower.start();
  return follower;
}

class Following implements Follower {
  readonly #options: Required<FollowOptions>;
  readonly #cursor: JournalTable<readonly Checkpoint[]>;
  readonly #wake = new Wake();
  #range: number;
  #skipped = 0;
  #troubles = 0;
  /** Looks in a row at a chain that is a shorter form of what was delivered. */
  #shorter = 0;
  #stopped = false;
  #running: Promise<void> | undefined;
  #waiters: (() => void)[] = [];

  constructor(options: FollowOptions) {
    this.#options = { confirmations: 1, agree: 1, maxRange: 2000, pollMs: 500, ...options };
    this.#range = this.#options.maxRange;
    this.#cursor = options.journal.table(`follow_${options.name}`);
  }

  get position(): number {
    return this.#checkpoints().at(-1)?.number ?? this.#options.fromBlock - 1;
  }

  get skipped(): number {
    return this.#skipped;
  }

  start(): void {
    this.#running = this.#drive();
  }

  synced(): Promise<void> {
    this.#wake.up();
    return new Promise((done) => this.#waiters.push(done));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake.up();
    await this.#running;
  }

  #checkpoints(): readonly Checkpoint[] {
    return this.#cursor.get('checkpoints') ?? [];
  }

  async #drive(): Promise<void> {
    while (!this.#stopped) {
      const pauseMs = await this.#step();
      if (!this.#stopped) await this.#wake.wait(pauseMs);
    }
  }

  /** One stretch. Returns how long to wait before the next, ms. */
  async #step(): Promise<number> {
    const { rpc, log, pollMs, name, agree } = this.#options;
    // Only a look at the head that begins after somebody asked tells him that he has seen everything.
    const asked = this.#waiters.splice(0);
    try {
      const read = (request: RpcRequest): Promise<Found> => this.#read(request);
      const found = agree > 1 ? await rpc.agreed(agree, read) : await rpc.pinned(read);
      this.#troubles = 0;
      if (found === 'nothing new') for (const done of asked.splice(0)) done();
      else if (typeof found === 'object') this.#deliver(found);
      return found === 'nothing new' || found === 'behind' ? pollMs : found === 'again' ? AGAIN_MS : 0;
    } catch (error) {
      if (tooMuch(error) && this.#range > 1) {
        this.#range = Math.max(1, this.#range >> 1);
        log.debug('the endpoint gives fewer blocks at once', { name, range: this.#range });
        return 0;
      }
      this.#troubles += 1;
      log.warn('events wait', { name, position: this.position, error });
      return Math.min(5_000, pollMs * 2 ** Math.min(this.#troubles, 6));
    } finally {
      this.#waiters.unshift(...asked);
    }
  }

  async #read(request: RpcRequest): Promise<Found> {
    const { addresses, confirmations } = this.#options;
    const latest = Number(await request('eth_blockNumber', []));
    const last = this.#checkpoints().at(-1);
    if (last !== undefined && (await hashAt(request, last.number)) !== last.hash) {
      if (last.number > latest && !(await this.#shrunk(request, latest))) return 'behind';
      this.#rollBack(await this.#ancestor(request));
      return 'again';
    }
    this.#shorter = 0;
    const from = this.position + 1;
    const head = latest - confirmations + 1;
    if (from > head) return 'nothing new';
    const to = Math.min(head, from + this.#range - 1);
    const hash = await hashAt(request, to);
    const range = { address: addresses, fromBlock: quantity(from), toBlock: quantity(to) };
    const logs = (await request('eth_getLogs', [range])) as RawLog[];
    const stands = async (at: Checkpoint): Promise<boolean> => (await hashAt(request, at.number)) === at.hash;
    if (hash === undefined || !(await stands({ number: to, hash }))) return 'again';
    if (last !== undefined && !(await stands(last))) return 'again';
    const inside = logs.map(({ blockNumber, blockHash }) => ({ number: Number(blockNumber), hash: blockHash }));
    return { to, logs, checkpoints: [...inside, { number: to, hash }] };
  }

  /**
   * The chain ends below what was delivered. When one of its blocks differs from ours, it was reorganised; when all are
   * ours, the endpoint lags, or a local chain lost its last blocks: only time tells those apart.
   */
  async #shrunk(request: RpcRequest, latest: number): Promise<boolean> {
    const below = this.#checkpoints().findLast(({ number }) => number <= latest);
    if (below !== undefined && (await hashAt(request, below.number)) !== below.hash) return true;
    this.#shorter += 1;
    return this.#shorter > SHORTER_LOOKS;
  }

  /** The newest checkpoint that still stands. */
  async #ancestor(request: RpcRequest): Promise<number> {
    for (const { number, hash } of this.#checkpoints().toReversed()) {
      if ((await hashAt(request, number)) === hash) return number;
    }
    return this.#options.fromBlock - 1;
  }

  #rollBack(blockNumber: number): void {
    const { journal, log, name, onRollback } = this.#options;
    log.warn('a reorganisation takes events back', { name, from: this.position, to: blockNumber });
    journal.transaction(() => {
      onRollback(blockNumber);
      this.#cursor.put(
        'checkpoints',
        this.#checkpoints().filter(({ number }) => number <= blockNumber),
      );
    });
  }

  #deliver({ to, logs, checkpoints }: Stretch): void {
    const { journal, addresses, maxRange, fromBlock } = this.#options;
    const before = this.position;
    const events = logs
      // An endpoint may send more than was asked for; the order is ours to make.
      .filter((each) => addresses.some((address) => sameAddress(address, each.address)) && each.removed !== true)
      .filter(({ blockNumber }) => Number(blockNumber) > before && Number(blockNumber) <= to)
      .sort((a, b) => Number(a.blockNumber) - Number(b.blockNumber) || Number(a.logIndex) - Number(b.logIndex))
      .filter((each, i, all) => i === 0 || key(each) !== key(all[i - 1]!))
      .flatMap((each) => this.#decode(each));
    journal.transaction(() => {
      for (const event of events) this.#options.onEvent(event);
      const kept = [...this.#checkpoints(), ...unique(checkpoints)].filter(({ number }) => number >= fromBlock);
      this.#cursor.put('checkpoints', kept.slice(-MAX_CHECKPOINTS));
    });
    this.#range = Math.min(maxRange, this.#range * 2);
  }

  /** What contracts say is data: an event that cannot be read is counted, never thrown over (threats W10). */
  #decode(raw: RawLog): ChainEvent[] {
    try {
      const { eventName, args } = decodeEventLog({ abi: this.#options.abi, topics: raw.topics, data: raw.data });
      const { address, blockHash, transactionHash } = raw;
      const place = { blockNumber: Number(raw.blockNumber), logIndex: Number(raw.logIndex) };
      const named = (args ?? {}) as unknown as Readonly<Record<string, unknown>>;
      return [{ address, name: eventName ?? '', args: named, ...place, blockHash, transactionHash }];
    } catch (error) {
      this.#skipped += 1;
      this.#options.log.debug('an event cannot be read', { block: raw.blockNumber, topic: raw.topics[0], error });
      return [];
    }
  }
}

const key = ({ blockHash, logIndex }: RawLog): string => `${blockHash} ${Number(logIndex)}`;

function unique(checkpoints: readonly Checkpoint[]): Checkpoint[] {
  const byNumber = new Map(checkpoints.map((each) => [each.number, each]));
  return [...byNumber.values()].sort((a, b) => a.number - b.number);
}

async function hashAt(request: RpcRequest, number: number): Promise<Digest | undefined> {
  const found = (await request('eth_getBlockByNumber', [quantity(number), false])) as { readonly hash: Digest } | null;
  return found?.hash;
}

/** Endpoints refuse large ranges in many words (EIP-1474's -32005 among them); a smaller one is always right. */
const tooMuch = (error: unknown): boolean =>
  error instanceof RpcAnswerTooLarge || (error instanceof RpcRefused && error.method === 'eth_getLogs');
