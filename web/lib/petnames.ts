import { useSyncExternalStore } from 'react';
import { isAddress } from '../../node/core/codec/hex.ts';
import { safeText } from './safeText.ts';
import { onStored, readStored, writeStored } from './storage.ts';

/** Names that the reader himself gave to addresses; keys are lower-case. Nobody else can set them. */
export type Petnames = Readonly<Record<string, string>>;

const KEY = 'petnames';

export function parsePetnames(text: string | undefined): Petnames {
  try {
    const entries = Object.entries(JSON.parse(text ?? '{}') as Record<string, unknown>);
    return Object.fromEntries(
      entries.flatMap(([address, name]) =>
        isAddress(address) && typeof name === 'string' && name.trim() !== ''
          ? [[address.toLowerCase(), safeText(name.trim(), 40)]]
          : [],
      ),
    );
  } catch {
    // Broken JSON counts as no names.
    return {};
  }
}

/** Gives a name, or takes it away when it is empty. */
export function setPetname(address: string, name: string): boolean {
  const { [address.toLowerCase()]: _, ...others } = parsePetnames(readStored(KEY));
  const named = name.trim() === '' ? others : { ...others, [address.toLowerCase()]: name };
  return writeStored(KEY, Object.keys(named).length === 0 ? undefined : JSON.stringify(named));
}

const stored = (): string => readStored(KEY) ?? '';

export function usePetnames(): Petnames {
  const text = useSyncExternalStore(onStored, stored, () => '');
  return parsePetnames(text === '' ? undefined : text);
}
