import { useSearchParams } from 'next/navigation';
import { useSyncExternalStore } from 'react';

const CHANGED = 'assay:query';

function subscribe(listener: () => void): () => void {
  globalThis.addEventListener(CHANGED, listener);
  globalThis.addEventListener('popstate', listener);
  return () => {
    globalThis.removeEventListener(CHANGED, listener);
    globalThis.removeEventListener('popstate', listener);
  };
}

function setQuery(query: string): void {
  history.replaceState(null, '', `${location.pathname}${query}${location.hash}`);
  globalThis.dispatchEvent(new Event(CHANGED));
}

/**
 * The query string of the address, and a way to change it at once, without a new page or a new entry in the history.
 * Whoever uses it needs a Suspense boundary above: the exported page does not know its address.
 */
export function useQueryString(): readonly [URLSearchParams, (query: string) => void] {
  // Renders again when Next navigates. Its own value lags behind what people type, because Next sets it in a transition.
  useSearchParams();
  const text = useSyncExternalStore(
    subscribe,
    () => location.search,
    () => '',
  );
  return [new URLSearchParams(text), setQuery];
}
