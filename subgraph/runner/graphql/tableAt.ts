import type { EntityType } from '../schema/schema.ts';
import { currentTable, FROM, historyTable, quote, TO } from '../store/columns.ts';

/** The rows of a type as of a block; undefined: as of the last one. The number goes into the text, so it must be one. */
export function tableAt(type: EntityType, block: number | undefined): string {
  if (block === undefined) return currentTable(type.name);
  if (!Number.isSafeInteger(block)) throw new TypeError('a block is a number');
  const columns = [...type.stored.map((field) => quote(field.name)), FROM].join(', ');
  const current = `SELECT ${columns} FROM ${currentTable(type.name)} WHERE ${FROM} <= ${block}`;
  if (type.immutable) return `(${current})`;
  return `(${current} UNION ALL SELECT ${columns} FROM ${historyTable(type.name)} WHERE ${FROM} <= ${block} AND ${TO} > ${block})`;
}
