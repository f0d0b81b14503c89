'use client';

import { type ReactNode, useState } from 'react';
import { Button } from '../../components/Button.tsx';
import { Identicon } from '../../components/Identicon.tsx';
import { later } from '../../components/later.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { shortHex } from '../../lib/format.ts';
import { useWallet, useWalletState } from '../../lib/wallet.tsx';

const ConnectDialog = later(() => import('./ConnectDialog.tsx').then((file) => file.ConnectDialog));
const AccountDialog = later(() => import('./AccountDialog.tsx').then((file) => file.AccountDialog));

/** The visitor's corner of the header: connect, wrong network, or the account. Its width never changes. */
export function WalletButton(): ReactNode {
  const { status, address, connect, switchNetwork } = useWallet();
  const { isDialogOpen, isSwitching } = useWalletState();
  const [isAccountOpen, setAccountOpen] = useState(false);
  return (
    <>
      <span className="inline-block min-w-36">
        {status === 'connecting' && !isDialogOpen ? (
          <Skeleton className="h-10 w-36" />
        ) : status === 'connected' && address !== undefined ? (
          <Button className="w-full" onClick={() => setAccountOpen(true)} aria-haspopup="dialog">
            <Identicon address={address} />
            <span className="font-mono text-[0.8125rem]">{shortHex(address)}</span>
          </Button>
        ) : status === 'wrong-network' ? (
          <Button variant="danger" className="w-full" busy={isSwitching} onClick={switchNetwork}>
            Switch network
          </Button>
        ) : (
          <Button variant="primary" className="w-full" onClick={connect} aria-haspopup="dialog">
            Connect wallet
          </Button>
        )}
      </span>
      {isDialogOpen && <ConnectDialog />}
      {isAccountOpen && <AccountDialog onClose={() => setAccountOpen(false)} />}
    </>
  );
}
