'use client';

import type { ReactNode } from 'react';
import { Button } from '../../components/Button.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import type { WalletOption } from '../../lib/wallet/stack.ts';
import { useWalletState, useWalletStore } from '../../lib/wallet.tsx';
import { WalletIcon } from './WalletIcon.tsx';

/** The wallets of this browser to choose from, help where there is none, and the burner account on a local chain. */
export function ConnectDialog(): ReactNode {
  const store = useWalletStore();
  const { isDialogOpen, options, asking, problem } = useWalletState();
  const wallets = options?.filter(({ isBurner }) => !isBurner);
  const burner = options?.find(({ isBurner }) => isBurner);
  const choose = (id: string): void => void store.choose(id);
  return (
    <Dialog open={isDialogOpen} onClose={store.closeDialog} title="Connect a wallet">
      <div className="space-y-4">
        {problem !== undefined && <ErrorState problem={problem} />}
        {wallets === undefined ? (
          <SkeletonRows rows={2} className="h-12" />
        ) : wallets.length > 0 ? (
          <ul className="space-y-2">
            {wallets.map((option) => (
              <li key={option.id}>
                <Choice option={option} asking={asking} onChoose={choose} />
              </li>
            ))}
          </ul>
        ) : (
          burner === undefined && <NoWallet />
        )}
        {burner !== undefined && (
          <section
            aria-label="Burner account"
            className={wallets === undefined || wallets.length > 0 ? 'border-t border-line pt-4' : ''}
          >
            <Choice option={burner} asking={asking} onChoose={choose} />
            <p className="mt-2 text-sm text-muted">
              A throw-away key that this browser keeps, for the local network only. It signs what you confirm here
              without another prompt. Never send anything of value to it.
            </p>
          </section>
        )}
        {burner !== undefined && wallets?.length === 0 && <NoWallet />}
        <p className="text-sm text-muted">
          Connecting shows this site your address. It cannot move anything: each transaction is shown to you before it
          is signed. Everything here can be read without a wallet.
        </p>
      </div>
    </Dialog>
  );
}

function Choice({
  option,
  asking,
  onChoose,
}: {
  readonly option: WalletOption;
  readonly asking: string | undefined;
  readonly onChoose: (id: string) => void;
}): ReactNode {
  const waits = asking === option.id;
  return (
    <Button
      className="w-full justify-start gap-3 py-2 text-left"
      disabled={asking !== undefined}
      onClick={() => onChoose(option.id)}
    >
      <WalletIcon option={option} />
      <span className="min-w-0 truncate">
        <bdi>{option.name}</bdi>
      </span>
      <span role="status" className="ml-auto text-xs font-normal text-muted">
        {waits && !option.isBurner ? 'Confirm in the wallet…' : ''}
      </span>
    </Button>
  );
}

function NoWallet(): ReactNode {
  return (
    <div className="rounded-md border border-line bg-sunken p-4 text-sm">
      <p className="font-medium">No wallet was found in this browser</p>
      <p className="mt-1 text-muted">
        A wallet is an extension or app that keeps your keys and asks you before anything is signed. Any wallet that
        announces itself by EIP-6963 works, for instance MetaMask, Rabby or Frame.
      </p>
      <ol className="mt-2 list-decimal space-y-1 pl-5 text-muted">
        <li>Install one from the extension shop of your browser.</li>
        <li>Create or import an account in it.</li>
        <li>Come back and reload this page.</li>
      </ol>
    </div>
  );
}
