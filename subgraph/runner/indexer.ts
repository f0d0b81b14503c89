import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import { type Batch, collect } from './chain/batch.ts';
import type { Chain } from './chain/chain.ts';
import type { Block, Header, Log } from './chain/types.ts';
import { deploymentId, resetForChain } from './deployment.ts';
import { DeterministicError, messageOf, RpcError } from './errors.ts';
import { Executor, HandlerFailed } from './executor.ts';
import type { Logger } from './log.ts';
import type { Manifest } from './manifest.ts';
import type { Failure, Status } from './status.ts';
import { Blocks, type StoredBlock } from './store/blocks.ts';
import { getMeta, setMeta, transaction } from './store/database.ts';

export interface IndexerOptions {
  readonly db: DatabaseSync;
  readonly manifest: Manifest;
  readonly chain: Chain;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Between looks at the head of the chain. @default 250 */
  readonly pollMs?: number;
}

/** Headers compared in one request while the common ancestor is sought. */
const ANCESTOR_STEP = 16;
/** A head that stays behind what is indexed for so many looks was moved back on purpose. */
const SHORTER_LOOKS = 3;
/** A chain that changed under so many looks in a row is an endpoint that contradicts itself. */
const UNSTEADY_LOOKS = 10;
const MAX_BACKOFF_MS = 10_000;
/** The event loop is let go after this long inside a batch. */
const SLICE_MS = 40;

/** Follows the chain: ranges of logs while far behind, then every new block; undoes what the chain takes back. */
export class Indexer {
  readonly #options: IndexerOptions;
  readonly #executor: Executor;
  readonly #blocks: Blocks;
  readonly #collect: ReturnType<typeof collect>;
  readonly #startedAt = new Date().toISOString();
  #head: Header | undefined;
  #failure: Failure | undefined;
  #rpcError: string | undefined;
  #events = 0;
  #reorgs = 0;
  #shorter = 0;
  #unsteady = 0;

