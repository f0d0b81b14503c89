import type { Assay } from './compose.ts';
import { type GatewayServer, listen } from './gateway/server.ts';

export interface RunningWorker {
  readonly url: string;
  readonly owner: string;
  /** Drains requests, settles what is owed, closes. Returns the number of jobs left in the journal. */
  stop(): Promise<number>;
}

/** Requests in hand get this long after SIGTERM. */
const DRAIN_MS = 10_000;
const SETTLE_MS = 5_000;

/** Starts the worker of a home: listens first, so that peers can fetch from it while it loads. */
export async function startWorker(assay: Assay): Promise<RunningWorker> {
  const { worker, gateway, owner } = await assay.worker();
  const { host, port } = assay.config.worker;
  const server: GatewayServer = await listen(gateway, { host, port });
  await worker.start();
  assay.log.info('worker started', { url: server.url, owner });
  return {
    url: server.url,
    owner,
    stop: async () => {
      worker.drain();
      await server.drain(DRAIN_MS);
      return worker.stop(SETTLE_MS);
    },
  };
}
