'use client';

import type { ReactNode } from 'react';
import { later } from '../../components/later.tsx';
import { useWallet } from '../../lib/wallet.tsx';

const NotificationMenu = later(
  () => import('./NotificationMenu.tsx').then((file) => file.NotificationMenu),
  <span aria-hidden className="size-10" />,
);

/** News for the connected account; its code is loaded with the first account. */
export function NotificationBell(): ReactNode {
  const { address } = useWallet();
  if (address === undefined) return null;
  return <NotificationMenu key={address} account={address} />;
}
