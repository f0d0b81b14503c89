import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, skipWithoutChromium } from '../browser/chromium.ts';
import { until } from '../helpers/anvilRpc.ts';
import { makeHotKey } from '../helpers/hotKey.ts';
import { openStack, type Stack } from '../helpers/stack.ts';
import { visit } from '../helpers/visit.ts';

const MINUTES = 60_000;

/** The preview's button of a burner account, which asks nobody else. */
async function confirm(page: Page, verb: 'Send' | 'Sign' = 'Send'): Promise<void> {
  const dialog = page.getByRole('dialog');
  const button = dialog.getByRole('button', { name: verb, exact: true });
  await button.waitFor({ timeout: 20_000 });
  await until(() => button.isEnabled(), 'the preview lets the call pass', 20_000);
  await button.click();
  await dialog.waitFor({ state: 'detached', timeout: 20_000 });
}

describe('a newcomer, who has read nothing', { skip: skipWithoutChromium() }, () => {
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

  it('tries, pays, verifies, stakes, delegates, votes on an upgrade and sees it go live', async () => {
    const { page, offences, close } = await visit(browser, stack);
    page.setDefaultTimeout(30_000);

    await page.goto('/');
    await page.getByRole('link', { name: 'Try digits' }).click();
    await page.getByRole('button', { name: 'Use a real 8' }).first().click();
    const winners = page.getByTestId('winner');
    await winners.first().waitFor();
    assert.equal(await winners.first().textContent(), '8');

    // Without an account, then without money: each time the page leads on.
    const pay = page.getByRole('button', { name: /^Pay 0\.001/ });
    await pay.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Burner account' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await pay.click();
    await page.getByRole('link', { name: 'Open the faucet' }).click();
    await page.getByLabel('ASSAY', { exact: true }).fill('50000000');
    await page.getByRole('button', { name: 'Fill the account' }).click();
    await page.getByRole('link', { name: 'Pay for an answer' }).click();
    await page.getByRole('button', { name: 'Use a real 6' }).first().click();
    await pay.click();
    await confirm(page, 'Sign');
    await page.getByText('Verified', { exact: true }).waitFor();
    assert.equal(await winners.nth(1).textContent(), '6');

    await page.getByRole('link', { name: 'Staking', exact: true }).click();
    await page.getByLabel('Address of your worker').fill('http://127.0.0.1:9009');
    await makeHotKey(page);
    await page.getByRole('button', { name: 'Become a worker' }).click();
    await confirm(page);
    await page.getByText('Takes jobs').waitFor();

    await page.getByRole('link', { name: 'Governance', exact: true }).click();
    await page.getByRole('button', { name: 'Delegate to yourself' }).click();
    await confirm(page);
    // Tokens and stake are delegated one after the other.
    await confirm(page).catch((error: Error) => assert.match(error.message, /Timeout|waited|waitFor/));

    await page.getByRole('link', { name: 'New proposal' }).click();
    await page.getByRole('button', { name: 'Make a version live' }).click();
    await page.getByLabel('Model', { exact: true }).selectOption('1');
    await page.getByLabel('Version', { exact: true }).selectOption('2');
    await page.getByLabel('Title').fill('Make the better digits live');
    await page.getByRole('button', { name: 'Propose', exact: true }).click();
    await confirm(page);

    await page.waitForURL(/\/proposal\/\?id=\d+/);
    const vote = page.getByRole('button', { name: 'Vote for' });
    await vote.waitFor();
    await until(() => vote.isEnabled(), 'the vote is open', 30_000);
    await page.getByLabel(/^Reason/).fill('It is right more often.');
    await vote.click();
    await confirm(page);
    await page.getByText('It is right more often.').first().waitFor();

    const queue = page.getByRole('button', { name: 'Queue', exact: true });
    await queue.waitFor({ timeout: 3 * MINUTES });
    await queue.click();
    await confirm(page);
    const execute = page.getByRole('button', { name: 'Execute', exact: true });
    await execute.waitFor({ timeout: MINUTES });
    await execute.click();
    await confirm(page);
    await page.getByText('Executed', { exact: true }).first().waitFor();

    await page.getByRole('link', { name: 'See the model' }).click();
    await page
      .getByText(/version 2/i)
      .first()
      .waitFor();
    const { directory } = await stack.as('consumer').chain();
    const [model] = await directory.models();
    assert.equal(model!.liveVersionId, 2n);
    await until(async () => (await directory.offers(2n)).length > 0, 'workers serve the new version', MINUTES);
    await page.goto('/try/?model=digits');
    await page.getByRole('button', { name: 'Use a real 1' }).first().click();
    await winners.first().waitFor();
    assert.deepEqual(offences, []);
    await close();
  });
});
