import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, skipWithoutChromium } from '../browser/chromium.ts';
import { openStack, type Stack } from '../helpers/stack.ts';
import { PHONE, seriousFindings, type Visit, visit } from '../helpers/visit.ts';

describe('workers and accounts', { skip: skipWithoutChromium() }, () => {
  let stack: Stack;
  let browser: Browser;
  before(async () => {
    stack = await openStack();
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await stack?.close();
  });

  async function on(
    path: string,
    look: Parameters<typeof visit>[2],
    act: (page: Page) => Promise<void>,
  ): Promise<void> {
    const visited: Visit = await visit(browser, stack, look);
    try {
      await visited.page.goto(path);
      await act(visited.page);
      assert.deepEqual(visited.offences, []);
    } finally {
      await visited.close();
    }
  }
  const rows = (page: Page) => page.locator('table').last().locator('tbody tr');

  it('lists every worker without a wallet, measures from here on request only, and hands out the table', async () => {
    await on('/workers/', {}, async (page) => {
      await rows(page).nth(2).waitFor();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      assert.equal(asked.filter((url) => url.includes('/v2/health')).length, 0, 'nothing is measured unasked');
      await page.getByText('not measured').first().waitFor();
      await page.getByRole('button', { name: 'Measure latency' }).click();
      await page.getByText('not measured').first().waitFor({ state: 'detached' });
      await page.getByText(/ ms$/).nth(2).waitFor();
      await page
        .getByText(/^onnxruntime-node\/\d/)
        .nth(2)
        .waitFor();
      await page.getByText(/of each fee the worker keeps [\d.]+ %/).waitFor();
      assert.ok(asked.some((url) => url.endsWith('/v2/health/ready')));
      const saving = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download CSV' }).click();
      const text = await readFile(await (await saving).path(), 'utf8');
      assert.equal(text.trim().split('\n').length, 1 + (await rows(page).count()));
      assert.match(text, /0x[0-9a-f]{40}/);
      assert.match(text, /10000/);
      assert.match(text.split('\n')[0]!, /Up for, seconds,?.*Runtime/);
    });
  });

  it('compares two to four', async () => {
    await on('/workers/', {}, async (page) => {
      const boxes = page.getByRole('checkbox');
      await boxes.nth(0).check();
      await page.getByText('Choose one to three more workers').waitFor();
      await boxes.nth(1).check();
      await page.getByRole('heading', { name: 'Compare 2 workers' }).waitFor();
      assert.deepEqual(await seriousFindings(page), []);
      await page.getByRole('button', { name: 'Clear' }).click();
      await page.getByRole('heading', { name: 'Compare 2 workers' }).waitFor({ state: 'detached' });
    });
  });

  for (const look of [{}, { theme: 'dark', ...PHONE } as const])
    it(`shows a worker and his account (${'theme' in look ? 'phone, dark' : 'desktop, light'})`, async () => {
      await on('/workers/', look, async (page) => {
        await rows(page).first().locator('a').first().click();
        await page.getByRole('heading', { name: 'What it serves' }).waitFor();
        await page.getByRole('link', { name: 'digits' }).first().waitFor();
        await page.getByText('Staked', { exact: true }).first().waitFor();
        assert.deepEqual(await seriousFindings(page), []);
        const id = new URL(page.url()).searchParams.get('id');
        await page.goto(`/account/?address=${id}`);
        await page.getByText('Worker registered').waitFor();
        await page.getByRole('heading', { name: 'Newest rewards' }).waitFor();
        assert.deepEqual(await seriousFindings(page), []);
      });
    });

  it('says what is wrong with a link to nobody', async () => {
    await on('/worker/?id=0x0000000000000000000000000000000000000bad', {}, async (page) => {
      await page.getByText('There is no such worker').waitFor();
      await page.goto('/worker/?id=<img src=x onerror=alert(1)>');
      await page.getByText('The address in the link is not one.').waitFor();
      await page.goto('/account/?address=javascript:alert(1)');
      await page.getByText('This is not an address').waitFor();
      await page.goto('/account/?address=0x00000000000000000000000000000000000f00ba');
      await page.getByText('Nothing happened with this address yet').waitFor();
    });
  });

  it('forecasts from what was paid lately, and says what it assumes', async () => {
    await on('/staking/', {}, async (page) => {
      await page.getByRole('button', { name: 'Assumptions' }).click();
      await page.getByText('A forecast, not a promise').waitFor();
      await page.getByText(/paid jobs/).waitFor();
      const perYear = page.locator('dt', { hasText: 'Per year' }).locator('xpath=..').locator('dd').first();
      const before = await perYear.textContent();
      await page.getByLabel('Fees per day, whole network').fill('100000');
      await page.waitForFunction((old) => !document.body.textContent?.includes(`Per year${old}`), before);
      assert.notEqual(await perYear.textContent(), before);
      assert.deepEqual(await seriousFindings(page), []);
    });
  });
});
