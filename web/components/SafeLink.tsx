import type { ReactNode } from 'react';
import { safeText } from '../lib/safeText.ts';

/** The URL if it may be followed: http, https, or ipfs through the first gateway; undefined for everything else. */
export function followable(href: string, gateway?: string): URL | undefined {
  const ipfs = /^ipfs:\/\/([A-Za-z0-9]{46,100})((?:\/[^\s]*)?)$/.exec(href.trim());
  if (ipfs !== null && gateway === undefined) return undefined;
  const target = ipfs === null ? href.trim() : `${gateway!.replace(/\/$/, '')}/ipfs/${ipfs[1]}${ipfs[2]}`;
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return undefined;
  const url = new URL(target);
  return url.username === '' && url.password === '' ? url : undefined;
}

/**
 * A link out of this site whose target a stranger wrote: it shows the host it leads to, and anything but http, https and
 * ipfs stays text.
 */
export function SafeLink({
  href,
  children,
  gateway,
}: {
  readonly href: string;
  readonly children?: ReactNode;
  /** Where ipfs: links lead. */
  readonly gateway?: string;
}): ReactNode {
  const url = followable(href, gateway);
  if (url === undefined) return <span>{children ?? safeText(href, 120)}</span>;
  return (
    <a href={url.href} target="_blank" rel="noopener noreferrer nofollow" className="link">
      {children ?? safeText(url.href, 80)}
      <span className="text-xs text-muted"> ({safeText(url.host, 60)})</span>
    </a>
  );
}
