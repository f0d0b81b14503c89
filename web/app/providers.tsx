'use client';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { candidateUrls } from '../features/settings/candidates.ts';
import { useConfig } from '../lib/config.ts';
import { keepForOffline } from '../lib/offline.ts';
import { tightenPolicy } from '../lib/policy.ts';
import { TransactionsProvider } from '../lib/transactions.tsx';
import { WalletProvider } from '../lib/wallet.tsx';

const QUERIES = {
  retry: 1,
  staleTime: 2000,
  refetchOnWindowFocus: true,
  // A local network also works on a machine that its browser calls offline.
  networkMode: 'always',
} as const;
const newClient = (): QueryClient => new QueryClient({ defaultOptions: { queries: QUERIES } });

/** Names the servers this page may talk to, as soon as they are known; keeps the page for when there is no network. */
function Boot(): null {
  const config = useConfig();
  useEffect(() => {
    if (config !== undefined) tightenPolicy(config, candidateUrls());
  }, [config]);
  useEffect(() => {
    // From now on what is missing is told where it is missing (`public/boot.js`).
    document.documentElement.dataset['alive'] = '';
    void keepForOffline();
  }, []);
  return null;
}

/** Everything that pages share. Wallet and transactions load when somebody connects, not before. */
export function Providers({ children }: { readonly children: ReactNode }): ReactNode {
  const [client] = useState(newClient);
  return (
    <QueryClientProvider client={client}>
      <Boot />
      <WalletProvider>
        <TransactionsProvider>{children}</TransactionsProvider>
      </WalletProvider>
    </QueryClientProvider>
  );
}
