import { type CreateConnectorFn, createConnector } from 'wagmi';
import { burnerProvider } from './burner.ts';

export const BURNER_ID = 'assay.burner';

/** The local chain's throw-away account as one more wallet of wagmi. */
export function burnerConnector(rpcUrls: readonly string[], storage: Storage): CreateConnectorFn {
  return createConnector((config) => {
    const chainId = config.chains[0].id;
    const provider = burnerProvider(chainId, rpcUrls, storage);
    const accounts = async () => (await provider.request({ method: 'eth_accounts' })) as `0x${string}`[];
    return {
      id: BURNER_ID,
      name: 'Burner account',
      type: 'burner',
      async connect<withCapabilities extends boolean = false>() {
        return { accounts: (await accounts()) as never, chainId } as {
          accounts: withCapabilities extends true ? never : readonly `0x${string}`[];
          chainId: number;
        };
      },
      disconnect: async () => undefined,
      getAccounts: accounts,
      getChainId: async () => chainId,
      getProvider: async () => provider,
      isAuthorized: async () => true,
      onAccountsChanged: () => undefined,
      onChainChanged: () => undefined,
      onDisconnect: () => config.emitter.emit('disconnect'),
    };
  });
}
