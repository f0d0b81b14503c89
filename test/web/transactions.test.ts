import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type Address, encodeFunctionData } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { assayTokenAbi } from '../../web/generated/abi/assayToken.ts';
import { workerRegistryAbi } from '../../web/generated/abi/workerRegistry.ts';
import { launchChromium, skipWithoutChromium } from '../browser/chromium.ts';
import { ANVIL_KEYS, walletClientOf } from '../helpers/anvil.ts';
import { makeHotKey, saveHotKey } from '../helpers/hotKey.ts';
import { InjectedWallet } from '../helpers/injectedWallet.ts';
import { PHONE, seriousFindings, type Visit, visit } from '../helpers/visit.ts';
import { type BareSite, openBareSite } from './bareSite.ts';

const KEYS = ANVIL_KEYS.slice(0, 4);

/** Staking is the site's plainest transaction: these tests follow it through everything that can become of one. */
describe('transactions', { skip: skipWithoutChromium() }, () => {
  let stack: BareSite;
  let browser: Browser;
  const open: Visit[] = [];
  before(async () => {
    stack = await openBareSite(KEYS, process.env['ASSAY_SITE_FOLDER']);
    browser = await launchChromium();
  });
  afterEach(async () => {
    await stack.chain.setAutomine(true);
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

  /** A connected worker's owner on the staking page. */
  async function arrive(key: (typeof KEYS)[number], look: Parameters<typeof visit>[2] = {}) {
    const wallet = new InjectedWallet({ rpc: stack.rpc, key });
    const visited = await visit(browser, stack, look, (page) => wallet.install(page));
    open.push(visited);
    const { page } = visited;
    await page.goto('/staking/');
    await page.getByRole('button', { name: 'Connect wallet' }).first().click();
    await page.getByRole('button', { name: wallet.name }).click();
    await page.getByText('Your stake', { exact: true }).first().waitFor();
    return { page, wallet };
  }

  /** Registers by hand whoever is no worker yet. */
  async function register(page: Page, endpoint: string): Promise<void> {
    await page.getByLabel('Address of your worker').fill(endpoint);
    await makeHotKey(page);
    await page.getByRole('button', { name: 'Become a worker' }).click();
    await confirm(page);
    await page.getByText('Takes jobs').waitFor();
  }

  async function confirm(page: Page): Promise<void> {
    await page.getByText('Would succeed now').waitFor();
    await page.getByRole('button', { name: 'Send with your wallet' }).click();
  }

  async function stake(page: Page, amount: string): Promise<void> {
    await page.getByLabel('Amount to stake').fill(amount);
    await page.getByRole('button', { name: 'Stake', exact: true }).click();
  }
  const notice = (page: Page, status: string) => page.locator(`[data-notice="${status}"]`);
  const record = (key: (typeof KEYS)[number]) =>
    stack.client.readContract({
      address: stack.contracts['workers']!,
      abi: workerRegistryAbi,
      functionName: 'getWorker',
      args: [privateKeyToAccount(key).address],
    });

  it('becomes a worker and stakes more: one prompt and one transaction each, no allowance left', async () => {
    const { page, wallet } = await arrive(KEYS[0]!);
    await register(page, 'http://127.0.0.1:9001');
    assert.deepEqual(wallet.prompts.slice(1), ['eth_sendTransaction'], 'registering is one prompt');
    assert.equal((await record(KEYS[0]!)).endpoint, 'http://127.0.0.1:9001');
    await stake(page, '25.5');
    const preview = page.getByRole('dialog');
    await preview.getByText('Would succeed now').waitFor();
    const text = (await preview.textContent()) ?? '';
    for (const part of [
      '1,025.5 ASSAY',
      'Worker registry',
      stack.contracts['workers']!,
      'ASSAY token',
      stack.contracts['token']!,
      wallet.address,
      'Local network (31337)',
      'ETH',
    ])
      assert.ok(text.includes(part), `the preview names ${part}`);
    assert.deepEqual(await seriousFindings(page), []);
    await page.getByRole('button', { name: 'Send with your wallet' }).click();
    await notice(page, 'confirmed').nth(1).waitFor();
    assert.equal((await record(KEYS[0]!)).stakeWei, 1_025_500_000_000_000_000_000n);
    assert.equal(wallet.prompts.filter((method) => method === 'eth_sendTransaction').length, 2, 'stake = 1 prompt');
  });

  it('a refusal in the wallet is neutral, sends nothing, and can be tried again', async () => {
    const { page, wallet } = await arrive(KEYS[0]!);
    await page.evaluate(() => {
      localStorage.setItem('assay.display-unit', JSON.stringify({ name: 'EUR', perAssay: '0.25', perCoin: '2500' }));
      globalThis.dispatchEvent(new CustomEvent('assay:stored'));
    });
    await stake(page, '1');
    const preview = page.getByRole('dialog');
    await preview.getByText('≈ 0.25 EUR').waitFor();
    await preview.getByText(/^about [\d.<]+ ETH$/).waitFor();
    await preview
      .getByText(/^≈\s[\d.,<]+\sEUR$/)
      .nth(1)
      .waitFor();
    wallet.answer = 'reject';
    await confirm(page);
    await page.getByText('You declined in your wallet').waitFor();
    wallet.answer = 'approve';
    await page.getByRole('button', { name: 'Send with your wallet' }).click();
    await notice(page, 'confirmed').waitFor();
  });

  it('tells before signing why a transaction would fail, in words and with values', async () => {
    const { page } = await arrive(KEYS[0]!);
    await page.getByLabel('Amount to stake').fill('2');
    // Somebody spends the money between the page's last look and the trial.
    const snapshot = await stack.chain.snapshot();
    await spendAll(stack, KEYS[0]!);
    await page.getByRole('button', { name: 'Stake', exact: true }).click();
    await page.getByText('Would fail now').waitFor();
    await page.getByText('The account does not hold that much ASSAY').waitFor();
    await page.getByText(/needed 2 ASSAY/).waitFor();
    assert.ok(await page.getByRole('button', { name: 'Send with your wallet' }).isDisabled());
    await stack.chain.revert({ id: snapshot });
    await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Would succeed now').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  it('a transaction that is pending survives a reload and is followed to its block', async () => {
    const { page } = await arrive(KEYS[0]!);
    await stack.chain.setAutomine(false);
    await stake(page, '3');
    await confirm(page);
    await page.getByRole('button', { name: 'Activity, 1 pending' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Activity, 1 pending' }).click();
    await page.getByRole('dialog').getByText('It waits for a block.').waitFor();
    assert.deepEqual(await seriousFindings(page), []);
    await stack.chain.mine({ blocks: 1 });
    await page.locator('[data-status="confirmed"]').first().waitFor();
  });

  it('sped up by the wallet: followed to the copy', async () => {
    const { page, wallet } = await arrive(KEYS[0]!);
    await stack.chain.setAutomine(false);
    await stake(page, '4');
    await confirm(page);
    await page.getByRole('button', { name: 'Activity, 1 pending' }).waitFor();
    const copy = await wallet.speedUp();
    await stack.chain.mine({ blocks: 1 });
    await notice(page, 'confirmed').waitFor();
    await page.getByText('Your wallet sped it up, and it is in a block.').waitFor();
    await page.getByRole('button', { name: 'Activity', exact: true }).click();
    await page.getByRole('dialog').locator(`a[href="/local/?tx=${copy}"]`).waitFor();
  });

  it('cancelled by the wallet', async () => {
    const { page, wallet } = await arrive(KEYS[0]!);
    await stack.chain.setAutomine(false);
    await stake(page, '5');
    await confirm(page);
    await page.getByRole('button', { name: 'Activity, 1 pending' }).waitFor();
    await wallet.cancel();
    await stack.chain.mine({ blocks: 1 });
    await notice(page, 'cancelled').waitFor();
  });

  it('replaced by another transaction', async () => {
    const { page, wallet } = await arrive(KEYS[0]!);
    await stack.chain.setAutomine(false);
    await stake(page, '6');
    await confirm(page);
    await page.getByRole('button', { name: 'Activity, 1 pending' }).waitFor();
    await wallet.replaceWith(privateKeyToAccount(KEYS[1]!).address);
    await stack.chain.mine({ blocks: 1 });
    await notice(page, 'replaced').waitFor();
  });

  it('dropped by the nodes: said so, and looked for again when asked', async () => {
    const { page } = await arrive(KEYS[0]!);
    await stack.chain.setAutomine(false);
    await stake(page, '7');
    await confirm(page);
    await page.getByRole('button', { name: 'Activity, 1 pending' }).waitFor();
    const [hash] = await pendingHashes(page);
    await stack.chain.dropTransaction({ hash: hash! });
    await notice(page, 'dropped').waitFor({ timeout: 20_000 });
    await page.getByRole('button', { name: 'Activity', exact: true }).click();
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.locator('[data-status="pending"]').waitFor();
  });

  it('refused by the contract in its block: the reason is found afterwards', async () => {
    const { page } = await arrive(KEYS[0]!);
    await page.getByRole('tab', { name: 'Take back' }).click();
    await page.getByLabel('Amount to take back').fill('1000');
    await stack.chain.setAutomine(false);
    await page.getByRole('button', { name: 'Ask for it back' }).click();
    await confirm(page);
    await page.getByRole('button', { name: 'Activity, 1 pending' }).waitFor();
    // The court takes most of his stake before it in the same block.
    await slashFirst(stack, privateKeyToAccount(KEYS[0]!).address);
    await notice(page, 'reverted').waitFor();
    await page.getByRole('button', { name: 'Activity', exact: true }).click();
    await page.getByRole('dialog').getByText('The active stake that backs no claim does not cover an amount').waitFor();
  });

  it('thaws, counts down, and is withdrawn after time travel', async () => {
    const { page } = await arrive(KEYS[1]!);
    await register(page, 'http://127.0.0.1:9002');
    await page.getByRole('tab', { name: 'Take back' }).click();
    await page.getByLabel('Amount to take back').fill('400');
    await page.getByRole('button', { name: 'Ask for it back' }).click();
    await confirm(page);
    await page.getByText(/400 ASSAY thaws/).waitFor();
    await page
      .getByText(/^\d+ minutes/)
      .first()
      .waitFor();
    const withdraw = page.getByRole('button', { name: 'Withdraw' });
    assert.ok(await withdraw.isDisabled());
    await page.goto('/local/');
    await page.getByRole('button', { name: '+1 hour' }).click();
    await page
      .getByText(/^(59 minutes|1 hour)/)
      .first()
      .waitFor();
    await page.goto('/staking/');
    await page.getByText(/400 ASSAY has thawed/).waitFor();
    await withdraw.click();
    await confirm(page);
    await page.getByText(/has thawed/).waitFor({ state: 'detached' });
    assert.equal((await record(KEYS[1]!)).thawingWei, 0n);
  });

  it('the faucet fills a burner account enough to carry a vote, which signs without a wallet', async () => {
    const visited = await visit(browser, stack, PHONE);
    open.push(visited);
    const { page } = visited;
    await page.goto('/local/');
    await page.getByRole('button', { name: 'Use a burner account' }).click();
    await page.getByRole('button', { name: 'Fill the account' }).click();
    await page.getByText(/received 10 ETH and 50,000,000 ASSAY/).waitFor();
    assert.deepEqual(await seriousFindings(page), []);
    await page.goto('/staking/');
    await page.getByLabel('Address of your worker').fill('http://127.0.0.1:9003');
    await page.getByRole('button', { name: 'Make a hot key here' }).click();
    await page.getByRole('button', { name: 'Become a worker' }).click();
    await page.getByText('Save the hot key first').waitFor();
    await saveHotKey(page);
    await page.getByRole('button', { name: 'Become a worker' }).click();
    await page.getByText('Would succeed now').waitFor();
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('Takes jobs').waitFor();
    assert.deepEqual(await seriousFindings(page), []);
    await page
      .getByRole('button', { name: /^0x|account/i })
      .first()
      .click();
    await page.getByRole('link', { name: 'Balances and history' }).click();
    await page.getByRole('heading', { level: 1, name: 'Your account' }).waitFor();
    assert.equal(await page.getByRole('dialog').count(), 0, 'the dialog made way for the page');
  });

  it('shows a transaction decoded, with its events', async () => {
    const { page } = await arrive(KEYS[2]!);
    await register(page, 'http://127.0.0.1:9004');
    await page.getByRole('button', { name: 'Activity', exact: true }).click();
    await page.getByRole('link', { name: 'Show in block' }).first().click();
    await page.getByRole('heading', { name: 'Call: approveAndCall' }).waitFor();
    await page.getByText('WorkerRegistered').waitFor();
    await page.getByText('http://127.0.0.1:9004').first().waitFor();
  });

  it('does not believe what somebody wrote into the stored list', async () => {
    const visited = await visit(browser, stack, {}, async (page) => {
      await page.addInitScript(() =>
        localStorage.setItem(
          'assay.transactions',
          JSON.stringify([
            { id: 'javascript:alert(1)', title: '<img src=x onerror=alert(1)>', status: 'confirmed' },
            5,
            null,
          ]),
        ),
      );
    });
    open.push(visited);
    await visited.page.goto('/activity/');
    await visited.page.getByText('Nothing sent yet').waitFor();
  });
});

async function pendingHashes(page: Page): Promise<`0x${string}`[]> {
  return page.evaluate(() =>
    (JSON.parse(localStorage.getItem('assay.transactions') ?? '[]') as { hash: `0x${string}`; status: string }[])
      .filter(({ status }) => status === 'pending')
      .map(({ hash }) => hash),
  );
}

/** All ASSAY of an account goes elsewhere. */
async function spendAll({ client, rpc, contracts }: BareSite, key: (typeof KEYS)[number]): Promise<void> {
  const wallet = walletClientOf(rpc, key);
  const token = { address: contracts['token']!, abi: assayTokenAbi } as const;
  const balance = await client.readContract({ ...token, functionName: 'balanceOf', args: [wallet.account.address] });
  const hash = await wallet.writeContract({
    ...token,
    functionName: 'transfer',
    args: [contracts['timelock']!, balance],
  });
  await client.waitForTransactionReceipt({ hash });
}

/** The Court takes nearly all of a worker's stake in the next block, before everything else in it. */
async function slashFirst({ chain, contracts }: BareSite, worker: Address): Promise<void> {
  const court = contracts['court']!;
  await chain.impersonateAccount({ address: court });
  await chain.setBalance({ address: court, value: 10n ** 18n });
  const data = encodeFunctionData({
    abi: workerRegistryAbi,
    functionName: 'slash',
    args: [worker, `0x${'0f'.repeat(32)}`, 1000n * 10n ** 18n, contracts['timelock']!],
  });
  await chain.sendUnsignedTransaction({
    from: court,
    to: contracts['workers']!,
    data,
    gas: 500_000n,
    maxFeePerGas: 500_000_000_000n,
    maxPriorityFeePerGas: 100_000_000_000n,
  } as never);
  await chain.mine({ blocks: 1 });
  await chain.stopImpersonatingAccount({ address: court });
}
