import type { DatabaseSync } from 'node:sqlite';
import { DeterministicError } from '../errors.ts';
import type { EntityAccess } from '../host/context.ts';
import { type Entity, mergeEntity, type RawValue } from '../schema/entity.ts';
import type { EntityType, Field, Schema } from '../schema/schema.ts';
import { EntityTable, sameValue } from './table.ts';

/** Entities of one type that are kept in memory between blocks. */
const MAX_CACHED = 20_000;

interface Shelf {
  readonly table: EntityTable;
  /** As of the last flushed block. */
  readonly clean: Map<string, Entity | null>;
  /** Written in the block at hand; null when removed. */
  readonly dirty: Map<string, Entity | null>;
}

/**
 * What handlers read and write. Writes stay in memory until their block is flushed, so that several writes of one
 * block are one version, and a block that fails leaves nothing.
 */
export class EntityCache implements EntityAccess {
  readonly #schema: Schema;
  readonly #shelves: ReadonlyMap<string, Shelf>;
  #undo: (() => void)[] = [];

  constructor(db: DatabaseSync, schema: Schema) {
    this.#schema = schema;
    this.#shelves = new Map(
      [...schema.entities.values()].map((type) => [
        type.name,
        { table: new EntityTable(db, type), clean: new Map(), dirty: new Map() },
      ]),
    );
  }

  #shelf(type: string): Shelf {
    const shelf = this.#shelves.get(type);
    if (shelf === undefined)
      throw new DeterministicError(`the schema has no entity ${JSON.stringify(type.slice(0, 100))}`);
    return shelf;
  }

  get(type: string, id: string): Entity | undefined {
    const shelf = this.#shelf(type);
    const dirty = shelf.dirty.get(id);
    return dirty === undefined ? this.#flushed(shelf, id) : (dirty ?? undefined);
  }

  #flushed(shelf: Shelf, id: string): Entity | undefined {
    const cached = shelf.clean.get(id);
    if (cached !== undefined) return cached ?? undefined;
    const loaded = shelf.table.load(id);
    this.#keep(shelf, id, loaded ?? null);
    return loaded;
  }

  #keep(shelf: Shelf, id: string, entity: Entity | null): void {
    if (shelf.clean.size >= MAX_CACHED) shelf.clean.clear();
    shelf.clean.set(id, entity);
  }

  getInBlock(type: string, id: string): Entity | undefined {
    return this.#shelf(type).dirty.get(id) ?? undefined;
  }

  related(type: string, id: string, field: string): { type: string; entities: Entity[] } {
    const derived = this.#shelf(type).table.type.fields.get(field);
    if (derived?.derivedFrom === undefined) throw new DeterministicError(`${type}.${field} is not a derived field`);
    const shelf = this.#shelf(derived.entity!);
    const source = shelf.table.type.fields.get(derived.derivedFrom)!;
    const found = new Map(shelf.table.related(source, id).map((entity) => [entity['id'] as string, entity]));
    for (const [key, entity] of shelf.dirty) {
      found.delete(key);
      if (entity !== null && refersTo(source, entity, id)) found.set(key, entity);
    }
    const entities = [...found.values()].sort((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1));
    return { type: shelf.table.type.name, entities };
  }

  set(type: string, id: string, written: ReadonlyMap<string, RawValue>): void {
    const shelf = this.#shelf(type);
    const key = this.#checkId(shelf.table.type, id);
    const dirty = shelf.dirty.get(key);
    if (shelf.table.type.immutable && dirty === undefined && this.#flushed(shelf, key) !== undefined)
      throw new DeterministicError(`${type} ${id} is immutable and was written in an earlier block`);
    const before = dirty === null ? undefined : this.get(type, key);
    this.#write(shelf, key, mergeEntity(shelf.table.type, this.#schema.enums, key, before, written));
  }

  #checkId(type: EntityType, id: string): string {
    const { scalar } = type.stored[0]!;
    if (scalar === 'Bytes' && !/^0x(?:[0-9a-f]{2})*$/.test(id))
      throw new DeterministicError(`${JSON.stringify(id.slice(0, 100))} is not an id of ${type.name}, which are Bytes`);
    return id;
  }

  remove(type: string, id: string): void {
    const shelf = this.#shelf(type);
    if (shelf.table.type.immutable) throw new DeterministicError(`${type} ${id} is immutable and cannot be removed`);
    this.#write(shelf, id, null);
  }

  #write(shelf: Shelf, id: string, entity: Entity | null): void {
    const before = shelf.dirty.get(id);
    this.#undo.push(() => {
      if (before === undefined) shelf.dirty.delete(id);
      else shelf.dirty.set(id, before);
    });
    shelf.dirty.set(id, entity);
  }

  /** A handler begins: {@link undoHandler} takes back what it wrote. */
  beginHandler(): void {
    this.#undo = [];
  }

  undoHandler(): void {
    for (const step of this.#undo.reverse()) step();
    this.#undo = [];
  }

  /** Writes the block's versions; the caller's transaction makes them stay. @returns how many there were */
  flush(block: number): number {
    let versions = 0;
    for (const shelf of this.#shelves.values()) {
      for (const [id, entity] of shelf.dirty) if (this.#flushOne(shelf, id, entity, block)) versions += 1;
      shelf.dirty.clear();
    }
    return versions;
  }

  #flushOne(shelf: Shelf, id: string, entity: Entity | null, block: number): boolean {
    const before = this.#flushed(shelf, id);
    if (entity === null) {
      if (before === undefined) return false;
      shelf.table.remove(id, block);
    } else if (before === undefined) shelf.table.insert(entity, block);
    else if (shelf.table.type.stored.every(({ name }) => sameValue(before[name], entity[name]))) return false;
    else shelf.table.replace(before, entity, block);
    this.#keep(shelf, id, entity);
    return true;
  }

  /** Forgets the block at hand. */
  discard(): void {
    for (const shelf of this.#shelves.values()) shelf.dirty.clear();
    this.#undo = [];
  }

  /** Forgets everything: the tables changed under it, or a transaction was undone. */
  forget(): void {
    this.discard();
    for (const shelf of this.#shelves.values()) shelf.clean.clear();
  }

  /** Undoes the tables back to the end of `block`. */
  rollBack(block: number): void {
    this.forget();
    for (const shelf of this.#shelves.values()) shelf.table.rollBack(block);
  }
}

function refersTo(field: Field, entity: Entity, id: string): boolean {
  const value = entity[field.name];
  return Array.isArray(value) ? value.includes(id) : value === id;
}
