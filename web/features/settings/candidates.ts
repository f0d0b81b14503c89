import { endpointFault } from '../../lib/settings.ts';
import type { Draft } from './draft.ts';

/**
 * Addresses that the reader wants to try before he uses them. The page's policy names every server it may reach, so a new
 * address is noted here with the form as it stands, the page loads again with it in the policy, and the test runs. The
 * note ends with the tab.
 */
export interface Candidates {
  readonly draft: Draft;
  /** The address to test when the page is back. */
  readonly test: string;
}

const KEY = 'assay.candidates';

const urlsOf = (value: unknown): readonly string[] =>
  Array.isArray(value)
    ? value.filter((url): url is string => typeof url === 'string' && url.length < 2000).slice(0, 16)
    : [];

export function readCandidates(): Candidates | undefined {
  try {
    const value = JSON.parse(globalThis.sessionStorage.getItem(KEY) ?? 'null') as Record<string, unknown> | null;
    const draft = (value?.['draft'] ?? {}) as Record<string, unknown>;
    const [rpcUrls, gateways] = [urlsOf(draft['rpcUrls']), urlsOf(draft['gateways'])];
    const [subgraphUrl] = urlsOf([draft['subgraphUrl']]);
    const [test] = urlsOf([value?.['test']]);
    return subgraphUrl === undefined || test === undefined
      ? undefined
      : { draft: { rpcUrls, subgraphUrl, gateways }, test };
  } catch {
    // Closed or broken storage: there is nothing to try.
    return undefined;
  }
}

/** Addresses that the page's policy must also let through. */
export function candidateUrls(): readonly string[] {
  const test = readCandidates()?.test;
  return test === undefined || endpointFault(test) !== undefined ? [] : [test];
}

/** False when this browser keeps nothing: an address can then be saved, but not tried before. */
export function writeCandidates(candidates: Candidates | undefined): boolean {
  try {
    if (candidates === undefined) globalThis.sessionStorage.removeItem(KEY);
    else globalThis.sessionStorage.setItem(KEY, JSON.stringify(candidates));
    return true;
  } catch {
    // Closed storage: the caller says so.
    return false;
  }
}
