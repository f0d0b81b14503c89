import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { generatePrivateKey } from 'viem/accounts';
import { launchChromium, skipWithoutChromium } from '../browser/chromium.ts';
import { fund } from '../helpers/fund.ts';
import { InjectedWallet } from '../helpers/injectedWallet.ts';
import { openStack, type Stack } from '../helpers/stack.ts';
import { visit } from '../helpers/visit.ts';

const MOST_STEPS = 90;

interface Focus {
  readonly name: string;
  /** The reader sees where he is: an outline, or another colour around it. */
  readonly isSeen: boolean;
  readonly isInDialog: boolean;
}

const focusOf = (page: Page): Promise<Focus> =>
  page.evaluate(() => {
    const at = document.activeElement as HTMLElement;
    // Behind the last thing on the page comes the browser's own bar, then the first thing again.
    if (at === document.body) return { name: '', isSeen: true, isInDialog: false };
    const label = at.getAttribute('aria-label') ?? at.closest('label')?.textContent ?? at.textContent ?? '';
    const style = getComputedStyle(at);
    const box = at.getBoundingClientRect();
    const isOutlined = style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) > 0;
    return {
      name: label.trim(),
      isSeen: (isOutlined || style.boxShadow !== 'none') && box.width > 0 && box.height > 0,
      isInDialog: at.closest('dialog') !== null,
    };
  });

/** Presses Tab until the wanted thing has the focus; everything on the way must be visible. */
async function tabTo(page: Page, wanted: RegExp, key = 'Tab'): Promise<Focus> {
  const passed: string[] = [];
  for (let step = 0; step < MOST_STEPS; step++) {
    await page.keyboard.press(key);
    const focus = await focusOf(page);
    assert.ok(focus.isSeen, `the focus on “${focus.name.slice(0, 60)}” is visible`);
    if (wanted.test(focus.name)) return focus;
    passed.push(focus.name.slice(0, 30));
  }
  throw new Error(`${wanted} is not reached by Tab: ${passed.join(' | ')}`);
}

async function press(page: Page, wanted: RegExp): Promise<void> {
  await tabTo(page, wanted);
  await page.keyboard.press('Enter');
}

describe('with the keyboard alone', { skip: skipWithoutChromium() }, () => {
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

  it('a reader skips the header, tries a model, connects, pays and sees the answer verified', async () => {
    const wallet = new InjectedWallet({ rpc: stack.rpc, key: generatePrivateKey() });
    await fund(stack, wallet.address, 10n ** 18n);
    const { page, offences, close } = await visit(browser, stack, {}, (fresh) => wallet.install(fresh));
    page.setDefaultTimeout(20_000);
    await page.goto('/');
    await page.getByRole('link', { name: 'Try digits' }).waitFor();
    await press(page, /^Skip to content$/);
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'content');
    await press(page, /^Try digits$/);
    await page.getByText(/^Ready: /).waitFor();
    await press(page, /^Use a real 8/);
    await page.getByTestId('winner').first().waitFor();
    assert.equal(await page.getByTestId('winner').first().textContent(), '8');

    await page.getByRole('button', { name: 'Connect wallet' }).waitFor();
    await tabTo(page, /^Connect wallet$/, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: wallet.name }).waitFor();
    assert.ok((await tabTo(page, /^Close$/)).isInDialog, 'the focus stays in the dialog');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal((await focusOf(page)).name, 'Connect wallet', 'it returns to where it was');
    await page.keyboard.press('Enter');
    await press(page, new RegExp(wallet.name));
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    await press(page, /^Pay 0\.001/);
    await page.getByRole('dialog').waitFor();
    await press(page, /^Sign/);
    await page.getByText('Verified', { exact: true }).waitFor();
    assert.deepEqual(offences, []);
    await close();
  });

  it('a table is sorted, workers are chosen and compared', async () => {
    const { page, offences, close } = await visit(browser, stack);
    await page.goto('/workers/');
    await page.getByRole('row').nth(2).waitFor();
    await press(page, /^Jobs paid/);
    await page.locator('th[aria-sort="ascending"], th[aria-sort="descending"]').waitFor();
    for (const _ of [1, 2]) {
      await tabTo(page, /^Compare 0x/);
      await page.keyboard.press('Space');
    }
    await page.getByRole('heading', { name: 'Compare 2 workers' }).waitFor();
    assert.deepEqual(offences, []);
    await close();
  });
});
