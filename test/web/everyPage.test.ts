import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchChromium, skipWithoutChromium } from '../browser/chromium.ts';
import { openStack, type Stack } from '../helpers/stack.ts';
import { DESKTOP, PHONE, ROUTES, resolveRoutes, seriousFindings, settled, visit } from '../helpers/visit.ts';

const LOOKS = [
  { name: 'light, desktop', theme: 'light', ...DESKTOP },
  { name: 'dark, phone', theme: 'dark', ...PHONE },
] as const;

describe('every page', { skip: skipWithoutChromium() }, () => {
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

  for (const [i, route] of ROUTES.entries()) {
    for (const look of LOOKS) {
      it(`${route} (${look.name}): readable without a wallet, fits, accessible, talks to nobody else`, async () => {
        const { page, offences, close } = await visit(browser, stack, look);
        try {
          await page.goto(routes[i]!);
          await settled(page);
          assert.ok((await page.title()).length > 'Assay'.length, 'the page has a title of its own');
          const { wide, lang } = await page.evaluate(() => ({
            wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
            lang: document.documentElement.lang,
          }));
          assert.equal(wide, 0, `${wide} px too wide`);
          assert.equal(lang, 'en');
          assert.deepEqual(await seriousFindings(page), []);
          assert.deepEqual(offences, []);
        } finally {
          await close();
        }
      });
    }
  }
});
