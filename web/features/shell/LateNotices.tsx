'use client';

import { lazy, type ReactNode, Suspense } from 'react';

const Notices = lazy(() => import('../transactions/Notices.tsx').then((file) => ({ default: file.Notices })));

/** Notices of transactions. Nothing can be sent in the first moments, so their code arrives after the first view. */
export function LateNotices(): ReactNode {
  return (
    <Suspense>
      <Notices />
    </Suspense>
  );
}
