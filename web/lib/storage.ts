/** localStorage that never throws: it is closed in some private windows and on pages without an origin. */

/** Answers of this browser, newest first: receipts are evidence, and nobody else keeps them for their owner. */
export const SAVED_ANSWERS = 'answers';

export function readStored(key: string): string | undefined {
  try {
    return globalThis.localStorage?.getItem(`assay.${key}`) ?? undefined;
  } catch {
    // Closed storage reads as empty.
    return undefined;
  }
}

/** Stores `value`, or removes the entry when it is undefined. False when nothing can be stored. */
export function writeStored(key: string, value: string | undefined): boolean {
  try {
    if (value === undefined) globalThis.localStorage.removeItem(`assay.${key}`);
    else globalThis.localStorage.setItem(`assay.${key}`, value);
    globalThis.dispatchEvent(new CustomEvent('assay:stored', { detail: key }));
    return true;
  } catch {
    // Closed or full storage: the caller tells its user.
    return false;
  }
}

/** Calls `listener` whenever an entry changes, in this window or in another one. */
export function onStored(listener: () => void): () => void {
  globalThis.addEventListener('assay:stored', listener);
  globalThis.addEventListener('storage', listener);
  return () => {
    globalThis.removeEventListener('assay:stored', listener);
    globalThis.removeEventListener('storage', listener);
  };
}
