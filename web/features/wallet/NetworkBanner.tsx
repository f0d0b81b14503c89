'use client';

import type { ReactNode } from 'react';
import { later } from '../../components/later.tsx';
import { useWallet } from '../../lib/wallet.tsx';

const NetworkWarning = later(() => import('./NetworkWarning.tsx').then((file) => file.NetworkWarning));

/** Says that the wallet is on another chain than the site, with the way back. */
export function NetworkBanner(): ReactNode {
  const { status } = useWallet();
  return status === 'wrong-network' ? <NetworkWarning /> : null;
}
