import { INDEX_TYPES } from '../generated/indexTypes.ts';
import { ProblemError } from './problem.ts';
import { type Selection, selectionOf } from './selection.ts';

/**
 * An index may be broken, of another release, or hostile. Whatever it answers, pages get numbers that are numbers and lists
 * that are lists, or a sentence: this compares an answer with the query and with the types of our own index.
 */

/** Fields by type, or the members of an enumeration. */
type Types = ReadonlyMap<string, ReadonlyMap<string, string> | ReadonlySet<string>>;

function readTypes(): Types {
  const types = new Map<string, ReadonlyMap<string, string> | ReadonlySet<string>>();
  for (const line of INDEX_TYPES.trim().split('\n')) {
    const [head, ...words] = line.split(' ');
    const [name, first] = head!.split('=');
    if (first !== undefined) types.set(name!, new Set([first, ...words]));
    else types.set(name!, new Map(words.flatMap((word, i) => (i % 2 === 0 ? [[word, words[i + 1]!] as const] : []))));
  }
  return types;
}

/** Sums of signed products; everything else that the index counts begins at zero. */
const SIGNED = new Set(['partials']);
const MAX_INT = 2 ** 31 - 1;

const SCALARS: Readonly<Record<string, readonly [meaning: string, holds: (value: unknown, field: string) => boolean]>> =
  {
    ID: ['a text', (value) => typeof value === 'string'],
    String: ['a text', (value) => typeof value === 'string'],
    Boolean: ['yes or no', (value) => typeof value === 'boolean'],
    Bytes: ['bytes in hexadecimal', (value) => typeof value === 'string' && /^0x(?:[0-9a-fA-F]{2})*$/.test(value)],
    Int: ['a count', (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_INT],
    BigInt: [
      'a whole number',
      (value, field) =>
        typeof value === 'string' && /^-?\d{1,78}$/.test(value) && (SIGNED.has(field) || !value.startsWith('-')),
    ],
  };

const refused = (path: string, expected: string): ProblemError =>
  new ProblemError({
    what: 'The index gives an answer that cannot be read',
    why: `${path} should be ${expected}, and is not`,
    fix: 'The index may be broken or of another release than this site: try again, or choose another one in the settings.',
  });

function checkValue(types: Types, type: string, value: unknown, selection: Selection | undefined, path: string): void {
  const isRequired = type.endsWith('!');
  const bare = isRequired ? type.slice(0, -1) : type;
  if (value === null && !isRequired) return;
  if (bare.startsWith('[')) {
    if (!Array.isArray(value)) throw refused(path, 'a list');
    for (const [i, item] of value.entries()) checkValue(types, bare.slice(1, -1), item, selection, `${path}[${i}]`);
    return;
  }
  const scalar = SCALARS[bare];
  const field = path.slice(path.lastIndexOf('.') + 1).replace(/\[.*$/, '');
  if (scalar !== undefined) {
    if (!scalar[1](value, field)) throw refused(path, scalar[0]);
    return;
  }
  const known = types.get(bare);
  if (known instanceof Set) {
    if (!known.has(value as string)) throw refused(path, `one of ${[...known].join(', ')}`);
    return;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused(path, 'there');
  for (const [name, asked] of selection ?? []) {
    const of = (known as ReadonlyMap<string, string> | undefined)?.get(asked.field);
    // What the site asks for and its own index does not have is the site's mistake, and its tests find it.
    if (of === undefined) throw refused(`${path}.${asked.field}`, 'in the schema');
    checkValue(
      types,
      of,
      (value as Record<string, unknown>)[name],
      asked.selection,
      path === '' ? name : `${path}.${name}`,
    );
  }
}

/** Does nothing when `data` is an answer to `query`. @throws {ProblemError} that names the first value which is none */
export const checkAnswer = (query: string, data: unknown): void =>
  checkValue(readTypes(), 'Query!', data, selectionOf(query), '');
