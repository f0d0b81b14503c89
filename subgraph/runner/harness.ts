import type { DatabaseSync } from 'node:sqlite';
import { encodeAbi } from './abi/encode.ts';
import { type AbiEvent, topicType } from './abi/event.ts';
import { keccakHex } from './abi/keccak.ts';
import type { AbiType, AbiValue } from './abi/type.ts';
import type { Block, Log, Receipt, Transaction } from './chain/types.ts';
import { ManifestError, RpcError } from './errors.ts';
import { type ChainReader, Executor } from './executor.ts';
import { QueryEngine } from './graphql/engine.ts';
import type { ChainRead, LogLevel } from './host/context.ts';
import { type Manifest, readManifest, type SourceSpec } from './manifest.ts';
import { formatBigDecimal } from './number/bigDecimal.ts';
import type { Atom, Entity } from './schema/entity.ts';
import { Blocks } from './store/blocks.ts';
import { createTables, openDatabase, transaction } from './store/database.ts';
import { EntityTable } from './store/table.ts';

/** Arguments by name or in order. Addresses and bytes as hex, integers as bigint or number, structs as arrays. */
export type Arguments = Readonly<Record<string, unknown>> | readonly unknown[];

export interface TestEvent {
  /** Data source of the manifest, or a template when `address` is given. */
  readonly source: string;
  /** Name of the event, or its signature where names are overloaded. */
  readonly event: string;
  readonly args?: Arguments;
  /** @default the address of the source */
  readonly address?: string;
  /** Sender of the transaction. */
  readonly from?: string;
  /** Called contract. @default the emitter */
  readonly to?: string;
  /** Events with the same key share a transaction. @default one transaction for the block */
  readonly transaction?: string;
  readonly input?: string;
  readonly value?: bigint;
}

export interface BlockOptions {
  /** @default one after the last */
  readonly number?: number;
  /** Seconds. @default 12 after the last */
  readonly timestamp?: number;
}

/** Fields as GraphQL shows them: integers of any size as text, references as ids, lists as arrays. */
export type PlainEntity = Readonly<Record<string, unknown>>;

/** A mapping under test: events in, entities out, by the same host and store as the running index. */
export interface MappingHarness {
  readonly manifest: Manifest;
  readonly db: DatabaseSync;
  /** What the mapping logged. */
  readonly logged: readonly { readonly level: LogLevel; readonly message: string }[];
  /** One block with these events, in order. @throws HandlerFailed what the mapping did wrong */
  apply(events: readonly TestEvent[], options?: BlockOptions): Promise<Block>;
  /** Undoes every block after this one. */
  rollBack(block: number): void;
  entity(type: string, id: string): PlainEntity | undefined;
  /** By id. */
  entities(type: string): PlainEntity[];
  /** The `data` of a GraphQL query. @throws Error with the messages of the errors */
  query<T = Record<string, unknown>>(query: string, variables?: Readonly<Record<string, unknown>>): T;
  /** Answers `ethereum.call`: hex data, or null for a revert. Unanswered calls throw. */
  answerCalls(answer: (to: string, data: string) => string | null): void;
  close(): void;
}

const GENESIS_TIME = 1_700_000_000;
const hash = (text: string): string => keccakHex(Buffer.from(text));

/**
 * Opens a built manifest (`subgraph/build.ts` makes one) for tests of its mappings.
 * @throws ManifestError
 */
export function openHarness(manifestPath: string, databasePath = ':memory:'): MappingHarness {
  const manifest = readManifest(manifestPath);
  const db = openDatabase(databasePath);
  createTables(db, manifest.schema);
  return new Harness(manifest, db);
}

class Harness implements MappingHarness, ChainReader {
  readonly manifest: Manifest;
  readonly db: DatabaseSync;
  readonly logged: { level: LogLevel; message: string }[] = [];
  readonly #executor: Executor;
  readonly #blocks: Blocks;
  #last: { number: number; timestamp: number; hash: string };
  #blockLogs: readonly Log[] = [];
  #engine: QueryEngine | undefined;
  #answer: ((to: string, data: string) => string | null) | undefined;

