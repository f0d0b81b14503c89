import { useSyncExternalStore } from 'react';
import { formatAssay, parseAssay } from './format.ts';
import { safeText } from './safeText.ts';
import { onStored, readStored, writeStored } from './storage.ts';

/** Money that the reader thinks in, at rates that he states himself: no price is ever fetched. */
export interface DisplayUnit {
  readonly name: string;
  /** What one ASSAY is worth, in decimal text. */
  readonly perAssay: string;
  /** What one coin of the chain is worth, for network fees; empty when not stated. */
  readonly perCoin: string;
}

const KEY = 'display-unit';
export const MAX_UNIT_NAME = 8;
const WEI = 10n ** 18n;

/** Why a rate cannot be used; undefined when it can. */
export function rateFault(text: string): string | undefined {
  const rate = parseAssay(text);
  if (rate === undefined) return 'Give a number such as 0.25, with at most 18 decimals.';
  return rate === 0n ? 'A rate of 0 would make every amount worth nothing.' : undefined;
}

/** Reads a unit from JSON; undefined when it is none. */
export function parseDisplayUnit(text: string | undefined): DisplayUnit | undefined {
  try {
    const { name, perAssay, perCoin } = JSON.parse(text ?? '{}') as Record<string, unknown>;
    if (typeof name !== 'string' || typeof perAssay !== 'string' || rateFault(perAssay) !== undefined) return undefined;
    const shown = safeText(name.trim(), MAX_UNIT_NAME);
    const coin = typeof perCoin === 'string' && rateFault(perCoin) === undefined ? perCoin : '';
    return shown === '' ? undefined : { name: shown, perAssay, perCoin: coin };
  } catch {
    // Broken JSON counts as no unit.
    return undefined;
  }
}

/** Stored in this browser only; undefined takes it away. */
export const setDisplayUnit = (unit: DisplayUnit | undefined): boolean =>
  writeStored(KEY, unit === undefined ? undefined : JSON.stringify(unit));

/** Wei in the reader's unit, rounded down: `12.5 EUR`. Undefined without a unit, without a rate for this money, and for nothing. */
export function inUnit(
  unit: DisplayUnit | undefined,
  wei: bigint | string,
  money: 'assay' | 'coin' = 'assay',
): string | undefined {
  const rate = parseAssay((money === 'assay' ? unit?.perAssay : unit?.perCoin) ?? '');
  if (unit === undefined || rate === undefined || BigInt(wei) === 0n) return undefined;
  return `${formatAssay((BigInt(wei) * rate) / WEI, { unit: false })} ${unit.name}`;
}

const stored = (): string => readStored(KEY) ?? '';

export function useDisplayUnit(): DisplayUnit | undefined {
  const text = useSyncExternalStore(onStored, stored, () => '');
  return text === '' ? undefined : parseDisplayUnit(text);
}
