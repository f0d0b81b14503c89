import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EXIT } from '../../../../node/cli/print.ts';
import { jsonOf, runCli } from '../../../helpers/cli.ts';
import { removeFolder, temporaryFolder } from '../../../helpers/network.ts';

interface Check {
  readonly name: string;
  readonly state: 'ok' | 'failed' | 'skipped';
  readonly found: string;
  readonly fix?: string;
}

describe('assay doctor', () => {
  let home = '';
  let server: Server;
  let port = 0;
  before(async () => {
    home = await temporaryFolder('doctor');
    // Neither a worker nor a chain of ours.
    server = createServer((request, response) => {
      response.statusCode = request.url === '/' ? 200 : 404;
      response.end('{"jsonrpc":"2.0","id":1,"result":"0x1"}');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    port = (server.address() as AddressInfo).port;
  });
  after(async () => {
    await new Promise((done) => server.close(done));
    await removeFolder(home);
  });
  const examine = async (config: object, ...args: string[]): Promise<Map<string, Check>> => {
    await writeFile(join(home, 'config.json'), JSON.stringify(config));
    const result = await runCli(['doctor', '--json', '--home', home, ...args]);
    const { ok, checks } = jsonOf<{ ok: boolean; checks: Check[] }>(result);
    assert.equal(result.code, ok ? EXIT.ok : EXIT.refused);
    return new Map(checks.map((check) => [check.name, check]));
  };

  it('without a network: every failure has a line that says what to do', async () => {
    const checks = await examine({ rpcUrls: ['http://127.0.0.1:9'], worker: { port } });
    const failed = [...checks.values()].filter(({ state }) => state === 'failed');
    for (const { name, fix } of failed) assert.ok((fix ?? '').length > 10, name);
    assert.deepEqual(
      failed.map(({ name }) => name),
      ['key', 'port', 'rpc', 'chain'],
    );
    // What could only say the same again is left out.
    for (const name of ['clock', 'account', 'registration', 'gateway', 'workers', 'index'])
      assert.match(checks.get(name)!.found, /when (key|chain) is well/, name);
    assert.match(checks.get('rpc')!.found, /127\.0\.0\.1:9 gives no answer/);
    assert.match(checks.get('port')!.fix!, /config set worker\.port/);
    for (const name of ['node', 'disk', 'memory', 'runtime', 'conformance'])
      assert.equal(checks.get(name)?.state, 'ok', name);
    const people = await runCli(['doctor', '--home', home]);
    assert.equal(people.stdout.match(/^✗/gm)?.length, people.stdout.match(/^ {2}fix: /gm)?.length);
  });

  it('an endpoint of another chain is found out, also behind a good one', async () => {
    const deployment = { chainId: 31337 };
    await writeFile(join(home, 'deployment.json'), JSON.stringify(deployment));
    const checks = await examine({ rpcUrls: [`http://127.0.0.1:${port}`] });
    assert.equal(checks.get('rpc')!.state, 'failed');
    assert.ok(checks.get('rpc')!.fix!.length > 10);
  });

  it('--offline asks nobody', async () => {
    const checks = await examine({ rpcUrls: ['http://127.0.0.1:9'] }, '--offline');
    for (const name of ['rpc', 'chain', 'clock', 'account', 'registration', 'gateway', 'workers', 'index'])
      assert.deepEqual([checks.get(name)?.state, checks.get(name)?.found], ['skipped', 'offline']);
  });
});
