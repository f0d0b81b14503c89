import { ManifestError } from '../errors.ts';

export type AbiType =
  | { readonly kind: 'address' | 'bool' | 'bytes' | 'string' }
  | { readonly kind: 'fixedBytes'; readonly size: number }
  | { readonly kind: 'int' | 'uint'; readonly bits: number }
  | { readonly kind: 'array'; readonly item: AbiType }
  | { readonly kind: 'fixedArray'; readonly item: AbiType; readonly length: number }
  | { readonly kind: 'tuple'; readonly items: readonly AbiType[] };

/** Hex strings for addresses and bytes, bigints for integers, arrays for arrays and tuples. */
export type AbiValue = string | bigint | boolean | readonly AbiValue[];

const MAX_NESTING = 16;

/**
 * Reads a type as signatures spell it: `uint256`, `(address,bytes32[2])[]`. Names after types are ignored, as ethabi's
 * human-readable form has them.
 * @throws ManifestError
 */
export function parseType(text: string, depth = 0): AbiType {
  const trimmed = text.trim();
  if (depth > MAX_NESTING) throw new ManifestError('the type is nested too deeply');
  const list = /^(.*)\[(\d{0,4})\]$/s.exec(trimmed);
  if (list !== null) {
    const item = parseType(list[1]!, depth + 1);
    return list[2] === '' ? { kind: 'array', item } : { kind: 'fixedArray', item, length: Number(list[2]) };
  }
  const tuple = /^(?:tuple)?\((.*)\)$/s.exec(trimmed);
  if (tuple !== null) return { kind: 'tuple', items: splitTypes(tuple[1]!).map((item) => parseType(item, depth + 1)) };
  return parseElementary(trimmed.split(/\s+/)[0]!);
}

function parseElementary(name: string): AbiType {
  if (name === 'address' || name === 'bool' || name === 'bytes' || name === 'string') return { kind: name };
  const match = /^(bytes|uint|int)(\d{0,3})$/.exec(name);
  const size = match?.[2] === '' ? 256 : Number(match?.[2] ?? 0);
  if (match?.[1] === 'bytes' && size >= 1 && size <= 32) return { kind: 'fixedBytes', size };
  if (match !== null && match[1] !== 'bytes' && size >= 8 && size <= 256 && size % 8 === 0)
    return { kind: match[1] as 'int' | 'uint', bits: size };
  throw new ManifestError(`${JSON.stringify(name)} is not an ABI type`);
}

/** Splits at the commas that are not inside parentheses. */
export function splitTypes(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth += 1;
    if (text[i] === ')') depth -= 1;
    if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  if (text.slice(from).trim() !== '') parts.push(text.slice(from));
  return parts;
}

export const isDynamic = (type: AbiType): boolean =>
  type.kind === 'bytes' ||
  type.kind === 'string' ||
  type.kind === 'array' ||
  (type.kind === 'fixedArray' && isDynamic(type.item)) ||
  (type.kind === 'tuple' && type.items.some(isDynamic));

/** Bytes that the head of a value takes. */
export function headSize(type: AbiType): number {
  if (isDynamic(type)) return 32;
  if (type.kind === 'fixedArray') return type.length * headSize(type.item);
  if (type.kind === 'tuple') return type.items.reduce((sum, item) => sum + headSize(item), 0);
  return 32;
}
