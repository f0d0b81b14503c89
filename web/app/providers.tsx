'use client';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { candidateUrls } from '../features/settings/candidates.ts';
import { useConfig } from '../lib/config.ts';
import { tightenPolicy } from '../lib/policy.ts';
import { TransactionsProvider } from '../lib/transactions.tsx';
import { WalletProvider } from '../lib/wallet.tsx';

const newClient = (): QueryClient =>
  new QueryClient({ defaultOptions: { queries: { retry: 1, staleTime: 2000, refetchOnWindowFocus: true } } });

/** Names the servers this page may talk to, as soon as they are known. */
function Policy(): null {
  const config = useConfig();
  useEffect(() => {
    if (config !== undefined) tightenPolicy(config, candidateUrls());
  }, [config]);
  return null;
}

/** Everything that pages share. Wallet and transactions load when somebody connects, not before. */
export function Providers({ children }: { readonly children: ReactNode }): ReactNode {
  const [client] = useState(newClient);
  return (
    <QueryClientProvider client={client}>
      <Policy />
      <WalletProvider>
        <TransactionsProvider>{children}</TransactionsProvider>
      </WalletProvider>
    </QueryClientProvider>
  );
}