  constructor(manifest: Manifest, db: DatabaseSync) {
    this.manifest = manifest;
    this.db = db;
    this.#executor = new Executor(db, manifest, this, (level, message) => this.logged.push({ level, message }));
    this.#blocks = new Blocks(db);
    this.#last = { number: this.#executor.sources.firstBlock, timestamp: GENESIS_TIME, hash: hash('genesis') };
  }

  async apply(events: readonly TestEvent[], options: BlockOptions = {}): Promise<Block> {
    const number = options.number ?? this.#last.number + 1;
    const timestamp = options.timestamp ?? this.#last.timestamp + 12;
    const block = blockOf(number, timestamp, this.#last.hash, events, (event) => this.#address(event));
    this.#blockLogs = events.map((event, i) => this.#log(event, block, i));
    this.db.exec('BEGIN IMMEDIATE');
    try {
      await this.#executor.process(block, this.#blockLogs);
      this.#blocks.add(block);
      this.db.exec('COMMIT');
    } catch (error) {
      this.db.exec('ROLLBACK');
      this.#executor.forget();
      throw error;
    }
    this.#last = { number, timestamp, hash: block.hash };
    return block;
  }

  rollBack(block: number): void {
    transaction(this.db, () => {
      this.#executor.rollBack(block);
      this.#blocks.rollBack(block);
    });
    this.#last = { number: block, timestamp: this.#last.timestamp, hash: hash(`fork ${this.#last.hash}`) };
  }

  #spec(name: string): SourceSpec {
    const spec = this.manifest.sources.find((source) => source.name === name) ?? this.manifest.templates.get(name);
    if (spec === undefined) throw new ManifestError(`the manifest has no data source ${name}`);
    return spec;
  }

  #address(event: TestEvent): string {
    const address = (event.address ?? this.#spec(event.source).address)?.toLowerCase();
    if (address === undefined) throw new ManifestError(`${event.source} is a template: say at which address`);
    return address;
  }

  #event({ source, event }: TestEvent): AbiEvent {
    const all = [...this.#spec(source).handlers.values()].flat().map((handler) => handler.event);
    const named = all.filter(({ signature }) => signature === event || signature.split('(')[0] === event);
    if (named.length !== 1)
      throw new ManifestError(
        `${source} has ${named.length} handled events ${event}: ${all.map((e) => e.signature).join(', ')}`,
      );
    return named[0]!;
  }

