import type { SiteConfig } from './config.ts';

/**
 * The pages are built before anybody knows which servers they will talk to, so their policy leaves connections open. As
 * soon as the network is known a second policy names exactly its servers; policies only ever add up, so nothing that runs
 * later can widen it. Other endpoints therefore apply after a reload.
 */

const originsOf = (urls: readonly string[]): string[] =>
  urls.flatMap((url) => (URL.canParse(url) ? [new URL(url).origin] : []));

/** `connect-src` for exactly these endpoints. */
export function connectPolicy(config: SiteConfig, candidates: readonly string[] = []): string {
  const origins = originsOf([...config.rpcUrls, config.subgraphUrl, ...config.gateways, ...candidates]);
  return `connect-src 'self' ${[...new Set(origins)].sort().join(' ')}`.trim();
}

/** Whether the page's policy lets a request to `url` through; no other text is permitted, and workers register any. */
export function isPermitted(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const tag = document.head.querySelector('meta[data-assay-policy]');
  if (tag === null) return true;
  return (tag.getAttribute('content') ?? '').split(' ').includes(new URL(url).origin);
}

/** Adds the policy once; a later call with other endpoints changes nothing. */
export function tightenPolicy(config: SiteConfig, candidates: readonly string[]): void {
  if (document.head.querySelector('meta[data-assay-policy]') !== null) return;
  const tag = document.createElement('meta');
  tag.httpEquiv = 'Content-Security-Policy';
  tag.content = connectPolicy(config, candidates);
  tag.dataset['assayPolicy'] = '';
  document.head.append(tag);
}
