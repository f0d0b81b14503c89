import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Hono } from 'hono';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { createSite, listenSite, type SiteServer } from '../../node/gateway/site.ts';
import { buildSite } from '../../web/build.ts';
import { launchChromium, skipWithoutChromium } from '../browser/chromium.ts';
import { until } from '../helpers/anvilRpc.ts';
import { SITE_WITHOUT_NETWORK } from '../helpers/siteWithoutNetwork.ts';

/** What the server of the site does to a path; undefined leaves it alone. */
type Meddle = (path: string) => Response | undefined;

describe('visited pages', { skip: skipWithoutChromium() }, () => {
  const folder = new URL('../../web/out', import.meta.url).pathname;
  let browser: Browser;
  let site: SiteServer;
  let meddle: Meddle;
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
  const html = (text: string): Response => new Response(text, { headers: { 'content-type': 'text/html' } });
  /** The service worker of another release of the site. */
  const workerOf = (release: string): Response =>
    new Response(read('sw.js').replace(/const RELEASE = '[^']*'/, `const RELEASE = '${release}'`), {
      headers: { 'content-type': 'text/javascript' },
    });
  const gone = (): Response => new Response('gone', { status: 404 });

  async function open(port: number): Promise<void> {
    const app = new Hono();
    app.use(async (c, next) => meddle(c.req.path) ?? (await next()));
    app.route('/', createSite({ folder, config: SITE_WITHOUT_NETWORK }));
    site = await listenSite(app, port);
  }
  before(async () => {
    await buildSite(folder);
    meddle = () => undefined;
    await open(0);
    browser = await launchChromium();
  });
  beforeEach(() => {
    meddle = () => undefined;
  });
  after(async () => {
    await browser?.close();
    await site?.close();
  });

  const caches_ = (page: Page): Promise<Record<string, string[]>> =>
    page.evaluate(async () => {
      const names = (await caches.keys()).filter((name) => name.startsWith('assay-site'));
      const pathsOf = async (name: string) =>
        (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname);
      return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await pathsOf(name)])));
    });
  const isAlive = (page: Page) => page.locator('html[data-alive]').waitFor({ state: 'attached' });
  async function visit(context: BrowserContext, path: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${site.url}${path}`);
    await isAlive(page);
    return page;
  }
  /** Until the page and what it names are kept. */
  const isKept = (page: Page, path: string) =>
    until(async () => Object.values(await caches_(page)).some((paths) => paths.includes(path)), `${path} in the cache`);
  async function offline(body: () => Promise<void>): Promise<void> {
    const port = Number(new URL(site.url).port);
    await site.close();
    try {
      await body();
    } finally {
      await open(port);
    }
  }

  it('open without any server, whatever their address asks for; others do not', async () => {
    const context = await browser.newContext();
    const page = await visit(context, '/models/?q=digits');
    await isKept(page, '/models/');
    await isKept(page, '/assay.json');
    await isKept(page, '/boot.js');
    await offline(async () => {
      await page.goto(`${site.url}/models/?q=other`);
      await isAlive(page);
      await page.getByRole('heading', { level: 1, name: 'Models' }).waitFor();
      assert.equal(await page.getByLabel('Search').inputValue(), 'other');
      await assert.rejects(page.goto(`${site.url}/workers/`), /ERR_FAILED|ERR_CONNECTION_REFUSED/);
    });
    await context.close();
  });

  it('are kept once, not once for every address', async () => {
    const context = await browser.newContext();
    const page = await visit(context, '/job/?id=1');
    await isKept(page, '/job/');
    for (const id of [2, 3]) await page.goto(`${site.url}/job/?id=${id}`);
    const paths = Object.values(await caches_(page)).flat();
    assert.equal(paths.filter((path) => path === '/job/').length, 1);
    await context.close();
  });

  it('stay as they were when a new release comes only by half', async () => {
    const context = await browser.newContext();
    const page = await visit(context, '/models/');
    await isKept(page, '/models/');
    const half = read('models/index.html').replace(
      '</head>',
      '<script src="/_next/static/chunks/new.js" async=""></script></head>',
    );
    meddle = (path) => (path === '/models/' ? html(half) : path.endsWith('/new.js') ? gone() : undefined);
    await page.goto(`${site.url}/models/`);
    meddle = () => undefined;
    await offline(async () => {
      await page.goto(`${site.url}/models/`);
      await isAlive(page);
      assert.doesNotMatch(await page.content(), /new\.js/, 'the page that was whole');
    });
    await context.close();
  });

  it('come from the release before when they were not visited since; older ones go', async () => {
    const context = await browser.newContext();
    const page = await visit(context, '/models/');
    await isKept(page, '/models/');
    for (const release of ['second', 'third']) {
      meddle = (path) => (path === '/sw.js' ? workerOf(release) : undefined);
      await page.goto(`${site.url}/settings/`);
      const name = `assay-site-${release}`;
      await page.evaluate(async () => {
        const registration = await navigator.serviceWorker.ready;
        await registration.update();
        const next = registration.installing ?? registration.waiting ?? registration.active!;
        await new Promise<void>((done) => {
          const look = (): void => (next.state === 'activated' ? done() : undefined);
          next.addEventListener('statechange', look);
          look();
        });
      });
      await page.reload();
      await until(async () => (await caches_(page))[name] !== undefined, name);
      if (release === 'third') break;
      await offline(async () => {
        await page.goto(`${site.url}/models/`);
        await isAlive(page);
      });
    }
    await until(async () => Object.keys(await caches_(page)).length === 2, 'two releases are kept');
    assert.deepEqual(Object.keys(await caches_(page)), ['assay-site-second', 'assay-site-third']);
    await context.close();
  });

  it('work when the store is full', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Storage.overrideQuotaForOrigin', { origin: site.url, quotaSize: 2000 });
    const failures: string[] = [];
    page.on('pageerror', (error) => failures.push(String(error)));
    for (const path of ['/', '/models/', '/settings/']) {
      await page.goto(`${site.url}${path}`);
      await isAlive(page);
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    }
    assert.deepEqual(failures, []);
    await context.close();
  });

  it('say what is missing when their release is gone while they are open, and stay', async () => {
    const context = await browser.newContext();
    const page = await visit(context, '/settings/');
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    meddle = (path) => (path.startsWith('/_next/') ? gone() : undefined);
    await page.getByRole('button', { name: 'Connect wallet' }).click();
    await page.getByText('A part of this site could not be loaded').waitFor();
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    meddle = () => undefined;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('A part of this site could not be loaded').waitFor({ state: 'detached' });
    await isAlive(page);
    await context.close();
  });

  it('are loaded again, once, when their code is gone, and say so when that does not help', async () => {
    const context = await browser.newContext({ serviceWorkers: 'block' });
    const page = await context.newPage();
    const stale = read('models/index.html').replaceAll(/src="(\/_next\/static\/chunks\/)/g, 'src="$1old-');
    let asked = 0;
    meddle = (path) => (path === '/models/' && asked++ === 0 ? html(stale) : undefined);
    await page.goto(`${site.url}/models/`);
    await isAlive(page);
    assert.equal(asked, 2);
    meddle = (path) => (path === '/models/' ? html(stale) : undefined);
    await page.goto(`${site.url}/models/`);
    await page.getByText('Parts of this page are missing on its server').waitFor();
    await context.close();
  });
});
