import { useSyncExternalStore } from 'react';
import { onStored, readStored, writeStored } from '../../lib/storage.ts';

const KEY = 'notices-read';
const OPT_IN = 'notices-browser';
/** Older ones have left every list. */
const MOST = 500;

/** Ids of notices by account that were seen. What is broken in storage counts as nothing. */
export function parseRead(text: string | undefined): Readonly<Record<string, readonly string[]>> {
  try {
    const given = JSON.parse(text ?? '{}') as unknown;
    if (typeof given !== 'object' || given === null) return {};
    return Object.fromEntries(
      Object.entries(given).flatMap(([account, ids]) =>
        Array.isArray(ids) ? [[account, ids.filter((id): id is string => typeof id === 'string').slice(0, MOST)]] : [],
      ),
    );
  } catch {
    // Broken JSON counts as nothing read.
    return {};
  }
}

export function markRead(account: string, ids: readonly string[]): void {
  const all = parseRead(readStored(KEY));
  const key = account.toLowerCase();
  const merged = [...new Set([...ids, ...(all[key] ?? [])])].slice(0, MOST);
  writeStored(KEY, JSON.stringify({ ...all, [key]: merged }));
}

const useStored = (key: string): string =>
  useSyncExternalStore(
    onStored,
    () => readStored(key) ?? '',
    () => '',
  );

export function useReadNotices(account: string): ReadonlySet<string> {
  const text = useStored(KEY);
  return new Set(parseRead(text === '' ? undefined : text)[account.toLowerCase()] ?? []);
}

/** Whether the reader asked for notifications of the browser. */
export const useBrowserOptIn = (): boolean => useStored(OPT_IN) === 'yes';
export const setBrowserOptIn = (on: boolean): boolean => writeStored(OPT_IN, on ? 'yes' : undefined);
