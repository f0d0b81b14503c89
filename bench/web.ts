// What a person waits for, in the style of Lighthouse: every page of the dApp in Chromium on the network of `npm start`,
// cold cache, no wallet. "Usable" is when the heading is there and nothing says that it is loading. The second reading
// slows the CPU down four times, as Lighthouse does for a phone. The peer is the budget that we have set ourselves.
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { findChromium, launchChromium } from '../test/browser/chromium.ts';
import { openStack } from '../test/helpers/stack.ts';
import { resolveRoutes, settled, visit } from '../test/helpers/visit.ts';
import { median } from './median.ts';
import type { BenchRow } from './row.ts';

const ROUNDS = 3;
const PHONE_SLOWDOWN = 4;
const BUDGET = { usableMs: 1_000, phoneLcpMs: 2_500, cls: 0.1, blockingMs: 200, scriptBytes: 170_000 };

interface Reading {
  readonly usableMs: number;
  readonly lcpMs: number;
  readonly cls: number;
  readonly blockingMs: number;
  readonly scriptBytes: number;
}

/** Web vitals as the browser reports them (Largest Contentful Paint, Layout Instability, Long Tasks). */
const VITALS = `
  globalThis.__vitals = { lcp: 0, cls: 0, blocking: 0 };
  const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  watch('largest-contentful-paint', (entry) => { __vitals.lcp = entry.startTime; });
  watch('layout-shift', (entry) => { if (!entry.hadRecentInput) __vitals.cls += entry.value; });
  watch('longtask', (entry) => { __vitals.blocking += Math.max(0, entry.duration - 50); });
`;

async function slowDown(page: Page, times: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: times });
}

async function read(
  browser: Browser,
  stack: Parameters<typeof visit>[1],
  route: string,
  slow: number,
): Promise<Reading> {
  let scriptBytes = 0;
  const bodies: Promise<void>[] = [];
  const { page, close } = await visit(browser, stack);
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'script') return;
    bodies.push(
      response.body().then((body) => {
        scriptBytes += gzipSync(body, { level: 9 }).length;
      }),
    );
  });
  await page.addInitScript(VITALS);
  if (slow > 1) await slowDown(page, slow);
  await page.goto(route, { waitUntil: 'commit' });
  const usableMs = await settled(page);
  await page.waitForLoadState('networkidle');
  await Promise.all(bodies);
  const { lcp, cls, blocking } = await page.evaluate(
    () => (globalThis as unknown as { __vitals: Record<'lcp' | 'cls' | 'blocking', number> }).__vitals,
  );
  await close();
  return { usableMs, lcpMs: lcp, cls, blockingMs: blocking, scriptBytes };
}

const row = (name: string, ours: number, budget: number, unit: string, note: string): BenchRow => ({
  name,
  ours,
  peer: budget,
  ratio: budget / Math.max(ours, 1e-6),
  unit,
  target: 1,
  note,
});

export async function run(): Promise<readonly BenchRow[]> {
  if (findChromium() === undefined) return [];
  const stack = await openStack();
  const browser = await launchChromium();
  try {
    const rows: BenchRow[] = [];
    for (const route of await resolveRoutes(stack)) {
      const readings: Reading[] = [];
      const slow: Reading[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        readings.push(await read(browser, stack, route, 1));
        slow.push(await read(browser, stack, route, PHONE_SLOWDOWN));
      }
      const of = (list: readonly Reading[], key: keyof Reading): number => median(list.map((reading) => reading[key]));
      const name = route.split('?')[0]!;
      rows.push(
        row(`${name} usable`, of(readings, 'usableMs'), BUDGET.usableMs, 'ms', 'cold cache; peer: our budget'),
        row(
          `${name} LCP, slow CPU`,
          of(slow, 'lcpMs'),
          BUDGET.phoneLcpMs,
          'ms',
          '4 times slower; peer: "good" of web vitals',
        ),
        row(`${name} layout shift`, of(slow, 'cls'), BUDGET.cls, 'CLS', 'peer: "good" of web vitals'),
        row(
          `${name} blocking, slow CPU`,
          of(slow, 'blockingMs'),
          BUDGET.blockingMs,
          'ms',
          'total blocking time; peer: "good"',
        ),
        row(
          `${name} scripts`,
          of(readings, 'scriptBytes') / 1000,
          BUDGET.scriptBytes / 1000,
          'kB gzip',
          'everything the page loads by itself',
        ),
      );
    }
    return rows;
  } finally {
    await browser.close();
    await stack.close();
  }
}
