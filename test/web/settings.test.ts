import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium, skipWithoutChromium } from '../browser/chromium.ts';
import { until } from '../helpers/anvilRpc.ts';
import { openStack, type Stack } from '../helpers/stack.ts';

const SLOW = { timeout: 20_000 };
/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9';

/** A second address of the real node: what it is asked goes there unchanged. */
async function secondAddress(rpc: string): Promise<{ url: string; server: Server; asked: () => number }> {
  let asked = 0;
  const server = createServer(async (request, response) => {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', 'content-type');
    if (request.method === 'OPTIONS') return response.writeHead(204).end();
    asked++;
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const answer = await fetch(rpc, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, asked: () => asked };
}

describe('settings and health', { skip: skipWithoutChromium() }, () => {
  let stack: Stack;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let second: Awaited<ReturnType<typeof secondAddress>>;
  before(async () => {
    [stack, browser] = await Promise.all([openStack(), launchChromium()]);
    second = await secondAddress(stack.rpc);
  });
  after(async () => {
    await browser?.close();
    second?.server.closeAllConnections();
    second?.server.close();
    await stack?.close();
  });
  const fresh = async (settings?: object): Promise<void> => {
    await context?.close();
    context = await browser.newContext({ baseURL: stack.site });
    if (settings !== undefined)
      await context.addInitScript((text) => localStorage.setItem('assay.settings', text), JSON.stringify(settings));
    page = await context.newPage();
  };
  const row = (label: string) => page.getByLabel(label, { exact: true });
  const test = (nth: number) => page.getByRole('button', { name: 'Test' }).nth(nth);

  it('tests each kind of server', async () => {
    await fresh();
    await page.goto('/settings/');
    await row('RPC 1').waitFor(SLOW);
    await test(0).click();
    await page.getByText(/It answers: block [\d,]+/).waitFor(SLOW);
    await test(1).click();
    await page.getByText(/It answers: chain 31337, block/).waitFor(SLOW);
    await test(2).click();
    await page.getByText(/sent the empty block with the right hash/).waitFor(SLOW);
  });

  it('refuses what is no address before anything is asked', async () => {
    await row('RPC 1').fill('javascript:alert(1)');
    await page.getByText('Only http and https addresses can be used.').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Save and reload' }).isDisabled(), true);
  });

  it('tries a new address only after the page loaded again with it in its policy, then keeps and uses it', async () => {
    await fresh();
    await page.goto('/settings/');
    await row('RPC 1').fill(second.url, SLOW);
    const policyOf = () => page.locator('meta[data-assay-policy]').getAttribute('content');
    assert.doesNotMatch((await policyOf()) ?? '', new RegExp(second.url));
    await test(1).click();
    await page.getByText(/It answers: chain 31337, block/).waitFor(SLOW);
    assert.match((await policyOf()) ?? '', new RegExp(second.url));
    assert.equal(await row('RPC 1').inputValue(), second.url, 'the form survived the reload');
    await page.getByRole('button', { name: 'Save and reload' }).click();
    await page.waitForFunction((url) => localStorage.getItem('assay.settings')?.includes(url) === true, second.url);
    const before = second.asked();
    await page.goto('/');
    await page
      .getByText(/block [\d,]+/)
      .first()
      .waitFor(SLOW);
    assert.ok(second.asked() > before);
  });

  it('goes back to the servers of the site', async () => {
    await page.goto('/settings/');
    await page.getByRole('button', { name: /site’s own servers/ }).click(SLOW);
    await page.waitForFunction(() => localStorage.getItem('assay.settings') === null);
    await row('RPC 1').waitFor(SLOW);
    assert.equal(await row('RPC 1').inputValue(), stack.rpc);
  });

  it('remembers the theme, before the first paint', async () => {
    await fresh();
    await page.goto('/settings/');
    await page.getByRole('main').getByRole('button', { name: 'Dark' }).click(SLOW);
    assert.equal(await page.evaluate(() => document.documentElement.dataset['theme']), 'dark');
    await page.reload({ waitUntil: 'commit' });
    await page.waitForFunction(() => document.documentElement.dataset['theme'] === 'dark');
    await page.getByRole('main').getByRole('button', { name: 'System' }).click(SLOW);
    assert.equal(await page.evaluate(() => document.documentElement.dataset['theme']), undefined);
  });

  it('shows names that the reader gave, on other pages too', async () => {
    await fresh();
    await page.goto('/model/?id=1');
    const worker = await page.locator('td [title^="0x"]').first().getAttribute('title', SLOW);
    await page.goto('/settings/');
    await page.getByLabel('Address', { exact: true }).fill(worker!, SLOW);
    await page.getByLabel('Name', { exact: true }).fill('<b>Ada</b>');
    await page.getByRole('button', { name: 'Add name' }).click();
    await page.goto('/model/?id=1');
    await page.getByText('<b>Ada</b>').first().waitFor(SLOW);
  });

  it('shows amounts in money that the reader defines, asks nobody for its price, and forgets it', async () => {
    await fresh();
    const asked = new Set<string>();
    page.on('request', (request) => asked.add(new URL(request.url()).origin));
    await page.goto('/settings/');
    await page.getByLabel('Currency').fill('<i>EUR', SLOW);
    await page.getByLabel('One ASSAY is worth').fill('1,5.0');
    await page.getByText(/^Give a number such as/).waitFor();
    await page.getByLabel('One ASSAY is worth').fill('0.25');
    await page.getByRole('button', { name: 'Show amounts in it' }).click();
    await page.getByText('100 ASSAY ≈ 25 <i>EUR').waitFor();
    await page.goto('/models/');
    await page.getByText('≈ 0.00025 <i>EUR').waitFor(SLOW);
    await page.goto('/settings/');
    await page.getByRole('button', { name: 'Do not show it' }).click(SLOW);
    await page.goto('/models/');
    await page.getByRole('listitem').getByText('0.001 ASSAY').waitFor(SLOW);
    assert.equal(await page.locator('[data-unit]').count(), 0);
    const own = [stack.site, stack.rpc, stack.subgraph, ...stack.gateways].map((url) => new URL(url).origin);
    assert.deepEqual(
      [...asked].filter((origin) => !own.includes(origin)),
      [],
    );
  });

  it('says that the index is gone, and that it is back', async () => {
    await fresh({ subgraphUrl: `${NOWHERE}/subgraphs/name/assay` });
    await page.goto('/');
    await page
      .locator('[data-health="unwell"]')
      .getByText(/index does not answer/)
      .waitFor(SLOW);
    await page.getByRole('alert').getByText('The index does not answer').waitFor(SLOW);
    await fresh();
    await page.goto('/');
    await page.getByText(/of [\d,]+ jobs/).waitFor(SLOW);
    await page.locator('[data-health="well"]').waitFor({ state: 'attached' });
  });

  it('reads lists while the chain is gone, and says so', async () => {
    await fresh({ rpcUrls: [NOWHERE] });
    await page.goto('/models/');
    await page.getByRole('heading', { name: 'digits' }).waitFor(SLOW);
    await page
      .locator('[data-health="unwell"]')
      .getByText(/1 RPC address/)
      .waitFor(SLOW);
  });

  it('asks the next node when the first is gone, and the one after that when the next dies', async () => {
    const dying = await secondAddress(stack.rpc);
    await fresh({ rpcUrls: [NOWHERE, dying.url, stack.rpc] });
    await page.goto('/model/?id=1');
    await page.getByRole('button', { name: 'Verify this version' }).waitFor(SLOW);
    await until(() => Promise.resolve(dying.asked() > 0), 'the page asks the node that will die', 20_000);
    dying.server.closeAllConnections();
    dying.server.close();
    await page.getByRole('button', { name: 'Verify this version' }).click(SLOW);
    await page.getByText('This file is the registered version, bit for bit.').waitFor(SLOW);
    assert.equal(await page.locator('[data-health="well"]').count(), 1);
  });

  it('offers faucet, burner account and time travel on a local chain only', async () => {
    await fresh();
    await page.goto('/local/');
    await page.getByRole('button', { name: '+1 hour' }).waitFor(SLOW);
    await fresh();
    await page.route('**/assay.json', async (route) => {
      const site = (await (await route.fetch()).json()) as object;
      await route.fulfill({ json: { ...site, local: false } });
    });
    await page.goto('/local/');
    await page.getByText('This is not a local network').waitFor(SLOW);
    assert.equal(await page.getByRole('link', { name: 'Local tools' }).count(), 0);
    await page.getByRole('button', { name: 'Connect wallet' }).click();
    await page.getByText('No wallet was found in this browser').waitFor(SLOW);
    assert.equal(await page.getByRole('button', { name: 'Burner account' }).count(), 0);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });
});