  #log(event: TestEvent, block: Block, logIndex: number): Log {
    const declared = this.#event(event);
    const values = declared.inputs.map((input, i) => {
      const args = event.args ?? [];
      const value = Array.isArray(args) ? args[i] : (args as Record<string, unknown>)[input.name];
      if (value === undefined) throw new ManifestError(`${event.event} needs the argument ${input.name}`);
      return abiValue(input.type, value);
    });
    const indexed = declared.inputs.flatMap((input, i) => (input.indexed ? [topicOf(input.type, values[i]!)] : []));
    const plain = declared.inputs.map((input, i) => [input, values[i]!] as const).filter(([input]) => !input.indexed);
    const transaction = block.transactions.get(hash(`tx ${block.number} ${event.transaction ?? ''}`))!;
    return {
      address: this.#address(event),
      topics: [declared.topic0, ...indexed],
      data: `0x${encodeAbi(
        plain.map(([input]) => input.type),
        plain.map(([, value]) => value),
      ).toString('hex')}`,
      blockNumber: block.number,
      blockHash: block.hash,
      transactionHash: transaction.hash,
      transactionIndex: transaction.index,
      logIndex,
    };
  }

  entity(type: string, id: string): PlainEntity | undefined {
    const entity = this.#table(type).load(id);
    return entity === undefined ? undefined : plain(entity);
  }

  entities(type: string): PlainEntity[] {
    const table = this.#table(type);
    const rows = this.db.prepare(`SELECT "id" FROM "e_${type}" ORDER BY "id"`).all() as { id: string }[];
    return rows.map(({ id }) => plain(table.load(id)!));
  }

  #table(type: string): EntityTable {
    const declared = this.manifest.schema.entities.get(type);
    if (declared === undefined) throw new ManifestError(`the schema has no entity ${type}`);
    return new EntityTable(this.db, declared);
  }

  query<T>(query: string, variables: Readonly<Record<string, unknown>> = {}): T {
    this.#engine ??= new QueryEngine(this.db, this.manifest.schema);
    const { data, errors } = this.#engine.run({ query, variables });
    if (errors !== undefined) throw new Error(errors.map((error) => error.message).join('; '));
    return JSON.parse(JSON.stringify(data)) as T;
  }

  answerCalls(answer: (to: string, data: string) => string | null): void {
    this.#answer = answer;
  }

  read(request: ChainRead): Promise<string | null> {
    if (request.kind !== 'call' || this.#answer === undefined)
      return Promise.reject(new RpcError(`the test gives no answer to ${JSON.stringify(request)}`));
    return Promise.resolve(this.#answer(request.to, request.data));
  }

  logs(_block: Block, addresses: readonly string[]): Promise<readonly Log[]> {
    return Promise.resolve(this.#blockLogs.filter((log) => addresses.includes(log.address)));
  }

  receipt(): Promise<Receipt> {
    return Promise.reject(new RpcError('the harness has no receipts'));
  }

  close(): void {
    this.db.close();
  }
}

function blockOf(
  number: number,
  timestamp: number,
  parentHash: string,
  events: readonly TestEvent[],
  addressOf: (event: TestEvent) => string,
): Block {
  const transactions = new Map<string, Transaction>();
  for (const event of events) {
    const key = hash(`tx ${number} ${event.transaction ?? ''}`);
    if (transactions.has(key)) continue;
    transactions.set(key, {
      hash: key,
      index: transactions.size,
      from: event.from?.toLowerCase() ?? `0x${'aa'.repeat(20)}`,
      to: (event.to ?? addressOf(event)).toLowerCase(),
      value: event.value ?? 0n,
      gasLimit: 1_000_000n,
      gasPrice: 1_000_000_000n,
      input: event.input ?? '0x',
      nonce: BigInt(number),
    });
  }
  const zero = `0x${'00'.repeat(32)}`;
  return {
    number,
    timestamp,
    parentHash,
    hash: hash(`block ${number} ${timestamp} ${parentHash}`),
    logsBloom: `0x${'00'.repeat(256)}`,
    unclesHash: zero,
    author: `0x${'00'.repeat(20)}`,
    stateRoot: zero,
    transactionsRoot: zero,
    receiptsRoot: zero,
    gasUsed: 1_000_000n,
    gasLimit: 30_000_000n,
    difficulty: 0n,
    totalDifficulty: 0n,
    size: 1_000n,
    baseFeePerGas: 7n,
    transactions,
  };
}

function abiValue(type: AbiType, value: unknown): AbiValue {
  switch (type.kind) {
    case 'int':
    case 'uint':
      return BigInt(value as bigint);
    case 'address':
    case 'bytes':
    case 'fixedBytes':
      return String(value).toLowerCase();
    case 'string':
      return String(value);
    case 'bool':
      return value === true;
    case 'array':
    case 'fixedArray':
      return (value as readonly unknown[]).map((item) => abiValue(type.item, item));
    case 'tuple':
      return type.items.map((item, i) => abiValue(item, (value as readonly unknown[])[i]));
  }
}

function topicOf(type: AbiType, value: AbiValue): string {
  if (topicType(type) === type) return `0x${encodeAbi([type], [value]).toString('hex')}`;
  if (type.kind === 'string') return keccakHex(Buffer.from(value as string));
  if (type.kind === 'bytes') return keccakHex(Buffer.from((value as string).slice(2), 'hex'));
  return keccakHex(encodeAbi([type], [value]));
}

const plainAtom = (value: Atom): unknown =>
  typeof value === 'bigint' ? value.toString() : typeof value === 'object' ? formatBigDecimal(value) : value;

const plain = (entity: Entity): PlainEntity =>
  Object.fromEntries(
    Object.entries(entity).map(([name, value]) => [
      name,
      value === null ? null : Array.isArray(value) ? value.map(plainAtom) : plainAtom(value as Atom),
    ]),
  );
