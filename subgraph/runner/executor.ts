import type { DatabaseSync } from 'node:sqlite';
import { decodeEvent } from './abi/event.ts';
import type { Block, Log, Receipt } from './chain/types.ts';
import { DeterministicError } from './errors.ts';
import { type ChainRead, ChainReadNeeded, type LogLevel } from './host/context.ts';
import type { Handler, Manifest } from './manifest.ts';
import { handlersFor, type LiveSource, Sources } from './sources.ts';
import { EntityCache } from './store/entityCache.ts';
import type { Trigger } from './wasm/event.ts';
import { Mapping } from './wasm/instance.ts';

/** What handlers may ask of the chain while a block is processed. */
export interface ChainReader {
  /** State at the end of the block; null when a call reverts. @throws RpcError */
  read(request: ChainRead, block: Block): Promise<string | null>;
  logs(block: Block, addresses: readonly string[]): Promise<readonly Log[]>;
  receipt(transactionHash: string, block: Block): Promise<Receipt>;
}

/** A handler that every run would fail in. */
export class HandlerFailed extends DeterministicError {
  readonly handler: string;
  readonly block: Block;
  constructor(handler: string, block: Block, log: Log, cause: DeterministicError) {
    super(`${handler} failed at block ${block.number}, log ${log.logIndex}: ${cause.message}`, cause);
    this.handler = handler;
    this.block = block;
  }
}

export type MappingLog = (level: LogLevel, message: string, at: { handler: string; block: number }) => void;

/** A mapping that asks for ever more of the chain is stopped. */
const MAX_READS = 1_000;
/** Sources that make sources that make sources, in one block. */
const MAX_GENERATIONS = 100;

/** Runs handlers on blocks and keeps what they write. */
export class Executor {
  readonly sources: Sources;
  readonly #entities: EntityCache;
  readonly #chain: ChainReader;
  readonly #mappings = new Map<WebAssembly.Module, Mapping>();
  readonly #manifest: Manifest;
  readonly #log: MappingLog;
  readonly #reads = new Map<string, string | null>();
  #source: LiveSource | undefined;
  #at = { handler: '', block: 0 };
  #created: LiveSource[] = [];

  constructor(db: DatabaseSync, manifest: Manifest, chain: ChainReader, log: MappingLog) {
    this.sources = new Sources(db, manifest);
    this.#entities = new EntityCache(db, manifest.schema);
    this.#manifest = manifest;
    this.#chain = chain;
    this.#log = log;
  }

  /**
   * Runs every handler on the logs of one block, in their order, and writes its versions. The caller holds a
   * transaction and undoes it (and calls {@link forget}) when this throws.
   * @returns events handled, and the sources that the block made: they were run on this block, their later logs are
   * for the caller to fetch
   * @throws HandlerFailed
   */
  async process(block: Block, logs: readonly Log[]): Promise<{ events: number; created: readonly LiveSource[] }> {
    this.#reads.clear();
    for (const mapping of this.#mappings.values()) mapping.beginBlock();
    const created: LiveSource[] = [];
    let events = 0;
    let sources: readonly LiveSource[] = this.sources.live.slice();
    let pending = logs;
    for (let generation = 0; sources.length > 0; generation++) {
      if (generation > MAX_GENERATIONS)
        throw new DeterministicError(`block ${block.number} makes data sources without end`);
      this.#created = [];
      for (const log of pending) {
        const done = this.#handle(block, log, sources);
        events += typeof done === 'number' ? done : await done;
      }
      sources = this.#created;
      created.push(...sources);
      if (sources.length > 0)
        pending = await this.#chain.logs(
          block,
          sources.map((source) => source.address),
        );
    }
    this.#entities.flush(block.number);
    return { events, created };
  }

  /** Waits only when a handler needs the chain: awaiting every log would cost more than most handlers. */
  #handle(block: Block, log: Log, sources: readonly LiveSource[]): number | Promise<number> {
    let count = 0;
    const slow: [LiveSource, Handler][] = [];
    for (const source of sources)
      for (const handler of handlersFor(source, log)) {
        count += 1;
        // Order is kept: once one had to wait, the rest of this log waits behind it.
        if (slow.length > 0 || !this.#tryRun(source, handler, block, log)) slow.push([source, handler]);
      }
    return slow.length === 0 ? count : this.#runSlowly(slow, block, log).then(() => count);
  }

  async #runSlowly(slow: readonly [LiveSource, Handler][], block: Block, log: Log): Promise<void> {
    for (const [source, handler] of slow) {
      const receipt = handler.receipt ? await this.#chain.receipt(log.transactionHash, block) : undefined;
      for (let reads = 0; ; reads++) {
        if (reads > MAX_READS) throw new HandlerFailed(handler.handler, block, log, tooManyReads());
        const needed = this.#attempt(source, handler, block, log, receipt);
        if (needed === undefined) break;
        this.#reads.set(JSON.stringify(needed), await this.#chain.read(needed, block));
      }
    }
  }

  #tryRun(source: LiveSource, handler: Handler, block: Block, log: Log): boolean {
    return !handler.receipt && this.#attempt(source, handler, block, log, undefined) === undefined;
  }

  /** @returns what the handler needs of the chain before it can run */
  #attempt(
    source: LiveSource,
    handler: Handler,
    block: Block,
    log: Log,
    receipt: Receipt | undefined,
  ): ChainRead | undefined {
    const values = decodeEvent(handler.event, log.topics, log.data);
    const at = { handler: handler.handler, block: block.number };
    if (values === undefined) {
      this.#log('warning', `log ${log.logIndex} is not an ${handler.event.signature} and is passed over`, at);
      return undefined;
    }
    const transaction = block.transactions.get(log.transactionHash)!;
    const trigger: Trigger = { block, transaction, log, event: handler.event, values, ...(receipt && { receipt }) };
    const created = this.#created.length;
    this.#source = source;
    this.#at = at;
    this.#entities.beginHandler();
    try {
      this.#mapping(source.spec.module).run(handler.handler, trigger);
      return undefined;
    } catch (error) {
      if (error instanceof DeterministicError) throw new HandlerFailed(handler.handler, block, log, error);
      if (!(error instanceof ChainReadNeeded)) throw error;
      this.#entities.undoHandler();
      for (const made of this.#created.splice(created).reverse()) this.sources.uncreate(made);
      return error.request;
    }
  }

  #mapping(module: WebAssembly.Module): Mapping {
    let mapping = this.#mappings.get(module);
    if (mapping === undefined) {
      const executor = this;
      mapping = new Mapping(module, {
        schema: this.#manifest.schema,
        entities: this.#entities,
        get source() {
          return executor.#source!;
        },
        read: (request) => this.#read(request),
        create: (template, params, context) => {
          const made = this.sources.create(template, params, context, this.#at.block);
          if (made !== undefined) this.#created.push(made);
        },
        log: (level, message) => this.#log(level, message, this.#at),
      });
      this.#mappings.set(module, mapping);
    }
    return mapping;
  }

  #read(request: ChainRead): string | null {
    const known = this.#reads.get(JSON.stringify(request));
    if (known === undefined) throw new ChainReadNeeded(request);
    return known;
  }

  /** The caller's transaction was undone. */
  forget(): void {
    this.#entities.forget();
    this.sources.reload();
  }

  /** Undoes every block after `block`, in the caller's transaction. */
  rollBack(block: number): void {
    this.#entities.rollBack(block);
    this.sources.rollBack(block);
  }
}

const tooManyReads = (): DeterministicError => new DeterministicError(`it read the chain more than ${MAX_READS} times`);
