import { join } from 'node:path';
import type { Store } from '../ports/Store.ts';
import { Blocks } from './blocks.ts';
import { EmbeddedStore } from './embeddedStore.ts';
import { DEFAULT_PACE, type PaceLimits } from './pace.ts';
import { ProviderClient } from './providerClient.ts';
import { Roots } from './roots.ts';

export interface StoreOptions {
  /**
   * Providers may be on loopback and private networks: a local network or a test. Provider URLs come from the chain,
   * so a public node leaves this off (threats N12).
   * @default false
   */
  readonly privateProviders?: boolean;
  readonly pace?: Partial<PaceLimits>;
  /** Longest fetch of one DAG, ms. @default 3600000 */
  readonly fetchTimeoutMs?: number;
}

/**
 * Opens (or makes) the store in a folder: `blocks/` in the layout of blockstore-fs, `roots/` and `partial/` with one
 * empty file per CID, `quarantine/`, `tmp/`. Several processes may use one folder; `remove` belongs to one of them.
 * @throws StoreIoFailed; StoreFull
 */
export async function openStore(folder: string, options: StoreOptions = {}): Promise<Store> {
  const blocks = new Blocks(folder);
  const roots = new Roots(join(folder, 'roots'));
  const partial = new Roots(join(folder, 'partial'));
  await blocks.open();
  await roots.open();
  await partial.open();
  const client = new ProviderClient({ ...DEFAULT_PACE, ...options.pace }, options.privateProviders ?? false);
  return new EmbeddedStore({ blocks, roots, partial, client, fetchTimeoutMs: options.fetchTimeoutMs ?? 3_600_000 });
}
