'use client';

import { lazy, type ReactNode, Suspense } from 'react';
import { useWallet } from '../../lib/wallet.tsx';

const NetworkWarning = lazy(() => import('./NetworkWarning.tsx').then((file) => ({ default: file.NetworkWarning })));

/** Says that the wallet is on another chain than the site, with the way back. */
export function NetworkBanner(): ReactNode {
  const { status } = useWallet();
  if (status !== 'wrong-network') return null;
  return (
    <Suspense>
      <NetworkWarning />
    </Suspense>
  );
}
