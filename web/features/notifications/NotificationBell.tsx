'use client';

import { lazy, type ReactNode, Suspense } from 'react';
import { useWallet } from '../../lib/wallet.tsx';

const NotificationMenu = lazy(() =>
  import('./NotificationMenu.tsx').then((file) => ({ default: file.NotificationMenu })),
);

/** News for the connected account; its code is loaded with the first account. */
export function NotificationBell(): ReactNode {
  const { address } = useWallet();
  if (address === undefined) return null;
  return (
    <Suspense fallback={<span aria-hidden className="size-10" />}>
      <NotificationMenu key={address} account={address} />
    </Suspense>
  );
}
