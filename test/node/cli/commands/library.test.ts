import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EXIT } from '../../../../node/cli/print.ts';
import { createGateway } from '../../../../node/gateway/app.ts';
import { ipfsRoutes } from '../../../../node/gateway/routes/ipfs.ts';
import { type GatewayServer, listen } from '../../../../node/gateway/server.ts';
import { createLog } from '../../../../node/host.ts';
import { openStore } from '../../../../node/ipfs/store.ts';
import type { Store } from '../../../../node/ports/Store.ts';
import { until } from '../../../helpers/anvilRpc.ts';
import { failureOf, jsonOf, runCli, startCli } from '../../../helpers/cli.ts';
import { quickDigits } from '../../../helpers/digitsLive.ts';
import { removeFolder, temporaryFolder } from '../../../helpers/network.ts';

const PACE_MS = 40;
const MANY_BYTES = 24 << 20;

/** A gateway of real bytes that counts what it sends, slowly enough to be killed in between. */
async function slowGateway(store: Store): Promise<GatewayServer & { sent(): number; hurry(): void }> {
  const state = { sent: 0, paceMs: PACE_MS };
  const pause = (): Promise<void> => new Promise((done) => setTimeout(done, state.paceMs));
  const counted: Store = {
    ...store,
    add: (file) => store.add(file),
    has: (cid) => store.has(cid),
    read: (cid, budget) => store.read(cid, budget),
    block: async (cid) => {
      const bytes = await store.block(cid);
      state.sent += bytes?.length ?? 0;
      await pause();
      return bytes;
    },
    async *exportCar(cid, scope) {
      for await (const part of store.exportCar(cid, scope)) {
        state.sent += part.length;
        yield part;
        if (part.length > 1000) await pause();
      }
    },
  };
  const gateway = createGateway({
    inference: {
      versions: () => [],
      ready: () => true,
      quote: async () => undefined,
      infer: () => Promise.reject(new Error('serves files only')),
    },
    log: createLog('silent'),
    info: { name: 'slow', version: '0', details: {} },
    routes: [ipfsRoutes({ store: counted })],
  });
  const server = await listen(gateway, { host: '127.0.0.1', port: 0 });
  return {
    ...server,
    drain: (ms) => server.drain(ms),
    sent: () => state.sent,
    hurry: () => {
      state.paceMs = 0;
    },
  };
}

describe('models on this machine', () => {
  let folder = '';
  let store: Store;
  let gateway: Awaited<ReturnType<typeof slowGateway>>;
  const home = (): string => join(folder, 'home');
  const cli = (...args: string[]) => runCli([...args, '--json', '--home', home()]);

  before(async () => {
    folder = await temporaryFolder('library');
    store = await openStore(join(folder, 'source'));
    gateway = await slowGateway(store);
  });
  after(async () => {
    await gateway.drain(100);
    await store.close();
    await removeFolder(folder);
  });

  it('pull: killed with SIGKILL on its way, it goes on where it was, every block verified', async () => {
    await runCli(['config', 'set', 'privateProviders', 'true', '--home', home()]);
    const { cid, sha256, size } = await store.add(randomBytes(MANY_BYTES));
    const first = startCli(['pull', cid, '--from', gateway.url, '--home', home()]);
    await until(() => gateway.sent() > MANY_BYTES / 2, 'half of it was sent', 30_000);
    first.process.kill('SIGKILL');
    await first.ended;
    const firstBytes = gateway.sent();
    assert.ok(firstBytes < MANY_BYTES, 'it was killed before the end');
    assert.equal(failureOf(await cli('show', cid)).code, 'NOT_PULLED');

    gateway.hurry();
    const result = await cli('pull', cid, '--from', gateway.url);
    assert.equal(result.code, EXIT.ok, result.stderr);
    const pulled = jsonOf<{ cid: string; sha256: string; sizeBytes: number }>(result);
    assert.deepEqual([pulled.cid, pulled.sha256, pulled.sizeBytes], [cid, sha256, size]);
    const secondBytes = gateway.sent() - firstBytes;
    assert.ok(secondBytes < MANY_BYTES * 0.75, `the second start brought ${secondBytes} of ${MANY_BYTES} bytes`);
    await cli('rm', cid);
  });

  it('pull, ls, show, run and rm: after the pull nothing but this machine is needed', async () => {
    const { exact, data } = await quickDigits();
    const { cid } = await store.add(exact.bytes);
    const people = await runCli(['pull', cid, '--from', gateway.url, '--home', home()]);
    assert.match(people.stdout, new RegExp(`${cid}[\\s\\S]*sha256 +0x[0-9a-f]{64}`));
    const { models } = jsonOf<{ models: { cid: string; complete: boolean }[] }>(await cli('ls'));
    assert.deepEqual(
      models.map((one) => [one.cid, one.complete]),
      [[cid, true]],
    );
    const shown = jsonOf<{ programRoot: string; estimate: { processBytes: number; multiplyAdds: number } }>(
      await cli('show', cid, '--estimate'),
    );
    assert.equal(shown.programRoot, exact.programRoot);
    assert.equal(shown.estimate.multiplyAdds, 64 * 16 + 16 * 10);
    assert.ok(shown.estimate.processBytes > exact.bytes.length);

    const line = [...data.raw.data.slice(0, 64)].join(',');
    const ran = jsonOf<{ label: number; scores: number[]; paidWei: string }>(await cli('run', cid, line));
    assert.equal(ran.paidWei, '0');
    assert.equal(ran.scores.indexOf(Math.max(...ran.scores)), ran.label);
    const rows = Array.from({ length: 3 }, (_, i) => [...data.raw.data.slice(i * 64, i * 64 + 64)]);
    for (const input of [rows.map((row) => row.join(',')).join('\n'), JSON.stringify(rows)]) {
      const { code, stdout, stderr } = await runCli(['run', cid, '-', '--json', '--home', home()], { input });
      assert.equal(code, EXIT.ok, stdout + stderr);
      const labels = stdout
        .trim()
        .split('\n')
        .map((text) => (JSON.parse(text) as { label: number }).label);
      assert.equal(labels.length, 3);
      assert.equal(labels[0], ran.label);
    }
    assert.equal(failureOf(await cli('run', cid, '1,2,3')).code, 'INPUT_NOT_GIVEN');
    assert.equal(failureOf(await cli('run', cid, 'a,'.repeat(64).slice(0, -1))).code, 'INPUT_NOT_GIVEN');
    assert.equal(jsonOf<{ removed: string }>(await cli('rm', cid)).removed, cid);
    assert.equal(failureOf(await cli('rm', cid)).code, 'NOT_PULLED');
  });

  it('a gateway that sends other bytes is refused', async () => {
    const { cid } = await store.add(randomBytes(5000));
    const lying = { ...store, block: async () => new Uint8Array(5000), has: async () => true } as unknown as Store;
    const liar = await slowGateway(lying);
    const failure = failureOf(await cli('pull', cid, '--from', liar.url));
    assert.equal(failure.code, 'STORE_FETCH_FAILED');
    await liar.drain(100);
  });

  it('a record that a newer release wrote is refused politely', async () => {
    const record = join(home(), 'models', 'future.json');
    await writeFile(record, JSON.stringify({ format: 9, slug: 'future' }));
    const failure = failureOf(await cli('ls'));
    assert.equal(failure.code, 'LIBRARY_TOO_NEW');
    assert.match(failure.fix, /newer release/);
  });
});
