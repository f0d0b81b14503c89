'use client';

import { createContext, type ReactNode, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { Address } from '../../node/core/codec/hex.ts';
import { useConfig } from './config.ts';
import { type WalletState, type WalletStatus, WalletStore } from './wallet/store.ts';

const WalletContext = createContext<WalletStore | undefined>(undefined);

/** Holds the wallet connection. The wallet's code is loaded only if this browser has connected before, or when asked. */
export function WalletProvider({ children }: { readonly children: ReactNode }) {
  const [store] = useState(() => new WalletStore());
  const config = useConfig();
  useEffect(() => {
    if (config !== undefined) void store.start(config);
  }, [config, store]);
  return <WalletContext value={store}>{children}</WalletContext>;
}

/** The store itself, for the connect dialog and the sending of transactions. */
export function useWalletStore(): WalletStore {
  const store = useContext(WalletContext);
  if (store === undefined) throw new Error('useWallet needs a WalletProvider above it');
  return store;
}

export function useWalletState(): WalletState {
  const store = useWalletStore();
  return useSyncExternalStore(store.subscribe, store.state, store.serverState);
}

export interface Wallet {
  /** `connecting` also before the browser was looked at: render a button of the same size, not "Connect". */
  readonly status: WalletStatus;
  readonly address?: Address;
  readonly chainId?: number;
  /** Name that the wallet gave itself, made safe to show. */
  readonly walletName?: string;
  readonly isBurner: boolean;
  /** Opens the connect dialog. */
  connect(): void;
  disconnect(): void;
  /** Asks the wallet to come to the site's network, which is offered to it if it does not know it. */
  switchNetwork(): void;
}

export function useWallet(): Wallet {
  const store = useWalletStore();
  const { status, address, chainId, wallet } = useWalletState();
  return useMemo(
    () => ({
      status,
      ...(address === undefined ? {} : { address }),
      ...(chainId === undefined ? {} : { chainId }),
      ...(wallet === undefined ? {} : { walletName: wallet.name }),
      isBurner: wallet?.isBurner ?? false,
      connect: store.openDialog,
      disconnect: store.disconnect,
      switchNetwork: () => void store.switchNetwork(),
    }),
    [status, address, chainId, wallet, store],
  );
}
