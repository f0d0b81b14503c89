import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { createSite, listenSite, type SiteServer } from '../../node/gateway/site.ts';
import { buildSite, FIRST_VIEW_BUDGET, firstViewBytes, policyOf, scriptHashes, securePage } from '../../web/build.ts';
import { launchChromium, skipWithoutChromium } from '../browser/chromium.ts';
import { removeFolder, temporaryFolder } from '../helpers/network.ts';
import { NOWHERE, SITE_WITHOUT_NETWORK } from '../helpers/siteWithoutNetwork.ts';

describe('the static export', () => {
  let folder: string;
  let scratch: string;
  let pages: string[];
  before(async () => {
    // Where `npm start` has it: whoever comes first builds.
    folder = new URL('../../web/out', import.meta.url).pathname;
    scratch = await temporaryFolder('export');
    await buildSite(folder);
    pages = globSync('**/*.html', { cwd: folder });
  });
  after(() => removeFolder(scratch));

  it('is not built again while nothing changed', async () => {
    const built = statSync(join(folder, 'index.html')).mtimeMs;
    assert.equal(await buildSite(folder), false);
    assert.equal(statSync(join(folder, 'index.html')).mtimeMs, built);
  });

  it('takes a network along for hosts that cannot write one, and refuses one that is faulty', async () => {
    const config = join(scratch, 'network.json');
    writeFileSync(config, JSON.stringify({ ...SITE_WITHOUT_NETWORK, chainId: 'x' }));
    await assert.rejects(buildSite(join(scratch, 'other'), { config }), /no chain id/);
    assert.equal(existsSync(join(scratch, 'other')), false);
  });

  it('holds a page for every route and none of the files of one host', () => {
    const routes = globSync('**/page.tsx', { cwd: new URL('../../web/app/', import.meta.url).pathname });
    for (const route of routes) assert.ok(pages.includes(route.replace('page.tsx', 'index.html')), route);
    assert.ok(pages.includes('404.html'));
    assert.equal(existsSync(join(folder, 'assay.json')), false);
  });

  it('gives every page a policy that names its inline scripts and allows no other', () => {
    for (const page of pages) {
      const html = readFileSync(join(folder, page), 'utf8');
      const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
      assert.equal(policy, policyOf(html), page);
      assert.ok(html.indexOf('Content-Security-Policy') < html.indexOf('<script'), page);
      assert.doesNotMatch(policy, /'unsafe-inline'|'unsafe-eval'|\*/);
      assert.doesNotMatch(html, /\sstyle="|\son\w+="|<style/, page);
    }
  });

  it('holds no button to connect before there is code behind it', () => {
    for (const page of pages)
      assert.doesNotMatch(
        readFileSync(join(folder, page), 'utf8'),
        /<button(?![^>]*\sdisabled)[^>]*>Connect wallet/,
        page,
      );
  });

  it('names no server', () => {
    for (const page of pages) {
      const named = readFileSync(join(folder, page), 'utf8').match(/(?:src|href)="(?:https?:)?\/\/[^"]*"/g);
      assert.equal(named, null, page);
    }
  });

  it('brings what onnxruntime-web loads at run time', () => {
    const source = new URL('../../node_modules/onnxruntime-web/', import.meta.url);
    const { version } = JSON.parse(readFileSync(new URL('package.json', source), 'utf8')) as { version: string };
    for (const name of ['ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'])
      assert.deepEqual(readFileSync(join(folder, 'ort', version, name)), readFileSync(new URL(`dist/${name}`, source)));
  });

  it(`loads at most ${FIRST_VIEW_BUDGET / 1000} kB of compressed JavaScript for the first view of any page`, (t) => {
    const views = firstViewBytes(folder);
    assert.equal(views.length, pages.length);
    for (const { page, bytes } of views) {
      t.diagnostic(`${(bytes / 1000).toFixed(1)} kB ${page}`);
      assert.ok(bytes <= FIRST_VIEW_BUDGET, `${page}: ${bytes} bytes`);
      assert.ok(bytes > 50_000, `${page}: the scripts were found at all`);
    }
  });

  describe('in Chromium, without its network', { skip: skipWithoutChromium() }, () => {
    let site: SiteServer;
    let browser: Browser;
    before(async () => {
      site = await listenSite(createSite({ folder, config: SITE_WITHOUT_NETWORK }), 0);
      browser = await launchChromium();
    });
    after(async () => {
      await browser?.close();
      await site?.close();
    });

    it('breaks its policy on no page, asks only the configured servers, and says what is wrong', async () => {
      const violations: string[] = [];
      const asked = new Set<string>();
      const visit = async (path: string): Promise<void> => {
        const page = await browser.newPage();
        page.on('console', (message) => {
          if (/Content Security Policy/.test(message.text())) violations.push(`${path}: ${message.text()}`);
        });
        page.on('request', (request) => asked.add(new URL(request.url()).origin));
        await page.goto(`${site.url}/${path.replace(/index\.html$/, '')}`);
        await page.locator('[data-health="unwell"]').waitFor();
        assert.match((await page.locator('[data-health]').textContent()) ?? '', /index does not answer/i);
        await page.close();
      };
      await Promise.all(pages.filter((name) => name.endsWith('index.html')).map(visit));
      assert.deepEqual(violations, []);
      assert.deepEqual([...asked].sort(), [NOWHERE, site.url].sort());
    });

    it('lets no script of the page reach another server', async () => {
      const page = await browser.newPage();
      await page.goto(`${site.url}/settings/`);
      await page.locator('meta[data-assay-policy]').waitFor({ state: 'attached' });
      const refused = await page.evaluate(
        () =>
          new Promise<string>((told) => {
            document.addEventListener('securitypolicyviolation', (event) => told(event.effectiveDirective));
            void fetch('http://127.0.0.1:10/').catch(() => undefined);
          }),
      );
      assert.equal(refused, 'connect-src');
      await page.close();
    });
  });
});

describe('securePage', () => {
  const html =
    '<html><head><meta charSet="utf-8"/><title>x</title></head><body><script>let a = "<b>";</script></body></html>';

  it('hashes inline scripts as browsers do', () => {
    const digest = createHash('sha256').update('let a = "<b>";').digest('base64');
    assert.deepEqual(scriptHashes(html), [`'sha256-${digest}'`]);
  });

  it('puts the policy right behind the encoding', () => {
    assert.match(securePage(html), /<head><meta charSet="utf-8"\/><meta http-equiv="Content-Security-Policy"/);
  });

  it('names no hash for scripts with an address, and drops those of old browsers', () => {
    const page = '<head></head><script src="/a.js" async=""></script><script src="/old.js" noModule=""></script>';
    assert.deepEqual(scriptHashes(page), []);
    assert.doesNotMatch(securePage(page), /old\.js/);
  });
});