  constructor(options: IndexerOptions) {
    const { db, manifest, chain, log } = options;
    this.#options = options;
    this.#executor = new Executor(db, manifest, chain, (level, message, at) =>
      log(level === 'critical' ? 'error' : level, `mapping: ${message}`, at),
    );
    this.#blocks = new Blocks(db);
    this.#collect = collect(chain);
    const failure = getMeta(db, 'failure');
    this.#failure = failure === undefined ? undefined : (JSON.parse(failure) as Failure);
  }

  get status(): Status {
    const indexed = this.#blocks.tip()?.number ?? null;
    const head = this.#head?.number ?? null;
    const behind = head === null ? null : Math.max(0, head - (indexed ?? this.#firstBlock - 1));
    return {
      deployment: deploymentId(this.#options.manifest),
      chainHead: head,
      indexedBlock: indexed,
      behind,
      synced: behind === 0 && this.#failure === undefined,
      failed: this.#failure ?? null,
      lastError: this.#failure?.message ?? this.#rpcError ?? null,
      events: this.#events,
      reorgs: this.#reorgs,
      startedAt: this.#startedAt,
    };
  }

  get #firstBlock(): number {
    return this.#executor.sources.firstBlock;
  }

  /** Until the signal. Endpoints that fail are tried again, ever more slowly. */
  async run(): Promise<void> {
    const { signal, log, pollMs = 250 } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      let wait = pollMs;
      try {
        if (await this.step()) wait = 0;
        failures = 0;
        this.#rpcError = undefined;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof RpcError)) throw error;
        failures += 1;
        wait = Math.min(MAX_BACKOFF_MS, pollMs * 2 ** Math.min(failures, 10));
        if (this.#rpcError !== error.message) log('warning', 'the chain does not answer', { error: error.message });
        this.#rpcError = error.message;
      }
      if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => undefined);
      else await breathe();
    }
  }

  /**
   * One look at the chain, and one batch of blocks.
   * @returns whether there may be more to do at once
   * @throws RpcError
   */
  async step(): Promise<boolean> {
    const { chain } = this.#options;
    if (this.#head === undefined) await this.#checkGenesis();
    const head = await chain.head();
    this.#head = head;
    const tip = this.#blocks.tip();
    if (tip !== undefined && !(await this.#isCanonical(tip, head))) return true;
    if (this.#failure !== undefined && !(await this.#failureIsGone(this.#failure))) return false;
    const from = tip === undefined ? this.#firstBlock : tip.number + 1;
    if (from > head.number) return false;
    const batch = await this.#fetch(from, head, tip);
    if (batch === undefined) return true;
    await this.#process(batch);
    return this.#failure === undefined;
  }

  /** @returns undefined when the chain changed between two answers: look again */
  async #fetch(from: number, head: Header, tip: StoredBlock | undefined): Promise<Batch | undefined> {
    const { chain } = this.#options;
    try {
      const batch = await this.#collect(from, head, tip, this.#executor.sources.live);
      this.#unsteady = batch === undefined ? this.#unsteady + 1 : 0;
      if (this.#unsteady > UNSTEADY_LOOKS) throw new RpcError('the chain changes with every answer');
      return batch;
    } catch (error) {
      if (error instanceof RpcError) chain.distrust();
      throw error;
    }
  }

  async #checkGenesis(): Promise<void> {
    const { chain, db, manifest, log } = this.#options;
    const genesis = (await chain.header(0))?.hash;
    if (genesis === undefined) throw new RpcError('the chain has no block 0');
    const known = getMeta(db, 'genesis');
    if (known === genesis) return;
    if (known === undefined) return setMeta(db, 'genesis', genesis);
    log('warning', 'the index is built anew: this is another chain', { known, genesis });
    resetForChain(db, manifest, genesis);
    this.#failure = undefined;
    this.#executor.forget();
  }

  /** Whether what is indexed is part of the chain; otherwise what is not has been undone. */
  async #isCanonical(tip: StoredBlock, head: Header): Promise<boolean> {
    if (head.hash === tip.hash || head.parentHash === tip.hash) {
      this.#shorter = 0;
      return true;
    }
    if (head.number < tip.number) return this.#isShorter(tip, head);
    this.#shorter = 0;
    const same = head.number === tip.number ? head : await this.#options.chain.header(tip.number);
    if (same?.hash === tip.hash) return true;
    await this.#undoTo(await this.#ancestor(tip.number), 'the chain took blocks back');
    return false;
  }

  /** An endpoint may only lag: what it shows must contradict the index, or stay. */
  async #isShorter(tip: StoredBlock, head: Header): Promise<boolean> {
    const known = this.#blocks.at(head.number);
    this.#shorter += 1;
    if ((known === undefined || known.hash === head.hash) && this.#shorter < SHORTER_LOOKS) return true;
    this.#shorter = 0;
    const ancestor = await this.#ancestor(Math.min(tip.number, head.number + 1));
    await this.#undoTo(ancestor, 'the chain became shorter');
    return false;
  }

  /** The newest indexed block below `below` that the chain still has; undefined when it has none. */
  async #ancestor(below: number): Promise<StoredBlock | undefined> {
    for (let next = below; ; ) {
      const known = this.#blocks.before(next, ANCESTOR_STEP);
      if (known.length === 0) return undefined;
      const headers = await this.#options.chain.headers(known.map((block) => block.number));
      const found = known.find((block, i) => headers[i]?.hash === block.hash);
      if (found !== undefined) return found;
      next = known.at(-1)!.number;
    }
  }

  async #undoTo(ancestor: StoredBlock | undefined, reason: string): Promise<void> {
    const { db, log } = this.#options;
    if (ancestor === undefined) await this.#checkGenesis();
    const block = ancestor?.number ?? this.#firstBlock - 1;
    transaction(db, () => {
      this.#executor.rollBack(block);
      this.#blocks.rollBack(block);
      setMeta(db, 'failure', undefined);
    });
    this.#failure = undefined;
    this.#reorgs += 1;
    log('info', reason, { backTo: block });
  }

  /** A block that broke the mapping may be taken back. */
  async #failureIsGone(failure: Failure): Promise<boolean> {
    const header = await this.#options.chain.header(failure.block);
    if (header?.hash === failure.blockHash) return false;
    setMeta(this.#options.db, 'failure', undefined);
    this.#failure = undefined;
    return true;
  }

  /** One transaction: after a kill at any moment the index is at the end of some block. */
  async #process(batch: Batch): Promise<void> {
    const { db } = this.#options;
    let slice = performance.now();
    let events = 0;
    db.exec('BEGIN IMMEDIATE');
    try {
      for (const entry of batch.entries) {
        if (entry.logs.length > 0) {
          const done = await this.#processBlock(entry.block as Block, entry.logs);
          if (done === undefined) break;
          events += done.events;
          this.#blocks.add(entry.block);
          // What a new source missed in the rest of the batch has to be fetched first.
          if (done.created) break;
        } else this.#blocks.add(entry.block);
        if (performance.now() - slice > SLICE_MS) {
          await breathe();
          slice = performance.now();
        }
      }
      db.exec('COMMIT');
      this.#events += events;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      this.#executor.forget();
      throw error;
    }
  }

  /** @returns undefined when the mapping failed: the block is undone, and those before it stay */
  async #processBlock(block: Block, logs: readonly Log[]): Promise<{ events: number; created: boolean } | undefined> {
    const { db, log } = this.#options;
    db.exec('SAVEPOINT block');
    try {
      const { events, created } = await this.#executor.process(block, logs);
      db.exec('RELEASE block');
      return { events, created: created.length > 0 };
    } catch (error) {
      if (!(error instanceof DeterministicError)) throw error;
      db.exec('ROLLBACK TO block; RELEASE block');
      this.#executor.forget();
      const handler = error instanceof HandlerFailed ? error.handler : '';
      const failure = { handler, block: block.number, blockHash: block.hash, message: messageOf(error) };
      setMeta(db, 'failure', JSON.stringify(failure));
      this.#failure = failure;
      log('error', 'the mapping failed, the index stands still', failure);
      return undefined;
    }
  }
}
