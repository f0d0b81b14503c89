import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { GatewayPortInUse } from '../../../node/gateway/errors.ts';
import { createSite, listenSite, type SiteConfig, type SiteServer } from '../../../node/gateway/site.ts';
import { removeFolder, temporaryFolder } from '../../helpers/network.ts';

const CONFIG: SiteConfig = {
  chainId: 31337,
  chainName: 'Local network',
  rpcUrls: ['http://127.0.0.1:8545'],
  subgraphUrl: 'http://127.0.0.1:8549/subgraphs/name/assay',
  gateways: ['http://127.0.0.1:8546'],
  contracts: {},
  deploymentBlock: '1',
  local: true,
};

/** A request whose path and Host are sent as they are; `fetch` would tidy them. */
const raw = (url: string, path: string, host?: string): Promise<{ status: number; location?: string; body: string }> =>
  new Promise((resolve, reject) => {
    const call = request(url, { path, headers: host === undefined ? {} : { host } }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => {
        const { location } = response.headers;
        resolve({ status: response.statusCode ?? 0, body, ...(location === undefined ? {} : { location }) });
      });
    });
    call.once('error', reject).end();
  });

describe('site', () => {
  let folder = '';
  let server: SiteServer;
  before(async () => {
    folder = await temporaryFolder('site');
    await mkdir(join(folder, 'out', 'models'), { recursive: true });
    await mkdir(join(folder, 'out', '_next', 'static'), { recursive: true });
    await writeFile(join(folder, 'secret.txt'), 'nobody may read this');
    await writeFile(join(folder, 'out', 'index.html'), '<h1>overview</h1>');
    await writeFile(join(folder, 'out', '404.html'), '<h1>not here</h1>');
    await writeFile(join(folder, 'out', 'models', 'index.html'), '<h1>models</h1>');
    await writeFile(join(folder, 'out', '_next', 'static', 'a.js'), '1');
    server = await listenSite(createSite({ folder: join(folder, 'out'), config: CONFIG }), 0);
  });
  after(async () => {
    await server?.close();
    await removeFolder(folder);
  });

  it('hands out pages, and the network they belong to', async () => {
    assert.equal(await (await fetch(`${server.url}/`)).text(), '<h1>overview</h1>');
    assert.equal(await (await fetch(`${server.url}/models/?page=2`)).text(), '<h1>models</h1>');
    assert.deepEqual(await (await fetch(`${server.url}/assay.json`)).json(), CONFIG);
  });

  it('a page that is not there is a 404 for people', async () => {
    const response = await fetch(`${server.url}/nowhere/`);
    assert.equal(response.status, 404);
    assert.equal(await response.text(), '<h1>not here</h1>');
  });

  it('every answer forbids frames, sniffing and referrers; only hashed files are kept', async () => {
    for (const path of ['/', '/assay.json', '/nowhere']) {
      const { headers } = await fetch(`${server.url}${path}`);
      assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.equal(headers.get('cache-control'), 'no-cache');
    }
    const { headers } = await fetch(`${server.url}/_next/static/a.js`);
    assert.match(headers.get('cache-control') ?? '', /immutable/);
  });

  it('another name of this machine is sent to the one that the chain knows', async () => {
    const port = new URL(server.url).port;
    const { status, location } = await raw(server.url, '/models/?page=2', `localhost:${port}`);
    assert.equal(status, 307);
    assert.equal(location, `${server.url}/models/?page=2`);
  });

  for (const path of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/models/..\\..\\secret.txt',
    '//secret.txt',
  ]) {
    it(`no way out of the folder: ${path}`, async () => {
      const { status, body } = await raw(server.url, path);
      assert.notEqual(status, 200);
      assert.doesNotMatch(body, /nobody/);
    });
  }

  it('error: GatewayPortInUse', async () => {
    const port = Number(new URL(server.url).port);
    await assert.rejects(listenSite(createSite({ folder, config: CONFIG }), port), GatewayPortInUse);
  });
});
