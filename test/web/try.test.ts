import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { generatePrivateKey } from 'viem/accounts';
import { decodeAnswer } from '../../node/core/codec/answerFile.ts';
import { launchChromium, skipWithoutChromium } from '../browser/chromium.ts';
import { fund } from '../helpers/fund.ts';
import { InjectedWallet } from '../helpers/injectedWallet.ts';
import { removeFolder, temporaryFolder } from '../helpers/network.ts';
import { openStack, type Stack } from '../helpers/stack.ts';
import { PHONE, seriousFindings, type Visit, visit } from '../helpers/visit.ts';

const winner = (page: Page, i = 0) => page.getByTestId('winner').nth(i);

/** A stroke through the given points of the pad, each from 0 to 1. */
async function draw(page: Page, points: readonly (readonly [number, number])[]): Promise<void> {
  const frame = (await page.getByTestId('drawing-pad').boundingBox())!;
  const at = ([x, y]: readonly [number, number]) => [frame.x + x * frame.width, frame.y + y * frame.height] as const;
  await page.mouse.move(...at(points[0]!));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 8 });
  await page.mouse.up();
}

describe('try a model', { skip: skipWithoutChromium() }, () => {
  let stack: Stack;
  let browser: Browser;
  let folder = '';
  before(async () => {
    stack = await openStack();
    browser = await launchChromium();
    folder = await temporaryFolder('try');
  });
  after(async () => {
    await browser?.close();
    await stack?.close();
    await removeFolder(folder);
  });

  async function open(look: Parameters<typeof visit>[2] = {}, setUp?: (page: Page) => Promise<void>): Promise<Visit> {
    const visited = await visit(browser, stack, look, setUp);
    await visited.page.goto('/try/');
    await visited.page.getByText(/^Ready: /).waitFor({ timeout: 30_000 });
    return visited;
  }

  it('runs here for free, without a wallet: an example, a drawing, the keyboard', async () => {
    const { page, offences, close } = await open();
    for (const digit of ['3', '7', '0']) {
      await page
        .getByRole('button', { name: `Use a real ${digit}` })
        .first()
        .click();
      await page.waitForFunction(
        (wanted) => document.querySelector('[data-testid="winner"]')?.textContent === wanted,
        digit,
      );
    }
    await draw(page, [
      [0.5, 0.1],
      [0.5, 0.9],
    ]);
    await page.waitForFunction(() => document.querySelector('[data-testid="winner"]')?.textContent === '1');
    const cell = page.getByRole('button', { name: /^Row 1, column 1: / });
    await cell.focus();
    const before = await cell.getAttribute('aria-label');
    await page.keyboard.press('Space');
    await page.waitForFunction(
      (old) => document.querySelector('button[aria-label^="Row 1, column 1:"]')?.getAttribute('aria-label') !== old,
      before,
    );
    await page.keyboard.press('ArrowRight');
    assert.match((await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))) ?? '', /column 2/);
    assert.deepEqual(await seriousFindings(page), []);
    assert.deepEqual(offences, []);
    await close();
  });

  it('goes on without a network once the model is here', async () => {
    const { page, context, close } = await open();
    await page.getByRole('button', { name: 'Use a real 4' }).first().click();
    await winner(page).waitFor();
    await context.setOffline(true);
    await page.getByRole('button', { name: 'Use a real 9' }).first().click();
    await page.waitForFunction(() => document.querySelector('[data-testid="winner"]')?.textContent === '9');
    await context.setOffline(false);
    await page.reload();
    await page.getByText('kept from last time').waitFor({ timeout: 30_000 });
    await close();
  });

  it('ends a model that does not come to an end, and runs it again when asked', async () => {
    const { page, offences, close } = await open({}, async (fresh) => {
      await fresh.clock.install();
      await fresh.addInitScript(() => {
        const seen = { isStuck: true, stuck: 0, ended: 0 };
        const Real = globalThis.Worker;
        // A run that never answers, as far as the page can tell.
        const Stuck = class extends Real {
          override postMessage(message: unknown): void {
            const isRun = (message as { question?: { kind?: string } }).question?.kind === 'run';
            if (isRun && seen.isStuck) seen.stuck += 1;
            else super.postMessage(message);
          }
          override terminate(): void {
            seen.ended += 1;
            super.terminate();
          }
        };
        Object.assign(globalThis, { Worker: Stuck, seenWorkers: seen });
      });
    });
    await page.getByRole('button', { name: 'Use a real 4' }).first().click();
    await page.waitForFunction(
      () => (globalThis as unknown as { seenWorkers: { stuck: number } }).seenWorkers.stuck > 0,
    );
    await page.clock.fastForward(55_000);
    assert.equal(await page.getByText('The model was stopped').count(), 0);
    await page.clock.fastForward(6_000);
    await page.getByText('The model was stopped').waitFor();
    await page.getByText('it did not finish within 60 seconds').waitFor();
    const ended = await page.evaluate(() => {
      const { seenWorkers } = globalThis as unknown as { seenWorkers: { isStuck: boolean; ended: number } };
      seenWorkers.isStuck = false;
      return seenWorkers.ended;
    });
    assert.equal(ended, 1, 'the worker is gone');
    await page.getByRole('button', { name: 'Try again' }).click();
    await winner(page).waitFor();
    assert.equal(await winner(page).textContent(), '4');
    assert.deepEqual(offences, []);
    await close();
  });

  it('pays with one signature, shows both answers and the receipt, verifies it, and is told when the job is done', async () => {
    const wallet = new InjectedWallet({ rpc: stack.rpc, key: generatePrivateKey() });
    await fund(stack, wallet.address, 10n ** 18n);
    const { page, context, offences, close } = await open({}, async (fresh) => {
      await wallet.install(fresh);
      await fresh.addInitScript(() => {
        globalThis.Notification = new Proxy(globalThis.Notification, {
          construct: (Real, args: [string, NotificationOptions]) =>
            Object.assign(globalThis, { told: new Real(...args) }).told,
        });
      });
    });
    await context.grantPermissions(['notifications'], { origin: stack.site });
    await page.getByRole('button', { name: 'Use a real 5' }).first().click();
    await winner(page).waitFor();
    await page.getByRole('button', { name: /^Pay 0\.001/ }).click();
    await page.getByRole('button', { name: wallet.name }).click();
    await page.getByRole('button', { name: /^Notifications/ }).click();
    await page.getByText('Nothing new').waitFor();
    await page.getByLabel('Also notify me through the browser').click();
    await page.getByRole('checkbox', { name: 'Also notify me', checked: true }).waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: /^Pay 0\.001/ }).click();
    const preview = page.getByRole('dialog');
    await preview.getByRole('button', { name: /^Sign/ }).waitFor();
    const text = (await preview.textContent()) ?? '';
    for (const part of ['0.001 ASSAY', 'Local network (31337)', 'Job market']) assert.ok(text.includes(part), part);
    await preview.getByRole('button', { name: /^Sign/ }).click();
    await page.getByText('Verified', { exact: true }).waitFor({ timeout: 30_000 });
    assert.equal(await winner(page, 0).textContent(), '5');
    assert.equal(await winner(page, 1).textContent(), '5');
    await page.getByText('Same answer as this browser').waitFor();
    assert.equal(await page.locator('[data-state="failed"]').count(), 0);
    assert.equal(await page.locator('[data-state="passed"]').count(), 8);
    assert.deepEqual(
      wallet.prompts.filter((method) => method !== 'eth_requestAccounts'),
      ['eth_signTypedData_v4'],
      'one prompt',
    );
    assert.deepEqual(await seriousFindings(page), []);
    assert.deepEqual(offences, []);

    // What the browser saved is evidence that the command line takes, and the other way round.
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const file = join(folder, 'answer.json');
    await (await saving).saveAs(file);
    const verified = await stack.cli(['verify', file]);
    const { receipt } = decodeAnswer(await readFile(file, 'utf8')).receipt;
    assert.equal(verified.code, 0, verified.stderr + verified.stdout);

    await page.getByRole('link', { name: 'Follow the job' }).click();
    await page.getByText('Completed', { exact: true }).waitFor({ timeout: 30_000 });
    assert.ok(page.url().includes(receipt.jobId));
    await page.waitForFunction(() => 'told' in globalThis, undefined, { timeout: 30_000 });
    assert.deepEqual(
      await page.evaluate(() => {
        const { title, body } = (globalThis as unknown as { told: Notification }).told;
        return [title, body];
      }),
      ['Your job is done (digits)', 'The answer stood and its worker was paid'],
    );
    await page.getByRole('link', { name: 'Models', exact: true }).first().click();
    await page.waitForURL(/\/models\//);
    await page.evaluate(() => (globalThis as unknown as { told: Notification }).told.dispatchEvent(new Event('click')));
    await page.waitForURL(/\/job\/\?id=/);
    await page.goto('/jobs/');
    await page.getByRole('button', { name: 'Verify' }).first().click();
    await page.getByText('Verified', { exact: true }).waitFor({ timeout: 30_000 });

    const answer = JSON.parse(await readFile(file, 'utf8')) as { output: { base64: string } };
    const bytes = Buffer.from(answer.output.base64, 'base64');
    bytes[0]! ^= 1;
    const tampered = JSON.stringify({ ...answer, output: { ...answer.output, base64: bytes.toString('base64') } });
    const upload = { name: 'tampered.json', mimeType: 'application/json', buffer: Buffer.from(tampered) };
    await page.locator('input[type="file"]').setInputFiles(upload);
    await page.getByText('The receipt does not hold').waitFor();
    await page.locator('input[type="file"]').setInputFiles({ ...upload, buffer: Buffer.from('{"format":1}') });
    await page.getByText('This is not a saved answer').waitFor();
    await close();
  });

  it('an account that cannot pay hears it before it signs', async () => {
    const wallet = new InjectedWallet({ rpc: stack.rpc, key: generatePrivateKey() });
    const { page, close } = await open(PHONE, (fresh) => wallet.install(fresh));
    await page.getByRole('button', { name: 'Use a real 2' }).first().click();
    await page.getByRole('button', { name: /^Pay 0\.001/ }).click();
    await page.getByRole('button', { name: wallet.name }).click();
    await page.getByRole('button', { name: /^Pay 0\.001/ }).click();
    await page.getByText('Your account cannot pay for this answer').waitFor();
    assert.deepEqual(
      wallet.prompts.filter((method) => method !== 'eth_requestAccounts'),
      [],
    );
    await close();
  });
});
