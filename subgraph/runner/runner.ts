import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Chain } from './chain/chain.ts';
import { RpcPool } from './chain/pool.ts';
import { adoptDatabase, deploymentId } from './deployment.ts';
import { QueryPool } from './graphql/pool.ts';
import { serve } from './http.ts';
import { Indexer } from './indexer.ts';
import type { Logger } from './log.ts';
import { readManifest } from './manifest.ts';
import type { Status } from './status.ts';
import { openDatabase } from './store/database.ts';
import { lockDatabase } from './store/lock.ts';

export interface RunnerOptions {
  /** In order of preference. */
  readonly rpcUrls: readonly string[];
  /** Of a built manifest. */
  readonly manifest: string;
  readonly database: string;
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** 0 takes a free one. @default 0 */
  readonly port?: number;
  /** Forgets what was indexed and starts from zero. @default false */
  readonly reindex?: boolean;
  /** @default 250 */
  readonly pollMs?: number;
  readonly log: Logger;
}

export interface Runner {
  readonly url: string;
  readonly deployment: string;
  status(): Status;
  /** Ends when the index stops for a reason that is not the chain's: a defect, or a full disk. */
  readonly stopped: Promise<void>;
  /** Finishes the batch at hand and lets go of everything. */
  close(): Promise<void>;
}

/**
 * Index, database and server in this process. Answers at once; the index catches up behind it.
 * @throws ManifestError; RunnerError when another runner has the database
 */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const { log } = options;
  const manifest = readManifest(options.manifest);
  const unlock = lockDatabase(options.database);
  const db = openDatabase(options.database);
  adoptDatabase(db, manifest, log, options.reindex);
  const stop = new AbortController();
  const chain = new Chain(new RpcPool(options.rpcUrls), stop.signal);
  const indexer = new Indexer({
    db,
    manifest,
    chain,
    log,
    signal: stop.signal,
    ...(options.pollMs !== undefined && { pollMs: options.pollMs }),
  });
  const pool = new QueryPool(options.database, manifest.schemaText);
  const server = await serve({
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    query: (request) => pool.run(request),
    status: () => indexer.status,
  }).catch(async (error: unknown) => {
    await pool.close();
    db.close();
    unlock();
    throw error;
  });
  const running = indexer.run();
  const { address, port } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    deployment: deploymentId(manifest),
    status: () => indexer.status,
    stopped: running,
    close: () => {
      closing ??= (async () => {
        stop.abort();
        await running.catch(() => undefined);
        await closeServer(server);
        await pool.close();
        db.close();
        unlock();
      })();
      return closing;
    },
  };
}

const GRACE_MS = 2_000;

/** Requests that are being answered get their answer. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((done) => server.close(() => done()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearTimeout(timer);
}
