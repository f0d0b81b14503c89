import type { ReactNode } from 'react';
import { followable } from '../lib/followable.ts';
import { safeText } from '../lib/safeText.ts';

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
