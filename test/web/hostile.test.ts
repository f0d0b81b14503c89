import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page, Route } from 'playwright-core';
import { publishVersion } from '../../node/service/publisher.ts';
import { launchChromium, skipWithoutChromium } from '../browser/chromium.ts';
import { quickDigits } from '../helpers/digitsLive.ts';
import { HOSTILE_TEXTS } from '../helpers/hostileTexts.ts';
import { openStack, type Stack } from '../helpers/stack.ts';
import { ROUTES, resolveRoutes, settled, visit } from '../helpers/visit.ts';

/** Texts put together into one field; a nightly run puts each into every field alone. */
const TOGETHER = process.env['ASSAY_NIGHTLY'] === '1' ? 1 : 32;
const CHUNKS = Array.from({ length: Math.ceil(HOSTILE_TEXTS.length / TOGETHER) }, (_, i) =>
  HOSTILE_TEXTS.slice(i * TOGETHER, (i + 1) * TOGETHER).join(' '),
);

/** Pages that show nothing but what the index says. */
const LISTS = ['/models/', '/jobs/', '/workers/', '/disputes/', '/governance/', '/treasury/'];

const isData = (value: string): boolean => /^(0x[0-9a-f]*|-?\d+(\.\d+)?|[A-Z][A-Z_]*)$/.test(value);

/** The index's real answer, with every text replaced. `ids` replaces numbers, counts, hashes and enums too. */
function poisoned(value: unknown, text: string, ids: boolean): unknown {
  if (typeof value === 'string') return ids || !isData(value) ? text : value;
  if (typeof value === 'number') return ids ? -value - 0.5 : value;
  if (Array.isArray(value)) return value.map((item) => poisoned(item, text, ids));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, poisoned(item, text, ids)]));
}

const poison = async (page: Page, stack: Stack, text: () => string, ids: boolean): Promise<void> => {
  await page.route(stack.subgraph, async (route: Route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    const response = await route.fetch();
    return route.fulfill({ response, json: poisoned(await response.json(), text(), ids) });
  });
};

/** What a text may never become, whatever it says. */
const wreckage = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const found: string[] = [];
    if ('__executed' in window) found.push('code ran');
    if ('polluted' in {}) found.push('prototype polluted');
    for (const element of document.querySelectorAll('*')) {
      for (const { name, value } of element.attributes) {
        if (name.startsWith('on')) found.push(`${element.tagName}[${name}]`);
        const protocol = URL.parse(value, document.baseURI)?.protocol ?? '';
        if (
          /^(href|src|action|formaction|data|ping|poster)$/.test(name) &&
          /^(javascript|vbscript|file):$/.test(protocol)
        )
          found.push(`${element.tagName}[${name}=${value.slice(0, 60)}]`);
        if (/^(src|data|srcset|poster|ping)$/.test(name) && value.includes('evil.example'))
          found.push(`${element.tagName}[${name}=${value.slice(0, 60)}]`);
      }
      if (/^(IFRAME|OBJECT|EMBED|BASE|MATH|MARQUEE|PLAINTEXT)$/.test(element.tagName.toUpperCase()))
        found.push(element.tagName);
    }
    // Forms of this site have no action.
    if (document.querySelector('form[action], .prose form') !== null) found.push('FORM');
    if (document.querySelector('meta[http-equiv="refresh"]') !== null) found.push('meta refresh');
    for (const link of document.querySelectorAll<HTMLAnchorElement>('a[href*="evil.example"]'))
      if (!/noopener/.test(link.rel) || !/nofollow/.test(link.rel)) found.push(`a link without rel: ${link.href}`);
    return found;
  });

/** The page has shown what it got: the data, or a sentence about what is wrong with it. */
async function shown(page: Page): Promise<void> {
  // A page that cannot read what it got may go on waiting for better.
  await settled(page, 3_000).catch(() => page.locator('h1').first().waitFor());
}

