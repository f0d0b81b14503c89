'use client';

import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { Hex } from '../../node/core/codec/hex.ts';
import { useConfig } from './config.ts';
import type { SignaturePlan, TransactionPlan } from './transactions/plan.ts';
import { type Sent, type TransactionsState, TransactionsStore } from './transactions/store.ts';
import type { TrackedTransaction } from './transactions/tracked.ts';
import { useWalletStore } from './wallet.tsx';

const TransactionsContext = createContext<TransactionsStore | undefined>(undefined);
/** The index lags behind the chain by a poll or two: what pages show is read again at these times. */
const REFRESH_MS = [0, 1200, 3500];

/** Follows this browser's transactions. Below WalletProvider and react-query's provider. */
export function TransactionsProvider({ children }: { readonly children: ReactNode }) {
  const wallet = useWalletStore();
  const [store] = useState(() => new TransactionsStore(wallet));
  const config = useConfig();
  const queries = useQueryClient();
  useEffect(() => (config === undefined ? undefined : store.start(config)), [config, store]);
  useEffect(
    () =>
      store.onSettled(() => {
        for (const delay of REFRESH_MS) setTimeout(() => void queries.invalidateQueries(), delay);
      }),
    [queries, store],
  );
  return <TransactionsContext value={store}>{children}</TransactionsContext>;
}

/** The store itself, for the preview dialog and the activity drawer. */
export function useTransactionsStore(): TransactionsStore {
  const store = useContext(TransactionsContext);
  if (store === undefined) throw new Error('useTransactions needs a TransactionsProvider above it');
  return store;
}

export function useTransactionsState(): TransactionsState {
  const store = useTransactionsStore();
  return useSyncExternalStore(store.subscribe, store.state, store.serverState);
}

export interface Transactions {
  /**
   * Opens the preview. Resolves to the hash (and a promise of how it ends) once the wallet has sent it; to undefined when
   * the user closed the preview or no wallet is connected (then the connect dialog opens). Never rejects: what goes wrong
   * is told in the preview.
   */
  send(plan: TransactionPlan): Promise<Sent | undefined>;
  /** Opens the preview of EIP-712 data; resolves to the signature, or undefined as above. */
  sign(plan: SignaturePlan): Promise<Hex | undefined>;
  /** Newest first. */
  readonly list: readonly TrackedTransaction[];
}

export function useTransactions(): Transactions {
  const store = useTransactionsStore();
  const { list } = useTransactionsState();
  return useMemo(() => ({ send: store.send, sign: store.sign, list }), [store, list]);
}
