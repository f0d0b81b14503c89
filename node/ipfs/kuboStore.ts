import { join } from 'node:path';
import { createKuboRPCClient } from 'kubo-rpc-client';
import type { Store } from '../ports/Store.ts';
import { Blocks } from './blocks.ts';
import { EmbeddedStore } from './embeddedStore.ts';
import { KuboBlocks } from './kuboBlocks.ts';
import { KuboRoots } from './kuboRoots.ts';
import { DEFAULT_PACE } from './pace.ts';
import { ProviderClient } from './providerClient.ts';
import { Roots } from './roots.ts';
import type { StoreOptions } from './store.ts';

export interface KuboStoreOptions extends StoreOptions {
  /** Kubo's RPC, e.g. http://127.0.0.1:5001: never reachable for strangers. */
  readonly url: string;
  /** MFS folder of this node's roots. Two nodes that share a Kubo have two. @default /assay */
  readonly mfsFolder?: string;
  /** Longest time of one call to Kubo, ms. @default 30000 */
  readonly rpcTimeoutMs?: number;
}

/**
 * Opens a store whose blocks lie in a Kubo node. Everything else is as embedded: files are cut by the same profile, what
 * comes from workers passes the same budgets, every block is hashed on every read, whatever Kubo says. Complete DAGs are
 * held in Kubo's MFS, which its garbage collector respects; `folder` keeps only what is being written.
 * @throws StoreKuboFailed; StoreIoFailed
 */
export async function openKuboStore(folder: string, options: KuboStoreOptions): Promise<Store> {
  const { url, mfsFolder = '/assay', rpcTimeoutMs = 30_000 } = options;
  const client = createKuboRPCClient({ url, timeout: rpcTimeoutMs });
  const staging = new Blocks(folder);
  const partial = new Roots(join(folder, 'partial'));
  const roots = new KuboRoots(client, url, mfsFolder);
  await staging.open();
  await partial.open();
  await roots.open();
  return new EmbeddedStore({
    blocks: new KuboBlocks(client, url, staging),
    roots,
    partial,
    client: new ProviderClient({ ...DEFAULT_PACE, ...options.pace }, options.privateProviders ?? false),
    fetchTimeoutMs: options.fetchTimeoutMs ?? 3_600_000,
  });
}
