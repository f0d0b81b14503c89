import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { NetworkNotReady, WorkerDidNotStart, waitUntilLive } from '../../../../node/cli/local/network.ts';
import { EXIT } from '../../../../node/cli/print.ts';

describe('waitUntilLive', () => {
  const server = createServer((_, response) => response.writeHead(ready ? 200 : 503).end());
  const signal = new AbortController().signal;
  let ready = false;
  let home = '';
  let endpoint = '';
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'assay-live-'));
    await writeFile(join(home, 'worker.log'), 'starting\nthe port is taken\n');
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(home, { recursive: true, force: true });
  });
  const worker = (lastExit: number | undefined) => ({ name: 'worker-1', endpoint, home, process: { lastExit } });

  it('error: NetworkNotReady, with the last words of the log, when nothing answers in time', async () => {
    ready = false;
    await assert.rejects(
      waitUntilLive(worker(undefined), signal, 150),
      (error: NetworkNotReady) =>
        error instanceof NetworkNotReady && error.retryable && /the port is taken/.test(error.why),
    );
  });

  it('error: WorkerDidNotStart at once when the worker refused to run', async () => {
    ready = false;
    await assert.rejects(
      waitUntilLive(worker(EXIT.refused), signal, 60_000),
      (error: WorkerDidNotStart) => error instanceof WorkerDidNotStart && /the port is taken/.test(error.why),
    );
  });

  it('resolves when it answers', async () => {
    ready = true;
    await waitUntilLive(worker(undefined), signal, 5000);
  });
});
