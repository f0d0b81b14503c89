import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium, skipWithoutChromium } from '../browser/chromium.ts';
import { jsonOf, runCli } from '../helpers/cli.ts';
import { type Kubo, kuboBinary, startKubo } from '../helpers/kubo.ts';
import { removeFolder, temporaryFolder } from '../helpers/network.ts';
import { openStack, type Stack } from '../helpers/stack.ts';
import { type SubdomainGateway, startSubdomainGateway } from '../helpers/subdomainGateway.ts';

const SLOW = { timeout: 30_000 };

interface Published {
  readonly cid: string;
  readonly url: string;
  readonly files: number;
  readonly blocks: number;
  readonly bytes: number;
  readonly car: string;
}

/** A chain of the public: every page may call it. The local one answers its own dApp alone. */
async function publicRpc(target: string): Promise<Server> {
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const headers = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'content-type' };
    if (request.method !== 'POST') return void response.writeHead(204, headers).end();
    const body = Buffer.concat(chunks);
    const answer = await fetch(target, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    response.writeHead(answer.status, { ...headers, 'content-type': 'application/json' }).end(await answer.text());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}
const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

describe('the dApp on IPFS', { skip: skipWithoutChromium() }, () => {
  let stack: Stack;
  let browser: Browser;
  let home: string;
  let rpc: Server;
  let published: Published;
  const publish = async (): Promise<Published> => {
    const args = ['site', 'publish', '--config', join(home, 'assay.json'), '--car', join(home, 'site.car')];
    return jsonOf<Published>(await runCli([...args, '--home', home, '--json']));
  };
  before(async () => {
    stack = await openStack();
    home = await temporaryFolder('ipfs');
    rpc = await publicRpc(stack.rpc);
    const config = (await (await fetch(`${stack.site}/assay.json`)).json()) as object;
    await writeFile(join(home, 'assay.json'), JSON.stringify({ ...config, rpcUrls: [urlOf(rpc)] }));
    [browser, published] = await Promise.all([launchChromium(), publish()]);
  });
  after(async () => {
    await browser?.close();
    rpc?.closeAllConnections();
    rpc?.close();
    await removeFolder(home ?? '');
    await stack?.close();
  });

  it('has one CID, however often it is published', async () => {
    assert.match(published.cid, /^bafybei[a-z2-7]{52}$/);
    assert.equal(published.url, `ipfs://${published.cid}/`);
    assert.deepEqual(await publish(), published);
    const car = await readFile(published.car);
    assert.ok(car.length > published.bytes);
    // Next would draw a random name for each build; ours is made of the sources.
    const names = await readdir(join(home, 'site', '_next', 'static'));
    assert.deepEqual(
      names.filter((name) => name !== 'chunks' && name !== 'media').map((name) => /^[0-9a-f]{20}$/.test(name)),
      [true],
    );
  });

  describe('from an origin of its own, on any gateway', () => {
    let gateway: SubdomainGateway;
    before(async () => {
      gateway = await startSubdomainGateway(join(home, 'store'));
    });
    after(() => gateway?.close());
    it('shows the network, tries a model, and finds its pages', () => tour(() => gateway.port));
  });

  const binary = kuboBinary();
  const noKubo = binary === undefined ? 'no `ipfs` here: install Kubo or name it in ASSAY_IPFS' : false;
  describe('from the gateway of a real Kubo', { skip: noKubo }, () => {
    let kubo: Kubo;
    before(async () => {
      kubo = await startKubo(binary!);
      kubo.ipfs('dag', 'import', published.car);
    });
    after(() => kubo?.stop());
    it('shows the network, tries a model, and finds its pages', () => tour(() => kubo.gatewayPort));
    it('leads from /ipfs/ to the origin of its own', async () => {
      const path = await fetch(`http://localhost:${kubo.gatewayPort}/ipfs/${published.cid}/models/`, {
        redirect: 'manual',
      });
      assert.equal(path.status, 301);
      assert.equal(path.headers.get('location'), `http://${published.cid}.ipfs.localhost:${kubo.gatewayPort}/models/`);
    });
  });

  async function tour(port: () => number): Promise<void> {
    const origin = `http://${published.cid}.ipfs.localhost:${port()}`;
    const context = await browser.newContext({ baseURL: origin });
    const complaints: string[] = [];
    try {
      const page = await openPage(context, complaints);
      await page.goto('/');
      await page.getByRole('heading', { level: 1 }).waitFor(SLOW);
      await page.goto('/models/');
      await page.getByRole('link', { name: 'digits' }).first().click(SLOW);
      await page.waitForURL(/\/model\/\?id=1$/, SLOW);
      await page.getByRole('heading', { level: 1, name: 'digits' }).waitFor(SLOW);
      await page.getByRole('button', { name: 'Verify this version' }).click(SLOW);
      await page.getByText('bit for bit').first().waitFor(SLOW);
      await page.reload();
      await page.getByRole('heading', { level: 1, name: 'digits' }).waitFor(SLOW);
      assert.equal(new URL(page.url()).origin, origin);
      assert.deepEqual(complaints, []);
      const lost = await page.goto('/no/such/page');
      assert.equal(lost?.status(), 404);
      await page.getByText('There is no page at this address').waitFor(SLOW);
    } finally {
      await context.close();
    }
  }
});

/** A page whose errors, and refusals of its content security policy, are kept. */
async function openPage(context: BrowserContext, complaints: string[]): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`);
  });
  return page;
}
