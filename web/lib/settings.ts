import { useSyncExternalStore } from 'react';
import { onStored, readStored, writeStored } from './storage.ts';

/** What a reader may choose for himself; what is undefined comes from the site. Stored in this browser only. */
export interface Settings {
  readonly rpcUrls?: readonly string[];
  readonly subgraphUrl?: string;
  readonly gateways?: readonly string[];
}

const KEY = 'settings';
const NONE: Settings = {};

/** URLs allow hosts that a shell would run and a security policy would take for wildcards and directives. */
const HOST = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/;

/** Endpoints are http(s) URLs without credentials; plain http only makes sense on this machine or a private network. */
export function endpointFault(text: string): string | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'This is not a URL. It should look like https://name.example/path.';
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'Only http and https addresses can be used.';
  if (!HOST.test(url.hostname)) return 'The name of the server may have letters, digits, dots and hyphens only.';
  if (url.username !== '' || url.password !== '') return 'Take user name and password out of the address.';
  return undefined;
}

const isEndpoint = (value: unknown): value is string => typeof value === 'string' && endpointFault(value) === undefined;
const listOf = (value: unknown): readonly string[] | undefined => {
  const urls = Array.isArray(value) ? value.filter(isEndpoint).slice(0, 16) : [];
  return urls.length === 0 ? undefined : urls;
};

/** Reads settings from JSON; entries that make no sense are left out. */
export function parseSettings(text: string | undefined): Settings {
  if (text === undefined) return NONE;
  try {
    const { rpcUrls, subgraphUrl, gateways } = JSON.parse(text) as Record<string, unknown>;
    const [rpcs, pins] = [listOf(rpcUrls), listOf(gateways)];
    return {
      ...(rpcs === undefined ? {} : { rpcUrls: rpcs }),
      ...(isEndpoint(subgraphUrl) ? { subgraphUrl } : {}),
      ...(pins === undefined ? {} : { gateways: pins }),
    };
  } catch {
    // Broken JSON counts as no settings: the site's own values work.
    return NONE;
  }
}

export const readSettings = (): Settings => parseSettings(readStored(KEY));

/** Endpoints are named in the page's security policy, so new ones apply after a reload. */
export const writeSettings = (settings: Settings): boolean =>
  writeStored(KEY, Object.keys(settings).length === 0 ? undefined : JSON.stringify(settings));

export type Theme = 'system' | 'light' | 'dark';

const readTheme = (): Theme => {
  const stored = readStored('theme');
  return stored === 'light' || stored === 'dark' ? stored : 'system';
};

/** Applies at once and is remembered; `public/boot.js` applies it before the first paint of later visits. */
export function setTheme(theme: Theme): void {
  writeStored('theme', theme === 'system' ? undefined : theme);
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

export const useTheme = (): Theme => useSyncExternalStore(onStored, readTheme, () => 'system');
