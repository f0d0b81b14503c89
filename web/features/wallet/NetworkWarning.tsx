'use client';

import type { ReactNode } from 'react';
import { Button } from '../../components/Button.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { useConfig } from '../../lib/config.ts';
import { useWallet, useWalletState } from '../../lib/wallet.tsx';

/** What {@link NetworkBanner} says. */
export function NetworkWarning(): ReactNode {
  const site = useConfig();
  const { status, chainId, switchNetwork, disconnect } = useWallet();
  const { isSwitching, problem } = useWalletState();
  if (status !== 'wrong-network' || site === undefined) return null;
  return (
    <div role="status" className="border-b border-line bg-caution-soft">
      <div className="mx-auto flex max-w-6xl flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2 text-sm sm:px-6">
        <p className="min-w-0 flex-1">
          <strong className="text-caution">Your wallet is on another network.</strong> It is on chain {chainId}; this
          site works on {site.chainName} ({site.chainId}). You can read everything, but send nothing until you switch.
        </p>
        <Button size="small" busy={isSwitching} onClick={switchNetwork}>
          Switch network
        </Button>
        <Button size="small" variant="quiet" onClick={disconnect}>
          Disconnect
        </Button>
        {problem !== undefined && (
          <div className="w-full">
            <ErrorState problem={problem} />
          </div>
        )}
      </div>
    </div>
  );
}
