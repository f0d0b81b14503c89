'use client';

import { lazy, type ReactNode, Suspense } from 'react';
import { Skeleton } from './Skeleton.tsx';

const Body = lazy(() => import('./MarkdownBody.tsx').then(({ MarkdownBody }) => ({ default: MarkdownBody })));

/** Markdown of a stranger: no HTML, no pictures from elsewhere, links only through SafeLink. Loads its parser when shown. */
export function Markdown({ source, gateway }: { readonly source: string; readonly gateway?: string }): ReactNode {
  return (
    <Suspense fallback={<Skeleton className="h-40 w-full" />}>
      <Body source={source} {...(gateway === undefined ? {} : { gateway })} />
    </Suspense>
  );
}
