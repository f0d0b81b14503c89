// The block store against bare SHA-256 of the same bytes in the same run: everything here must hash, nothing else is
// necessary. Fetch goes over real HTTP on loopback between two stores in one process, so both ends share its thread.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { ipfsRoutes } from '../node/gateway/routes/ipfs.ts';
import { openStore } from '../node/ipfs/store.ts';
import type { Cid, Store } from '../node/ports/Store.ts';
import { median } from './median.ts';
import type { BenchRow } from './row.ts';

const MIB = 1024 * 1024;
const ROUNDS = 5;

interface Case {
  readonly name: string;
  readonly bytes: number;
  /** Times per round, so that small files take long enough to measure. */
  readonly times: number;
}

const CASES: readonly Case[] = [
  { name: '100 MiB file', bytes: 100 * MIB, times: 1 },
  { name: '64 KiB file', bytes: 64 * 1024, times: 50 },
];

/** Least share of the speed of bare SHA-256: adding hashes every byte twice (file and block), reading once. */
const TARGETS: Readonly<Record<string, number>> = { add: 0.25, read: 0.4, fetch: 0.05 };

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

class World {
  readonly #folders: string[] = [];
  readonly #stores: Store[] = [];

  async store(): Promise<Store> {
    const folder = await mkdtemp(join(tmpdir(), 'assay-bench-ipfs-'));
    this.#folders.push(folder);
    const store = await openStore(folder, { privateProviders: true });
    this.#stores.push(store);
    return store;
  }

  async close(): Promise<void> {
    for (const store of this.#stores) await store.close();
    for (const folder of this.#folders) await rm(folder, { recursive: true });
  }
}

async function roundOf(item: Case, world: World): Promise<Record<string, number>> {
  const given = Array.from({ length: item.times }, () => randomBytes(item.bytes));
  const [from, to] = [await world.store(), await world.store()];
  const server = createServer(getRequestListener(ipfsRoutes({ store: from }).fetch) as never);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const provider = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cids: Cid[] = [];
  const budget = { maxBytes: item.bytes + MIB };
  const sha256 = await seconds(async () => {
    for (const file of given) createHash('sha256').update(file).digest();
  });
  const add = await seconds(async () => {
    for (const file of given) cids.push((await from.add(file)).cid);
  });
  const read = await seconds(async () => {
    for (const cid of cids) await from.read(cid, budget);
  });
  const fetch = await seconds(async () => {
    for (const cid of cids) await to.fetch(cid, { ...budget, providers: [provider] });
  });
  server.closeAllConnections();
  server.close();
  return { sha256, add, read, fetch };
}

export async function run(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const item of CASES) {
    const world = new World();
    const rounds: Record<string, number>[] = [];
    try {
      await roundOf(item, world);
      for (let round = 0; round < ROUNDS; round++) rounds.push(await roundOf(item, world));
    } finally {
      await world.close();
    }
    const speed = (verb: string): number =>
      median(rounds.map((times) => (item.bytes * item.times) / MIB / times[verb]!));
    for (const verb of ['add', 'read', 'fetch']) {
      const [ours, peer] = [speed(verb), speed('sha256')];
      const target = item.bytes >= MIB ? TARGETS[verb]! : undefined;
      rows.push({
        name: `ipfs ${verb}, ${item.name}`,
        ours,
        peer,
        ratio: ours / peer,
        unit: 'MiB/s',
        ...(target === undefined ? {} : { target }),
        note: 'peer: bare SHA-256 of the same bytes; durable writes (fdatasync) included',
      });
    }
  }
  return rows;
}
