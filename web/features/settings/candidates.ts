import { endpointFault } from '../../lib/settings.ts';

/**
 * Addresses that the reader wants to try before he uses them. The page's policy names every server it may reach, so a new
 * address is noted here, the page loads again with it in the policy, and the test runs. The notes end with the tab.
 */
const KEY = 'assay.candidates';

export function readCandidates(): readonly string[] {
  try {
    const value: unknown = JSON.parse(globalThis.sessionStorage?.getItem(KEY) ?? '[]');
    return Array.isArray(value)
      ? value.filter((url): url is string => typeof url === 'string' && endpointFault(url) === undefined).slice(0, 32)
      : [];
  } catch {
    // Closed or broken storage: there is nothing to try.
    return [];
  }
}

export function writeCandidates(urls: readonly string[]): void {
  try {
    if (urls.length === 0) globalThis.sessionStorage.removeItem(KEY);
    else globalThis.sessionStorage.setItem(KEY, JSON.stringify(urls));
  } catch {
    // Without storage a new address can still be saved, only not tried before.
    return;
  }
}
