import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, skipWithoutChromium } from '../browser/chromium.ts';
import { ANVIL_KEYS } from '../helpers/anvil.ts';
import { InjectedWallet, type InjectedWalletOptions } from '../helpers/injectedWallet.ts';
import { PHONE, seriousFindings, type Visit, visit } from '../helpers/visit.ts';
import { type BareSite, openBareSite } from './bareSite.ts';

const [KEY, OTHER_KEY] = [ANVIL_KEYS[0]!, ANVIL_KEYS[1]!];
const short = (address: string): RegExp => new RegExp(`${address.slice(0, 6)}.*${address.slice(-4)}`);

describe('wallet', { skip: skipWithoutChromium() }, () => {
  let stack: BareSite;
  let browser: Browser;
  const open: Visit[] = [];
  before(async () => {
    stack = await openBareSite([KEY], process.env['ASSAY_SITE_FOLDER']);
    browser = await launchChromium();
  });
  afterEach(async () => {
    for (const { close, offences } of open.splice(0)) {
      await close();
      assert.deepEqual(
        offences.filter((offence) => !offence.includes(stack.subgraph)),
        [],
      );
    }
  });
  after(async () => {
    await browser?.close();
    await stack?.close();
  });

  async function arrive(
    options: Partial<InjectedWalletOptions> | undefined,
    look: Parameters<typeof visit>[2] = {},
  ): Promise<{ page: Page; wallet: InjectedWallet }> {
    const wallet = new InjectedWallet({ rpc: stack.rpc, key: KEY, ...options });
    const visited = await visit(browser, stack, look, async (page) => {
      if (options !== undefined) await wallet.install(page);
    });
    open.push(visited);
    await visited.page.goto('/activity/');
    return { page: visited.page, wallet };
  }
  const connectButton = (page: Page) => page.getByRole('button', { name: 'Connect wallet' });
  async function connect(page: Page, wallet: InjectedWallet): Promise<void> {
    await connectButton(page).click();
    await page.getByRole('button', { name: wallet.name }).click();
    await page.getByRole('button', { name: short(wallet.address) }).waitFor();
  }

  it('connects, remembers the choice over a reload without asking again, and disconnects', async () => {
    const { page, wallet } = await arrive({});
    await connect(page, wallet);
    assert.deepEqual(wallet.prompts, ['eth_requestAccounts']);
    await page.reload();
    await page.getByRole('button', { name: short(wallet.address) }).click();
    assert.deepEqual(wallet.prompts, ['eth_requestAccounts'], 'no second prompt');
    await page.getByRole('dialog').getByText('Local network (31337)').waitFor();
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await connectButton(page).waitFor();
    await page.reload();
    await connectButton(page).waitFor();
  });

  it('shows no "Connect wallet" to a visitor who is connected: no flash while the page starts', async () => {
    const { page, wallet } = await arrive({});
    await connect(page, wallet);
    await page.addInitScript(() => {
      const seen: string[] = [];
      Object.assign(globalThis, { seenTexts: seen });
      new MutationObserver(() => {
        if (document.querySelector('header')?.textContent?.includes('Connect wallet') === true)
          seen.push('Connect wallet');
      }).observe(document, { subtree: true, childList: true, characterData: true });
    });
    await page.reload();
    await page.getByRole('button', { name: short(wallet.address) }).waitFor();
    assert.deepEqual(await page.evaluate(() => (globalThis as unknown as { seenTexts: string[] }).seenTexts), []);
  });

  it('takes a "no" as an answer, in one neutral sentence', async () => {
    const { page, wallet } = await arrive({});
    wallet.answer = 'reject';
    await connectButton(page).click();
    await page.getByRole('button', { name: wallet.name }).click();
    await page.getByText('You declined in your wallet').waitFor();
    wallet.answer = 'approve';
    await page.getByRole('button', { name: wallet.name }).click();
    await page.getByRole('button', { name: short(wallet.address) }).waitFor();
  });

  it('says what a wallet is where there is none, and offers the burner account of a local chain', async () => {
    const { page } = await arrive(undefined);
    await connectButton(page).click();
    await page.getByText('No wallet was found in this browser').waitFor();
    await page.getByRole('button', { name: 'Burner account' }).waitFor();
    assert.deepEqual(await seriousFindings(page), []);
    await page.getByRole('button', { name: 'Burner account' }).click();
    await page.getByRole('button', { name: /^0x/ }).click();
    await page.getByRole('dialog').getByText('Burner account').waitFor();
  });

  it('lists several wallets; names and icons of strangers do no harm', async () => {
    const wallet = new InjectedWallet({ rpc: stack.rpc, key: KEY, name: 'Honest Wallet', rdns: 'a.honest' });
    const hostile = new InjectedWallet({
      rpc: stack.rpc,
      key: OTHER_KEY,
      rdns: 'b.hostile',
      name: `<img src=x onerror=alert(1)>\u202e${'x'.repeat(500)}`,
      icon: 'https://tracker.example/pixel.png',
    });
    const visited = await visit(browser, stack, {}, async (page) => {
      await wallet.install(page);
      await hostile.install(page);
    });
    open.push(visited);
    await visited.page.goto('/activity/');
    await connectButton(visited.page).click();
    await visited.page.getByRole('button', { name: 'Honest Wallet' }).waitFor();
    const other = visited.page.getByRole('button', { name: /<img src=x/ });
    assert.ok(((await other.textContent()) ?? '').length < 60, 'the name is clipped');
    assert.equal(await other.locator('img').count(), 0, 'a remote icon is not loaded');
  });

  it('leads back from a wrong network, offering the network to a wallet that does not know it', async () => {
    const { page, wallet } = await arrive({ chainId: 1, knownChains: [1] });
    await connectButton(page).click();
    await page.getByRole('button', { name: wallet.name }).click();
    await page.getByText('Your wallet is on another network.').waitFor();
    const banner = page.getByRole('status').filter({ hasText: 'another network' });
    wallet.answer = 'reject';
    await banner.getByRole('button', { name: 'Switch network' }).click();
    await page.getByText('Your wallet is on another network.').waitFor();
    wallet.answer = 'approve';
    await banner.getByRole('button', { name: 'Switch network' }).click();
    await page.getByRole('button', { name: short(wallet.address) }).waitFor();
    assert.equal(wallet.chainId, 31337);
    assert.ok(wallet.prompts.includes('wallet_addEthereumChain'));
    await wallet.moveTo(10);
    await page.getByText('It is on chain 10').waitFor();
  });

  it('follows the wallet to another account', async () => {
    const { page, wallet } = await arrive({});
    await connect(page, wallet);
    await wallet.useKey(OTHER_KEY);
    await page.getByRole('button', { name: short(wallet.address) }).waitFor();
  });

  it('fits a phone in the dark and is accessible', async () => {
    const { page, wallet } = await arrive({}, { theme: 'dark', ...PHONE });
    await connectButton(page).click();
    await page.getByRole('button', { name: wallet.name }).waitFor();
    assert.deepEqual(await seriousFindings(page), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0);
  });
});
