import { useSearchParams } from 'next/navigation';

/**
 * The query string of the address, and a way to change it without a new page or a new entry in the history. Whoever uses
 * it needs a Suspense boundary above: the exported page does not know its address.
 */
export function useQueryString(): readonly [URLSearchParams, (query: string) => void] {
  const params = useSearchParams();
  // Next follows the browser's own history calls.
  const set = (query: string): void => history.replaceState(null, '', `${location.pathname}${query}${location.hash}`);
  return [new URLSearchParams(params), set];
}
