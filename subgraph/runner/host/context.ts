import type { Entity, RawValue } from '../schema/entity.ts';
import type { Schema } from '../schema/schema.ts';
import type { AscHeap } from '../wasm/heap.ts';

/** Entities as the mapping sees them in the block at hand. */
export interface EntityAccess {
  get(type: string, id: string): Entity | undefined;
  /** Only if it was written in this block. */
  getInBlock(type: string, id: string): Entity | undefined;
  /** Those whose field refers to this entity, by id. */
  related(type: string, id: string, field: string): { readonly type: string; readonly entities: readonly Entity[] };
  set(type: string, id: string, written: ReadonlyMap<string, RawValue>): void;
  remove(type: string, id: string): void;
}

/** The data source whose handler runs. */
export interface Source {
  readonly name: string;
  readonly network: string;
  readonly address: string;
  readonly context: ReadonlyMap<string, RawValue>;
}

export type ChainRead =
  | { readonly kind: 'call'; readonly to: string; readonly data: string }
  | { readonly kind: 'balance'; readonly address: string }
  | { readonly kind: 'code'; readonly address: string };

export type LogLevel = 'critical' | 'error' | 'warning' | 'info' | 'debug';

/** All that host functions may touch. */
export interface HostContext {
  readonly heap: AscHeap;
  readonly schema: Schema;
  readonly entities: EntityAccess;
  readonly source: Source;
  /**
   * State of the chain at the block at hand: what the node answered, as hex; null when the call reverted.
   * @throws ChainReadNeeded when it was not fetched yet: the handler runs again once it was
   */
  read(request: ChainRead): string | null;
  create(template: string, params: readonly string[], context: ReadonlyMap<string, RawValue>): void;
  log(level: LogLevel, message: string): void;
}

/** Handlers run without waiting, so one that needs the chain is stopped, and started over with the answer at hand. */
export class ChainReadNeeded extends Error {
  readonly request: ChainRead;
  constructor(request: ChainRead) {
    super('the handler needs the state of the chain');
    this.request = request;
  }
}

export type HostValue = number | bigint | undefined;
/** Pointers and numbers in, a pointer or number out, as WebAssembly passes them. */
export type HostFunction = (...values: never[]) => HostValue;
export type HostFunctions = Readonly<Record<string, HostFunction>>;
/** `context` is asked at each call: the heap changes with the instance, the source with the handler. */
export type HostNamespace = (context: HostContext) => HostFunctions;
