import type { DatabaseSync } from 'node:sqlite';
import { DeterministicError, ManifestError } from './errors.ts';
import type { Source } from './host/context.ts';
import type { Handler, Manifest, SourceSpec } from './manifest.ts';
import { parseBigDecimal } from './number/bigDecimal.ts';
import type { RawValue } from './schema/entity.ts';

/** A data source at work: of the manifest, or made from a template. */
export interface LiveSource extends Source {
  readonly spec: SourceSpec;
  /** First block it listens to. */
  readonly startBlock: number;
  /** True when it listens to every contract. */
  readonly anyAddress: boolean;
}

const ZERO_ADDRESS = `0x${'00'.repeat(20)}`;

/** The context of a manifest: `key: { type: BigInt, data: "1" }`. */
function manifestContext(context: ReadonlyMap<string, unknown>): Map<string, RawValue> {
  return new Map(
    [...context].map(([key, value]) => [key, contextValue(key, value as { type?: string; data?: unknown })]),
  );
}

function contextValue(key: string, { type, data }: { type?: string; data?: unknown }): RawValue {
  const text = String(data);
  switch (type) {
    case 'String':
    case 'Bytes':
      return { kind: type, value: text };
    case 'Int':
      return { kind: type, value: Number(data) };
    case 'BigInt':
    case 'Int8':
    case 'Timestamp':
      return { kind: type, value: BigInt(text) };
    case 'Bool':
      return { kind: 'Boolean', value: data === true };
    case 'BigDecimal':
      return { kind: type, value: parseBigDecimal(text) };
    case 'List':
      return { kind: 'Array', value: (data as { type?: string }[]).map((item) => contextValue(key, item)) };
    default:
      throw new ManifestError(`the context ${key} has the unknown type ${String(type)}`);
  }
}

interface Row {
  readonly template: string;
  readonly address: string;
  readonly context: string;
  readonly block: number;
}

const pack = (context: ReadonlyMap<string, RawValue>): string =>
  JSON.stringify([...context], (_key, value: unknown) => (typeof value === 'bigint' ? { $: value.toString() } : value));
const unpack = (text: string): Map<string, RawValue> =>
  new Map(
    JSON.parse(text, (_key, value: unknown) =>
      typeof value === 'object' && value !== null && '$' in value ? BigInt((value as { $: string }).$) : value,
    ) as [string, RawValue][],
  );

/** Which contracts are listened to, now and at any block the index is rolled back to. */
export class Sources {
  readonly #db: DatabaseSync;
  readonly #manifest: Manifest;
  #live: LiveSource[] = [];

  constructor(db: DatabaseSync, manifest: Manifest) {
    this.#db = db;
    this.#manifest = manifest;
    this.reload();
  }

  get live(): readonly LiveSource[] {
    return this.#live;
  }

  get firstBlock(): number {
    return Math.min(...this.#manifest.sources.map((source) => source.startBlock));
  }

  /** From the database: after a start or a rollback. */
  reload(): void {
    const rows = this.#db.prepare('SELECT template, address, context, block FROM sources ORDER BY id').all();
    this.#live = [
      ...this.#manifest.sources.map((spec) => live(spec, spec.address, spec.startBlock, manifestContext(spec.context))),
      ...(rows as unknown as Row[]).map((row) =>
        live(this.#template(row.template), row.address, row.block, unpack(row.context)),
      ),
    ];
  }

  #template(name: string): SourceSpec {
    const template = this.#manifest.templates.get(name);
    if (template === undefined)
      throw new DeterministicError(`the manifest has no template ${JSON.stringify(name.slice(0, 100))}`);
    return template;
  }

  /**
   * Makes a data source from a template; the same one twice is one.
   * @returns undefined when it was there
   * @throws DeterministicError
   */
  create(
    template: string,
    params: readonly string[],
    context: ReadonlyMap<string, RawValue>,
    block: number,
  ): LiveSource | undefined {
    const spec = this.#template(template);
    const address = (params[0] ?? '').toLowerCase();
    if (!/^0x[0-9a-f]{40}$/.test(address))
      throw new DeterministicError(
        `${template} was created for ${JSON.stringify(address.slice(0, 100))}, not an address`,
      );
    const insert = this.#db.prepare(
      'INSERT INTO sources (template, address, context, block) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    if (insert.run(template, address, pack(context), block).changes === 0) return undefined;
    const source = live(spec, address, block, context);
    this.#live.push(source);
    return source;
  }

  /** Takes back what {@link create} made last. */
  uncreate(source: LiveSource): void {
    this.#live = this.#live.filter((other) => other !== source);
    this.#db.prepare('DELETE FROM sources WHERE id = (SELECT max(id) FROM sources)').run();
  }

  rollBack(block: number): void {
    this.#db.prepare('DELETE FROM sources WHERE block > ?').run(block);
    this.reload();
  }
}

function live(
  spec: SourceSpec,
  address: string | undefined,
  startBlock: number,
  context: ReadonlyMap<string, RawValue>,
): LiveSource {
  const { name, network } = spec;
  return {
    spec,
    name,
    network,
    address: address ?? ZERO_ADDRESS,
    anyAddress: address === undefined,
    startBlock,
    context,
  };
}

/** Handlers of a source for a log. */
export function handlersFor(
  source: LiveSource,
  log: { readonly address: string; readonly topics: readonly string[]; readonly blockNumber: number },
): readonly Handler[] {
  const { endBlock } = source.spec;
  if (log.blockNumber < source.startBlock || (endBlock !== undefined && log.blockNumber > endBlock)) return [];
  if (!source.anyAddress && source.address !== log.address) return [];
  return source.spec.handlers.get(log.topics[0] ?? '') ?? [];
}
