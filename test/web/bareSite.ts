import { join } from 'node:path';
import type { Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { deploy } from '../../node/chain/deploy.ts';
import type { Address } from '../../node/core/codec/hex.ts';
import { createSite, listenSite } from '../../node/gateway/site.ts';
import { buildSite } from '../../web/build.ts';
import { ANVIL_KEYS, ELECTORATE, publicClientOf, startAnvil, testClientOf, walletClientOf } from '../helpers/anvil.ts';
import { freePorts, removeFolder, temporaryFolder } from '../helpers/network.ts';

/** The dApp on a chain of its own, without workers and index: for tests that stop the chain's clock or its mining. */
export interface BareSite {
  readonly site: string;
  readonly rpc: string;
  /** Nothing listens there. */
  readonly subgraph: string;
  readonly gateways: readonly string[];
  readonly home: string;
  readonly contracts: Readonly<Record<string, Address>>;
  readonly chain: ReturnType<typeof testClientOf>;
  readonly client: ReturnType<typeof publicClientOf>;
  close(): Promise<void>;
}

const TOKEN = 10n ** 18n;

/** `holders` get 100,000 ASSAY each; all of anvil's accounts have ether. */
export async function openBareSite(holders: readonly Hex[], folder?: string): Promise<BareSite> {
  const home = await temporaryFolder('bare-site');
  const anvil = await startAnvil();
  try {
    const out = folder ?? join(import.meta.dirname, '..', '..', 'web', 'out');
    if (folder === undefined) await buildSite(out);
    const client = publicClientOf(anvil.url);
    const recipients = holders.map((key) => privateKeyToAccount(key).address);
    const { addresses, block } = await deploy({
      publicClient: client,
      walletClient: walletClientOf(anvil.url, ANVIL_KEYS[5]),
      profile: 'dev',
      allocations: [...recipients.map((recipient) => ({ recipient, amountWei: 100_000n * TOKEN })), ELECTORATE],
    });
    const subgraph = `http://127.0.0.1:${await freePorts(1)}/subgraphs/name/assay`;
    const config = {
      chainId: 31337,
      chainName: 'Local network',
      rpcUrls: [anvil.url],
      subgraphUrl: subgraph,
      gateways: [],
      contracts: addresses,
      deploymentBlock: String(block),
      local: true,
    };
    const server = await listenSite(createSite({ folder: out, config }), 0);
    return {
      site: server.url,
      rpc: anvil.url,
      subgraph,
      gateways: [],
      home,
      contracts: addresses,
      chain: testClientOf(anvil.url),
      client,
      close: async () => {
        await server.close();
        await anvil.stop();
        await removeFolder(home);
      },
    };
  } catch (error) {
    await anvil.stop();
    throw error;
  }
}
