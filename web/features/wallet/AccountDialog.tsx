'use client';

import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Button } from '../../components/Button.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { useConfig } from '../../lib/config.ts';
import { formatEther } from '../../lib/format.ts';
import { useRead } from '../../lib/read.ts';
import { rpcRequest } from '../../lib/rpc.ts';
import { useWallet } from '../../lib/wallet.tsx';

/** The connected account: what it holds, where it is connected, and the way out. */
export function AccountDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const site = useConfig();
  const { address, walletName, isBurner, disconnect, connect } = useWallet();
  const ether = useQuery({
    queryKey: ['ether', site?.chainId, address],
    queryFn: ({ signal }) => rpcRequest<string>(site!.rpcUrls, 'eth_getBalance', [address, 'latest'], signal),
    enabled: site !== undefined && address !== undefined,
  });
  const token = useRead({
    contract: 'token',
    functionName: 'balanceOf',
    args: [address ?? '0x0000000000000000000000000000000000000000'],
    enabled: address !== undefined,
  });
  if (address === undefined || site === undefined) return null;
  const leave = (): void => {
    onClose();
    disconnect();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Your account"
      footer={
        <>
          <Button
            variant="quiet"
            onClick={() => {
              onClose();
              connect();
            }}
          >
            Change wallet
          </Button>
          <Button onClick={leave}>Disconnect</Button>
        </>
      }
    >
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-3 text-sm">
        <dt className="text-muted">Address</dt>
        <dd>
          <AddressTag address={address} />
        </dd>
        <dt className="text-muted">Wallet</dt>
        <dd className="break-words">
          <bdi>{walletName}</bdi>
        </dd>
        <dt className="text-muted">Network</dt>
        <dd>
          {site.chainName} ({site.chainId})
        </dd>
        <dt className="text-muted">ASSAY</dt>
        <dd>{token.data === undefined ? <Skeleton className="h-5 w-28" /> : <TokenAmount wei={token.data} />}</dd>
        <dt className="text-muted">For fees</dt>
        <dd data-figures>
          {ether.data === undefined ? <Skeleton className="h-5 w-28" /> : formatEther(BigInt(ether.data))}
        </dd>
      </dl>
      <div className="mt-5 flex flex-wrap gap-2">
        <LinkButton size="small" href={`/account/?address=${address.toLowerCase()}`}>
          Balances and history
        </LinkButton>
        {site.local && (
          <LinkButton size="small" href="/local/">
            {isBurner ? 'Fill at the faucet' : 'Local network tools'}
          </LinkButton>
        )}
      </div>
    </Dialog>
  );
}
