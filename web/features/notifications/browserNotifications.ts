import { useEffect, useRef } from 'react';
import type { Notice } from './notices.ts';
import { useBrowserOptIn } from './readState.ts';

const isThere = (): boolean => typeof globalThis.Notification === 'function';

/** False when the reader, or this browser, forbids notifications. */
export const canNotify = (): boolean => isThere() && Notification.permission !== 'denied';

/** Puts the browser's own question. */
export async function askBrowser(): Promise<boolean> {
  if (!isThere()) return false;
  try {
    return (await Notification.requestPermission()) === 'granted';
  } catch {
    // Some browsers refuse to ask outside of installed applications.
    return false;
  }
}

/** Hands news to the browser, once each, from the moment the page knows the first list. */
export function useBrowserNotifications(
  account: string,
  notices: readonly Notice[] | undefined,
  read: ReadonlySet<string>,
): void {
  const isOn = useBrowserOptIn();
  const known = useRef<Set<string>>(undefined);
  useEffect(() => {
    if (notices === undefined) return;
    const before = known.current;
    known.current = new Set([...(before ?? []), ...notices.map(({ id }) => id)]);
    if (before === undefined || !isOn || !isThere() || Notification.permission !== 'granted') return;
    for (const { id, title, detail, href } of notices) {
      if (before.has(id) || read.has(id)) continue;
      const shown = new Notification(title, { body: detail, tag: `${account}-${id}` });
      shown.onclick = () => {
        globalThis.focus();
        location.assign(href);
      };
    }
  }, [account, notices, read, isOn]);
}
