'use client';

import type { ReactNode } from 'react';
import { later } from './later.tsx';
import { Skeleton } from './Skeleton.tsx';

const Body = later(
  () => import('./MarkdownBody.tsx').then((file) => file.MarkdownBody),
  <Skeleton className="h-40 w-full" />,
);

/** Markdown of a stranger: no HTML, no pictures from elsewhere, links only through SafeLink. Loads its parser when shown. */
export function Markdown({ source, gateway }: { readonly source: string; readonly gateway?: string }): ReactNode {
  return <Body source={source} {...(gateway === undefined ? {} : { gateway })} />;
}