describe(`${HOSTILE_TEXTS.length} hostile texts`, { skip: skipWithoutChromium() }, () => {
  let stack: Stack;
  let browser: Browser;
  let routes: readonly string[];
  before(async () => {
    stack = await openStack();
    browser = await launchChromium();
    routes = await resolveRoutes(stack);
  });
  after(async () => {
    await browser?.close();
    await stack?.close();
  });

  it('are 200 or more, and the detector sees one that runs', async () => {
    assert.ok(HOSTILE_TEXTS.length >= 200);
    const { page, offences, close } = await visit(browser, stack);
    await page.setContent('<img src=x onerror="window.__executed=1;alert(1)"><a href="javascript:x">x</a>');
    await page.waitForFunction(() => '__executed' in window);
    assert.deepEqual(await wreckage(page), ['code ran', 'IMG[onerror]', 'A[href=javascript:x]']);
    assert.deepEqual(offences, ['dialog: 1']);
    await close();
  });

  for (const [i, route] of ROUTES.entries()) {
    it(`in every text of the index: ${route}`, async () => {
      let text = '';
      const { page, offences, close } = await visit(browser, stack, {}, (fresh) =>
        poison(fresh, stack, () => text, false),
      );
      for (const chunk of CHUNKS) {
        text = chunk;
        await page.goto(routes[i]!);
        await shown(page);
        assert.deepEqual(await wreckage(page), [], chunk.slice(0, 200));
      }
      assert.deepEqual(offences, []);
      await close();
    });
  }

  it('in every value of the index, numbers and hashes too: a page stays and says what it cannot read', async () => {
    const { page, offences, close } = await visit(browser, stack, {}, (fresh) =>
      poison(fresh, stack, () => HOSTILE_TEXTS[0]!, true),
    );
    for (const route of routes) {
      await page.goto(route);
      await shown(page);
      assert.deepEqual(await wreckage(page), [], route);
      assert.equal(await page.getByText('This page cannot be shown').count(), 0, route);
      if (LISTS.some((list) => route.endsWith(list)))
        await page.getByText('The index gives an answer that cannot be read').first().waitFor();
    }
    assert.deepEqual(offences, []);
    await close();
  });

  it('in the address: every query parameter', async () => {
    const { page, offences, close } = await visit(browser, stack);
    const taking = ROUTES.filter((route) => route.includes('?'));
    for (const [i, chunk] of CHUNKS.entries()) {
      const route = taking[i % taking.length]!;
      await page.goto(`${route.slice(0, route.indexOf('=') + 1)}${encodeURIComponent(chunk.slice(0, 1500))}`);
      await shown(page);
      assert.deepEqual(await wreckage(page), [], chunk.slice(0, 200));
    }
    assert.deepEqual(offences, []);
    await close();
  });

  it('in a published card, a proposal and the reason of a vote, on the real chain', async () => {
    const { exact } = await quickDigits();
    const author = stack.as('author');
    const { directory, authoring, governance } = await author.account();
    const { modelId } = await publishVersion(
      { store: await author.store(), directory, authoring, http: author.http, sha256: author.sha256 },
      {
        slug: 'hostile',
        bytes: exact.bytes,
        card: `---\nlicense: ${HOSTILE_TEXTS[1]}\n---\n# hostile\n\n${HOSTILE_TEXTS.join('\n\n')}`,
        licence: 'MIT',
        parents: [],
        replicas: 1,
      },
    );
    const action = governance.votingPeriodAction(60);
    const id = await governance.propose([action], `# ${HOSTILE_TEXTS.join('\n\n')}`.slice(0, 20_000));
    await stack.release('author');
    const { page, offences, close } = await visit(browser, stack);
    for (const route of [`/model/?id=${modelId}`, `/proposal/?id=${id}`, '/governance/', '/models/']) {
      await page.goto(route);
      await shown(page);
      assert.deepEqual(await wreckage(page), [], route);
    }
    assert.deepEqual(offences, []);
    await close();
  });
});
