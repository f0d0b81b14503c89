// Writes docs/images/*.webp: every page of the dApp, light and dark, desktop and phone, on the network that `npm start`
// makes. `node scripts/screenshots.ts [page ...]`; ASSAY_STACK names a network that runs already.
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { launchChromium } from '../test/browser/chromium.ts';
import { openStack } from '../test/helpers/stack.ts';
import { DESKTOP, PHONE, resolveRoutes, settled, visit } from '../test/helpers/visit.ts';

const folder = resolve(import.meta.dirname, '..', 'docs', 'images');
const wanted = process.argv.slice(2);
const LOOKS = (['light', 'dark'] as const).flatMap((theme) => [
  { theme, size: 'desktop', ...DESKTOP },
  { theme, size: 'phone', ...PHONE },
]);
/** Of 100: text stays sharp, and all pictures together stay small enough for a repository. */
const QUALITY = 82;

/** WebP, which Playwright's own screenshots do not offer. */
async function picture(page: Page): Promise<Buffer> {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
  await session.detach();
  return Buffer.from(data, 'base64');
}

/** The page that is about an input shows one. */
async function example(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Use a real 3' }).first().click();
  await page.getByTestId('winner').first().waitFor();
}

const nameOf = (route: string): string => /^\/([a-z]*)/.exec(route)?.[1] || 'overview';

mkdirSync(folder, { recursive: true });
const stack = await openStack();
const browser = await launchChromium();
try {
  for (const route of await resolveRoutes(stack)) {
    const name = nameOf(route);
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    for (const look of LOOKS) {
      const { page, close } = await visit(browser, stack, look);
      await page.goto(route);
      await settled(page);
      if (name === 'try') await example(page);
      writeFileSync(join(folder, `${name}-${look.theme}-${look.size}.webp`), await picture(page));
      await close();
    }
    console.log(`wrote ${name}`);
  }
} finally {
  await browser.close();
  await stack.close();
}
const pictures = readdirSync(folder).filter((name) => name.endsWith('.webp'));
const bytes = pictures.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
console.log(`${pictures.length} pictures, ${(bytes / 1e6).toFixed(1)} MB`);
