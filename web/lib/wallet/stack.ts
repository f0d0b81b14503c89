import { createConfig, createStorage, http, injected } from 'wagmi';
import {
  connect,
  disconnect,
  getConnection,
  getConnectors,
  reconnect,
  switchChain,
  watchConnection,
  watchConnectors,
} from 'wagmi/actions';
import type { Address } from '../../../node/core/codec/hex.ts';
import type { SiteConfig } from '../config.ts';
import { ProblemError } from '../problem.ts';
import { BURNER_ID, burnerConnector } from './burnerConnector.ts';
import { walletIcon, walletLabel } from './label.ts';
import type { Eip1193 } from './provider.ts';

/** A wallet that can be connected: announced by EIP-6963, found at `window.ethereum`, or the burner account. */
export interface WalletOption {
  readonly id: string;
  readonly name: string;
  readonly icon?: string;
  readonly isBurner: boolean;
}

export interface Connection {
  readonly address: Address;
  readonly chainId: number;
  readonly option: WalletOption;
}

/** The heavy part of the wallet (wagmi, viem), loaded once somebody connects or has connected before. */
export interface WalletStack {
  options(): readonly WalletOption[];
  connection(): Connection | undefined;
  watch(onChange: () => void): () => void;
  connect(id: string): Promise<void>;
  /** Takes up an earlier connection without asking; false when the wallet is gone or forgot the site. */
  reconnect(id: string): Promise<boolean>;
  disconnect(): Promise<void>;
  switchNetwork(): Promise<void>;
  provider(): Promise<Eip1193>;
}

const ANNOUNCEMENT_MS = 1500;

const isHttp = (url: string): boolean => /^https?:\/\//.test(url);

/** A local storage that forgets when the browser keeps nothing (private windows, blocked cookies). */
function storageOf(): Storage {
  return window.localStorage;
}

export function openWalletStack(site: SiteConfig): WalletStack {
  const storage = storageOf();
  const rpcUrls = site.rpcUrls.filter(isHttp);
  const chain = {
    id: site.chainId,
    name: site.chainName,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: rpcUrls } },
    ...(site.explorerUrl === undefined
      ? {}
      : { blockExplorers: { default: { name: 'Explorer', url: site.explorerUrl } } }),
  };
  const config = createConfig({
    chains: [chain],
    // Asked for nothing: reads go through lib/rpc.ts, writes through the wallet.
    transports: { [site.chainId]: http(rpcUrls[0]) },
    connectors: [injected(), ...(site.local ? [burnerConnector(rpcUrls, storage)] : [])],
    storage: createStorage({ storage, key: 'assay.wagmi' }),
    syncConnectedChain: false,
    ssr: false,
  });

  const hasLegacy = (): boolean => (window as { ethereum?: unknown }).ethereum !== undefined;
  const connectors = () => {
    const all = getConnectors(config);
    const announced = all.filter(({ id }) => id !== 'injected' && id !== BURNER_ID);
    // window.ethereum is one of the announced wallets, if any is announced at all.
    return all.filter(({ id }) => (id === 'injected' ? announced.length === 0 && hasLegacy() : true));
  };
  const optionOf = ({ id, name, icon }: ReturnType<typeof connectors>[number]): WalletOption => {
    const image = walletIcon(icon);
    return {
      id,
      name: id === 'injected' ? 'Browser wallet' : walletLabel(name),
      isBurner: id === BURNER_ID,
      ...(image === undefined ? {} : { icon: image }),
    };
  };
  const find = (id: string) => connectors().find((connector) => connector.id === id);

  /** Wallets announce themselves when asked, some of them late. */
  async function awaitConnector(id: string) {
    const known = find(id);
    if (known !== undefined) return known;
    return new Promise<ReturnType<typeof find>>((resolve) => {
      const stop = watchConnectors(config, { onChange: () => find(id) !== undefined && finish() });
      const timer = setTimeout(finish, ANNOUNCEMENT_MS);
      function finish(): void {
        clearTimeout(timer);
        stop();
        resolve(find(id));
      }
    });
  }

  return {
    options: () => connectors().map(optionOf),
    connection() {
      const { status, address, chainId, connector } = getConnection(config);
      if (status !== 'connected') return undefined;
      return { address, chainId, option: optionOf(connector) };
    },
    watch(onChange) {
      const stops = [watchConnection(config, { onChange }), watchConnectors(config, { onChange })];
      return () => {
        for (const stop of stops) stop();
      };
    },
    async connect(id) {
      const connector = find(id);
      if (connector === undefined)
        throw new ProblemError({
          what: 'That wallet is gone',
          why: 'it no longer announces itself to this page',
          fix: 'Reload the page, or choose another wallet.',
        });
      await connect(config, { connector });
    },
    async reconnect(id) {
      const connector = await awaitConnector(id);
      if (connector === undefined) return false;
      const connections = await reconnect(config, { connectors: [connector] });
      return connections.length > 0;
    },
    async disconnect() {
      await disconnect(config);
    },
    async switchNetwork() {
      await switchChain(config, { chainId: site.chainId });
    },
    async provider() {
      const { connector } = getConnection(config);
      if (connector === undefined)
        throw new ProblemError({
          what: 'No wallet is connected',
          why: 'the connection ended meanwhile',
          fix: 'Connect a wallet and try again.',
        });
      return (await connector.getProvider()) as Eip1193;
    },
  };
}
