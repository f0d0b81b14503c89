import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { StackAddresses } from './stack.ts';

/** Every page of the dApp; `?` is filled with an id that exists on a network after the main job. */
export const ROUTES = [
  '/',
  '/models/',
  '/model/?id=1',
  '/try/?model=digits',
  '/jobs/',
  '/job/?id=',
  '/governance/',
  '/proposal/?id=',
  '/propose/',
  '/staking/',
  '/workers/',
  '/worker/?id=',
  '/disputes/',
  '/treasury/',
  '/account/?address=',
  '/activity/',
  '/local/',
  '/settings/',
] as const;

export interface Look {
  readonly theme: 'light' | 'dark';
  readonly width: number;
  readonly height: number;
}

export const DESKTOP = { width: 1280, height: 860 };
/** A small phone of 2026. */
export const PHONE = { width: 360, height: 740 };

export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Requests that left the configured endpoints, scripts that failed, and breaches of the page's own policy. */
  readonly offences: string[];
  close(): Promise<void>;
}

/** A fresh browser profile that watches everything its pages do. */
export async function visit(
  browser: Browser,
  stack: StackAddresses,
  look: Partial<Look> = {},
  before?: (page: Page) => Promise<void>,
): Promise<Visit> {
  const { theme = 'light', width = DESKTOP.width, height = DESKTOP.height } = look;
  const context = await browser.newContext({
    baseURL: stack.site,
    colorScheme: theme,
    viewport: { width, height },
    reducedMotion: 'reduce',
    hasTouch: width < 600,
  });
  const page = await context.newPage();
  const offences: string[] = [];
  const allowed = new Set([stack.site, stack.rpc, stack.subgraph, ...stack.gateways].map((url) => new URL(url).origin));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (/^https?:|^wss?:/.test(url.protocol) && !allowed.has(url.origin)) offences.push(`request to ${url.href}`);
  });
  page.on('pageerror', (error) => offences.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content.Security.Policy|Refused to/i.test(message.text()))
      offences.push(message.text());
  });
  page.on('dialog', (dialog) => {
    offences.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await before?.(page);
  const close = async (): Promise<void> => {
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await context.close();
  };
  return { context, page, offences, close };
}

/** Ids that pages with a query need, read from the index: the oldest job, proposal and worker. */
export async function resolveRoutes({ subgraph }: StackAddresses): Promise<readonly string[]> {
  const query = '{ jobs(first: 1) { id } proposals(first: 1) { id } workers(first: 1) { id } }';
  const response = await fetch(subgraph, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data } = (await response.json()) as { data: Record<'jobs' | 'proposals' | 'workers', { id: string }[]> };
  const ids: Readonly<Record<string, string>> = {
    '/job/?id=': data.jobs[0]!.id,
    '/proposal/?id=': data.proposals[0]!.id,
    '/worker/?id=': data.workers[0]!.id,
    '/account/?address=': data.workers[0]!.id,
  };
  return ROUTES.map((route) => `${route}${ids[route] ?? ''}`);
}

/** A page that loads nothing for this long has all it wants. */
const CALM_MS = 250;

/**
 * Until nothing on the page is loading any more: no skeleton, nothing busy, for a moment in a row. Returns when that moment
 * began, in milliseconds since the navigation did.
 */
export async function settled(page: Page, timeout = 20_000): Promise<number> {
  await page.locator('h1').first().waitFor({ timeout });
  const since = await page.waitForFunction(
    (calmMs) => {
      const scope = globalThis as unknown as {
        document: { querySelector(query: string): unknown };
        __calmSince?: number;
      };
      const now = performance.now();
      if (scope.document.querySelector('.skeleton, [aria-busy="true"]') !== null) delete scope.__calmSince;
      else scope.__calmSince ??= now;
      return scope.__calmSince !== undefined && now - scope.__calmSince >= calmMs ? scope.__calmSince : undefined;
    },
    CALM_MS,
    { timeout },
  );
  return (await since.jsonValue())!;
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface AxeFinding {
  readonly id: string;
  readonly impact: string;
  readonly targets: readonly string[];
}

/** What axe-core finds of WCAG 2.2 A and AA that is serious or critical. The page's policy forbids scripts of others, so it runs as the debugger's. */
export async function seriousFindings(page: Page): Promise<readonly AxeFinding[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(
          root: unknown,
          options: unknown,
        ): Promise<{ violations: { id: string; impact: string; nodes: { target: string[] }[] }[] }>;
      };
    };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const { violations } = await axe.run((globalThis as unknown as { document: unknown }).document, {
      runOnly: { type: 'tag', values: tags },
    });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, impact, nodes }) => ({ id, impact, targets: nodes.map(({ target }) => target.join(' ')) }));
  });
}
