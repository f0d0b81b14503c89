import type { SiteConfig } from '../../lib/config.ts';
import { endpointFault, type Settings } from '../../lib/settings.ts';

/** The form as it is being edited. */
export interface Draft {
  readonly rpcUrls: readonly string[];
  readonly subgraphUrl: string;
  readonly gateways: readonly string[];
}

export const draftOf = ({ rpcUrls, subgraphUrl, gateways }: SiteConfig): Draft => ({ rpcUrls, subgraphUrl, gateways });

export const isSound = ({ rpcUrls, subgraphUrl, gateways }: Draft): boolean =>
  rpcUrls.length > 0 &&
  gateways.length > 0 &&
  [...rpcUrls, subgraphUrl, ...gateways].every((url) => endpointFault(url) === undefined);

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((x, i) => x === b[i]);

/** Only what differs from the site is stored, so that the rest follows the site when it changes. */
export function settingsOf(draft: Draft, site: Draft): Settings {
  return {
    ...(same(draft.rpcUrls, site.rpcUrls) ? {} : { rpcUrls: draft.rpcUrls }),
    ...(draft.subgraphUrl === site.subgraphUrl ? {} : { subgraphUrl: draft.subgraphUrl }),
    ...(same(draft.gateways, site.gateways) ? {} : { gateways: draft.gateways }),
  };
}

export const addressesOf = ({ rpcUrls, subgraphUrl, gateways }: Draft): readonly string[] => [
  ...rpcUrls,
  subgraphUrl,
  ...gateways,
];
