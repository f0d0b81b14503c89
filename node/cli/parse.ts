import { InvalidArgumentError } from 'commander';
import { type Address, isAddress } from '../core/codec/hex.ts';

/** Option parsers: commander prints the complaint with the option's name and ends with exit code 2. */
export const integer =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`Give an integer from ${least} to ${most}.`);
    return value;
  };

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Give a number.');
  return value;
}

/** Comma-separated integers; a lone 0 is the empty list. */
export function integers(text: string): number[] {
  const values = text.split(',').map((part) => integer(0, 2 ** 31)(part.trim()));
  return values.length === 1 && values[0] === 0 ? [] : values;
}

export function bigId(text: string): bigint {
  if (!/^\d{1,78}$/.test(text)) throw new InvalidArgumentError('Give a number, digits only.');
  return BigInt(text);
}

/** A decimal text as an integer of `places` more digits, exact; undefined when it is none or has more places. */
export function decimal(text: string, places: number): bigint | undefined {
  const match = /^(\d{1,30})(?:\.(\d{1,18}))?$/.exec(text);
  if (match === null || (match[2] ?? '').length > places) return undefined;
  return BigInt(match[1]!) * 10n ** BigInt(places) + BigInt((match[2] ?? '').padEnd(places, '0') || '0');
}

/** Tokens as people write them, exact: '1.5', '1.5 ASSAY', '1500000000000000000 wei' -> 1500000000000000000n. */
export function tokens(text: string): bigint {
  const match = /^([\d.]+)(?:\s*(assay|wei))?$/i.exec(text);
  const value = match === null ? undefined : decimal(match[1]!, match[2]?.toLowerCase() === 'wei' ? 0 : 18);
  if (value === undefined)
    throw new InvalidArgumentError(
      'Give an amount of tokens like 12, "0.001 ASSAY" (at most 18 decimals) or "5000 wei".',
    );
  return value;
}

/** URLs allow hosts that a shell would run and a browser's policy would take for wildcards and directives. */
const HOST = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/;

/** Whether the text is an http or https URL of a server, as WorkerRegistry bounds its length. */
export function isEndpoint(text: string): boolean {
  if (text.length < 8 || text.length > 256 || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && HOST.test(hostname) && username === '' && password === '';
}

/** The public base URL of a worker. */
export function endpoint(text: string): string {
  if (isEndpoint(text)) return text;
  throw new InvalidArgumentError('Give an http or https URL of at most 256 characters, without a password.');
}

export function address(text: string): Address {
  if (!isAddress(text)) throw new InvalidArgumentError('Give an address: 0x and 40 hexadecimal digits.');
  return text;
}
