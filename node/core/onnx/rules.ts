import type { ProtocolError } from '../errors.ts';
import type { ModelBudget } from './budget.ts';
import { BYTES, type Cursor, type Field, type Fields, VARINT } from './cursor.ts';

/** The vocabulary in which the messages of an ONNX file are described to the {@link Cursor}. */

/** A singular field read by `read`. */
export const one = <T>(name: string, wire: number, read: (cursor: Cursor, draft: T) => void): Field<T> => ({
  name,
  wires: [wire],
  once: true,
  read,
});

/** A repeated field of strings or messages. */
export const many = <T>(name: string, read: (cursor: Cursor, draft: T) => void): Field<T> => ({
  name,
  wires: [BYTES],
  once: false,
  read,
});

/** A repeated number, one by one or packed behind a length; `read` sees which from the wire type. */
export const elements = <T>(
  name: string,
  wire: number,
  read: (cursor: Cursor, draft: T, actual: number) => void,
): Field<T> => ({ name, wires: [wire, BYTES], once: false, read });

/** A repeated number of which `read` reads one element at a time. */
export const numbers = <T>(name: string, wire: number, read: (cursor: Cursor, draft: T) => void): Field<T> =>
  elements(name, wire, (cursor, draft, actual) => cursor.each(actual, () => read(cursor, draft)));

export const text = <T>(
  name: string,
  set: (draft: T, value: string) => void,
  budget: keyof ModelBudget = 'maxNameBytes',
): Field<T> => one(name, BYTES, (cursor, draft) => set(draft, cursor.text(budget)));

export const integer = <T>(name: string, set: (draft: T, value: number) => void): Field<T> =>
  one(name, VARINT, (cursor, draft) => set(draft, cursor.integer(name)));

/** A field for readers of the file only: documentation, annotations, hints. Passed over without a look inside. */
export const ignored = <T>(name: string, wire: number = BYTES): Field<T> => ({
  name,
  wires: [wire],
  once: false,
  read: (cursor) => cursor.skip(wire),
});

/** A field that stops the reading. */
export const refused = <T>(name: string, complain: (where: string) => ProtocolError): Field<T> => ({
  name,
  wires: [BYTES],
  once: false,
  read: (cursor) => {
    throw complain(cursor.where(name));
  },
});

export const fields = <T>(...entries: readonly (readonly [number, Field<T>])[]): Fields<T> => new Map(entries);
