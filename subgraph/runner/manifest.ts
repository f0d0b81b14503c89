import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { type AbiEntry, type AbiEvent, findEvent } from './abi/event.ts';
import { ManifestError, messageOf } from './errors.ts';
import { parseSchema, type Schema } from './schema/schema.ts';

export interface Handler {
  readonly event: AbiEvent;
  readonly handler: string;
  readonly receipt: boolean;
}

/** A data source of the manifest, or a template of one. */
export interface SourceSpec {
  readonly name: string;
  readonly network: string;
  /** Lower case; undefined for templates, and for sources that listen to every contract. */
  readonly address: string | undefined;
  readonly startBlock: number;
  readonly endBlock: number | undefined;
  readonly handlers: ReadonlyMap<string, readonly Handler[]>;
  readonly module: WebAssembly.Module;
  readonly context: ReadonlyMap<string, unknown>;
}

export interface Manifest {
  readonly schema: Schema;
  /** Of schema.graphql. */
  readonly schemaText: string;
  readonly sources: readonly SourceSpec[];
  readonly templates: ReadonlyMap<string, SourceSpec>;
  /** Of everything that decides what the index holds: manifest, schema, mappings, ABIs. */
  readonly hash: string;
}

interface Yaml {
  readonly [key: string]: unknown;
}

const MAX_FILE = 64 * 2 ** 20;

const objectOf = (value: unknown, where: string): Yaml => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ManifestError(`${where} is missing`);
  return value as Yaml;
};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown, where: string): string => {
  if (typeof value !== 'string') throw new ManifestError(`${where} must be text`);
  return value;
};

class Reader {
  readonly #folder: string;
  readonly #hash = createHash('sha256');
  readonly #modules = new Map<string, WebAssembly.Module>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  file(path: string): Buffer<ArrayBuffer> {
    try {
      const bytes = readFileSync(resolve(this.#folder, path)) as Buffer<ArrayBuffer>;
      if (bytes.length > MAX_FILE) throw new Error('the file is too large');
      this.#hash.update(`${path}\0${bytes.length}\0`).update(bytes);
      return bytes;
    } catch (error) {
      throw new ManifestError(`${path} cannot be read: ${messageOf(error)}`, error);
    }
  }

  /** graph-cli copies a mapping that several sources share: the same bytes are one module. */
  module(path: string): WebAssembly.Module {
    const bytes = this.file(path);
    const key = createHash('sha256').update(bytes).digest('hex');
    let module = this.#modules.get(key);
    if (module === undefined) {
      try {
        module = new WebAssembly.Module(bytes);
      } catch (error) {
        throw new ManifestError(`${path} is not a WebAssembly module: ${messageOf(error)}`, error);
      }
      this.#modules.set(key, module);
    }
    return module;
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}

/**
 * Reads a built manifest (`graph build` writes it) and all that it names.
 * @throws ManifestError
 */
export function readManifest(path: string): Manifest {
  const reader = new Reader(dirname(resolve(path)));
  let yaml: Yaml;
  try {
    yaml = objectOf(parse(reader.file(basename(path)).toString('utf8'), { maxAliasCount: 100 }), 'the manifest');
  } catch (error) {
    if (error instanceof ManifestError) throw error;
    throw new ManifestError(`the manifest is not YAML: ${messageOf(error)}`, error);
  }
  const schemaFile = textOf(objectOf(yaml['schema'], 'schema')['file'], 'schema.file');
  const schemaText = reader.file(schemaFile).toString('utf8');
  const schema = parseSchema(schemaText);
  const sources = listOf(yaml['dataSources']).map((entry) => readSource(reader, objectOf(entry, 'a data source')));
  const templates = listOf(yaml['templates']).map((entry) => readSource(reader, objectOf(entry, 'a template')));
  if (sources.length === 0) throw new ManifestError('the manifest has no data sources');
  const network = sources[0]!.network;
  if (sources.some((source) => source.network !== network))
    throw new ManifestError('the data sources are on different networks');
  return {
    schema,
    schemaText,
    sources,
    templates: new Map(templates.map((spec) => [spec.name, spec])),
    hash: reader.digest(),
  };
}

function readSource(reader: Reader, entry: Yaml): SourceSpec {
  const name = textOf(entry['name'], 'the name of a data source');
  if (!String(entry['kind']).startsWith('ethereum'))
    throw new ManifestError(`${name}: only Ethereum contracts are hosted`);
  const source = objectOf(entry['source'], `${name}: source`);
  const mapping = objectOf(entry['mapping'], `${name}: mapping`);
  for (const kind of ['blockHandlers', 'callHandlers'])
    if (listOf(mapping[kind]).length > 0) throw new ManifestError(`${name}: ${kind} are not hosted`);
  const abis = new Map(listOf(mapping['abis']).map((value) => readAbi(reader, name, value)));
  const abi = abis.get(textOf(source['abi'], `${name}: source.abi`));
  if (abi === undefined) throw new ManifestError(`${name}: the manifest lists no ABI ${source['abi']}`);
  const handlers = new Map<string, Handler[]>();
  for (const value of listOf(mapping['eventHandlers'])) {
    const handler = readHandler(name, abi, objectOf(value, `${name}: an event handler`));
    handlers.set(handler.event.topic0, [...(handlers.get(handler.event.topic0) ?? []), handler]);
  }
  const address = source['address'] === undefined ? undefined : String(source['address']).toLowerCase();
  if (address !== undefined && !/^0x[0-9a-f]{40}$/.test(address))
    throw new ManifestError(`${name}: ${JSON.stringify(address)} is not an address (quote it in the manifest)`);
  return {
    name,
    network: textOf(entry['network'], `${name}: network`),
    address,
    startBlock: blockOf(source['startBlock'], name) ?? 0,
    endBlock: blockOf(source['endBlock'], name),
    handlers,
    module: reader.module(textOf(mapping['file'], `${name}: mapping.file`)),
    context: new Map(Object.entries((entry['context'] as Yaml | undefined) ?? {})),
  };
}

function blockOf(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new ManifestError(`${name}: ${String(value)} is not a block`);
  return number;
}

function readAbi(reader: Reader, source: string, value: unknown): [string, readonly AbiEntry[]] {
  const { name, file } = objectOf(value, `${source}: an ABI`);
  const path = textOf(file, `${source}: the file of an ABI`);
  let json: unknown;
  try {
    json = JSON.parse(reader.file(path).toString('utf8'));
  } catch (error) {
    if (error instanceof ManifestError) throw error;
    throw new ManifestError(`${path} is not JSON: ${messageOf(error)}`, error);
  }
  const abi = Array.isArray(json) ? json : (json as { abi?: unknown }).abi;
  if (!Array.isArray(abi)) throw new ManifestError(`${path} holds no ABI`);
  return [textOf(name, `${source}: the name of an ABI`), abi as AbiEntry[]];
}

function readHandler(name: string, abi: readonly AbiEntry[], value: Yaml): Handler {
  if (value['topic1'] !== undefined || value['topic2'] !== undefined || value['topic3'] !== undefined)
    throw new ManifestError(`${name}: filters on topics are not hosted`);
  // Declared calls (`calls`) only tell graph-node what to fetch early; the handler makes the same calls without them.
  const event = findEvent(abi, textOf(value['event'], `${name}: the event of a handler`));
  return { event, handler: textOf(value['handler'], `${name}: a handler`), receipt: value['receipt'] === true };
}
