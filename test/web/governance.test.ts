import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { encodeFunctionData, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { hashDescription, hashProposal } from '../../web/features/governance/hashProposal.ts';
import { assayGovernorAbi } from '../../web/generated/abi/assayGovernor.ts';
import { assayTokenAbi } from '../../web/generated/abi/assayToken.ts';
import { modelRegistryAbi } from '../../web/generated/abi/modelRegistry.ts';
import { launchChromium, skipWithoutChromium } from '../browser/chromium.ts';
import { ANVIL_KEYS, ELECTORATE, walletClientOf } from '../helpers/anvil.ts';
import { InjectedWallet } from '../helpers/injectedWallet.ts';
import { PHONE, seriousFindings, type Visit, visit } from '../helpers/visit.ts';
import { type RunnerProcess, startRunnerProcess } from '../subgraph/fixture/runnerProcess.ts';
import { type BareSite, openBareSite } from './bareSite.ts';

const [AUTHOR, VOTER] = ANVIL_KEYS as readonly [Hex, Hex];
const ROOT = resolve(import.meta.dirname, '..', '..');
const HOUR = 3600;
const DELAY = 300;

/** The whole life of a proposal by hand in a browser, on a real chain with a real index. */
describe('governance', { skip: skipWithoutChromium() }, () => {
  let stack: BareSite;
  let index: RunnerProcess;
  let browser: Browser;
  const open: Visit[] = [];

  before(async () => {
    stack = await openBareSite([AUTHOR, VOTER], process.env['ASSAY_SITE_FOLDER']);
    const { rpc, contracts, home } = stack;
    const deployment = join(home, 'deployment.json');
    writeFileSync(deployment, JSON.stringify({ chainId: 31337, block: '0', addresses: contracts }));
    const built = spawnSync(
      process.execPath,
      ['subgraph/build.ts', '--deployment', deployment, '--out', join(home, 'index')],
      {
        cwd: ROOT,
        encoding: 'utf8',
      },
    );
    assert.equal(built.status, 0, built.stderr);
    await registerModel();
    await lendElectorate();
    await widenVoting();
    const port = new URL(stack.subgraph).port;
    index = await startRunnerProcess([
      ...['--rpc', rpc, '--manifest', join(home, 'index', 'subgraph.yaml')],
      ...['--db', join(home, 'index.db'), '--port', port],
    ]);
    browser = await launchChromium();
  });
  afterEach(async () => {
    for (const { close, offences } of open.splice(0)) {
      await close();
      assert.deepEqual(offences, []);
    }
  });
  after(async () => {
    await browser?.close();
    await index?.end('SIGTERM');
    await stack?.close();
  });

  const send = async (key: Hex, to: string, data: Hex): Promise<void> => {
    const hash = await walletClientOf(stack.rpc, key).sendTransaction({ to: stack.contracts[to]!, data });
    const { status } = await stack.client.waitForTransactionReceipt({ hash });
    assert.equal(status, 'success');
  };
  const travel = async (seconds: number): Promise<void> => {
    await stack.chain.increaseTime({ seconds });
    await stack.chain.mine({ blocks: 1 });
  };

  /** A model with two versions; nothing is live. */
  async function registerModel(): Promise<void> {
    const call = (functionName: string, args: readonly unknown[]) =>
      send(AUTHOR, 'models', encodeFunctionData({ abi: modelRegistryAbi, functionName, args } as never));
    await call('registerModel', ['digits', 'bafkreickb5jhmk2un3bfonpt67evor5dkaqppngmhpqpo2p4xvobwscbti']);
    for (const byte of ['11', '22'])
      await call('publishVersion', [
        1n,
        {
          cid: 'bafkreickb5jhmk2un3bfonpt67evor5dkaqppngmhpqpo2p4xvobwscbti',
          sha256Hash: `0x${byte.repeat(32)}`,
          programRoot: `0x${byte.repeat(32)}`,
          sizeBytes: 1000n,
          licence: 'MIT',
          cardCid: 'bafkreickb5jhmk2un3bfonpt67evor5dkaqppngmhpqpo2p4xvobwscbti',
          parents: [],
        },
      ]);
  }

  /** The electorate's 40 million vote through the voter, whose own tokens are not delegated. */
  async function lendElectorate(): Promise<void> {
    const from = ELECTORATE.recipient;
    await stack.chain.impersonateAccount({ address: from });
    await stack.chain.setBalance({ address: from, value: 10n ** 18n });
    const data = encodeFunctionData({
      abi: assayTokenAbi,
      functionName: 'delegate',
      args: [privateKeyToAccount(VOTER).address],
    });
    await stack.chain.sendUnsignedTransaction({ from, to: stack.contracts['token']!, data } as never);
    await stack.chain.mine({ blocks: 1 });
    await stack.chain.stopImpersonatingAccount({ address: from });
    // Votes count as of the second before.
    await travel(2);
  }

  /** The first proposal, without a browser: votes take an hour from now on, which no slow machine outruns. */
  async function widenVoting(): Promise<void> {
    const governor = (functionName: string, args: readonly unknown[]) =>
      encodeFunctionData({ abi: assayGovernorAbi, functionName, args } as never);
    const target = stack.contracts['governor']!;
    const calldatas = [governor('setVotingPeriod', [HOUR]), governor('setVotingDelay', [DELAY])];
    const description = 'Votes take an hour';
    const calls = [[target, target], [0n, 0n], calldatas] as const;
    const hash = hashDescription(description);
    const id = hashProposal(
      calldatas.map((calldata) => ({ target, valueWei: 0n, calldata })),
      hash,
    );
    assert.equal(
      id,
      await stack.client.readContract({
        address: target,
        abi: assayGovernorAbi,
        functionName: 'hashProposal',
        args: [...calls, hash] as never,
      }),
      'the page hashes proposals as OpenZeppelin does',
    );
    await send(VOTER, 'governor', governor('propose', [...calls, description]));
    await travel(2);
    await send(VOTER, 'governor', governor('castVote', [id, 1]));
    await travel(10);
    await send(VOTER, 'governor', governor('queue', [...calls, hash]));
    await travel(3);
    await send(VOTER, 'governor', governor('execute', [...calls, hash]));
  }

  async function arrive(key: Hex, path: string, look: Parameters<typeof visit>[2] = {}) {
    const wallet = new InjectedWallet({ rpc: stack.rpc, key });
    const visited = await visit(browser, stack, look, (page) => wallet.install(page));
    open.push(visited);
    const { page } = visited;
    await page.goto(path);
    await page.getByRole('button', { name: 'Connect wallet' }).first().click();
    await page.getByRole('button', { name: wallet.name }).click();
    await page.getByText('Your votes', { exact: true }).first().waitFor();
    return { page, wallet };
  }

  async function confirm(page: Page): Promise<void> {
    await page.getByText('Would succeed now').waitFor();
    await page.getByRole('button', { name: 'Send with your wallet' }).click();
  }
  const stateIs = (page: Page, state: string) =>
    page.getByTestId('state').getByText(state, { exact: true }).waitFor({ timeout: 25_000 });

  async function chooseVersion(page: Page, title: string, version: string): Promise<void> {
    await page.getByLabel('Title').fill(title);
    await page.getByRole('button', { name: 'Make a version live' }).click();
    await page.getByLabel('Model', { exact: true }).selectOption('1');
    await page.getByLabel('Version', { exact: true }).selectOption(version);
    await page.getByText('Tried as the timelock at the newest block: it would succeed.').waitFor();
  }

  async function propose(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Propose', exact: true }).click();
    await confirm(page);
    await page.waitForURL(/\/proposal\/\?id=\d+/);
  }

  it('propose with the builder, delegate, vote with a reason, queue, execute: the live version changes', async () => {
    const { page } = await arrive(AUTHOR, '/propose/');
    await page.getByText(/never delegated/).waitFor();
    await chooseVersion(page, 'Make version 2 of digits live', '2');
    await page.getByLabel('Reasons').fill('It is **better**.\n\n<img src=x onerror=alert(1)>');
    await page.getByText(/a proposal needs 1,000 ASSAY/i).waitFor();
    assert.ok(await page.getByRole('button', { name: 'Propose', exact: true }).isDisabled(), 'no votes, no proposal');
    await page.reload();
    // The draft survives.
    await page.locator('input[value="Make version 2 of digits live"]').waitFor();
    await page.getByRole('button', { name: 'Delegate to yourself' }).click();
    await confirm(page);
    await page.getByText('vote through you').waitFor();
    // The governor counts the votes of the second before; an idle chain has no such second.
    await travel(2);
    assert.deepEqual(await seriousFindings(page), []);
    await page.getByText('Make version 2 of digits live').last().waitFor();
    await propose(page);
    await stateIs(page, 'Pending');
    await travel(DELAY + 5);
    await stateIs(page, 'Active');
    await page.getByText("Hashes to the proposal's number").waitFor();
    const effect = page.locator('[data-action="1"]');
    await effect.getByText('Make version 2 of digits live').waitFor();
    assert.match((await effect.textContent()) ?? '', /none.*becomes.*version 2 \(SHA-256 0x22222222…222222\)/);
    assert.equal(await page.locator('img[src="x"]').count(), 0);
    const url = page.url();

    const voter = await arrive(VOTER, url);
    await voter.page.getByTestId('votes-at-snapshot').getByText('40,000,000').waitFor();
    await voter.page.getByLabel(/^Reason/).fill('proved and looked at');
    await voter.page.getByRole('button', { name: 'Vote for', exact: true }).click();
    await confirm(voter.page);
    await voter.page.getByText('You have voted.').waitFor();
    await voter.page.getByRole('cell', { name: 'proved and looked at' }).waitFor();
    await voter.page.getByText('Quorum reached').waitFor();
    assert.equal(voter.wallet.prompts.filter((method) => method === 'eth_sendTransaction').length, 1);
    assert.deepEqual(await seriousFindings(voter.page), []);

    await travel(HOUR + 5);
    await stateIs(page, 'Succeeded');
    await page.getByRole('button', { name: 'Queue', exact: true }).click();
    await confirm(page);
    await page.getByText(/waits in the timelock until|The delay is over/).waitFor();
    await travel(10);
    await stateIs(page, 'Ready to execute');
    await page.getByRole('button', { name: 'Execute', exact: true }).click();
    await confirm(page);
    await stateIs(page, 'Executed');
    await page.goto('/model/?id=1');
    await page.getByText('Version 2 went live').waitFor();

    await page.getByRole('button', { name: /^Notifications, \d+ unread/ }).click();
    await page.getByText('Your proposal was executed').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.reload();
    await page.getByRole('button', { name: 'Notifications', exact: true }).waitFor();
  });

  /** As the first test does by hand. */
  async function delegateToAuthor(): Promise<void> {
    const args = [privateKeyToAccount(AUTHOR).address] as const;
    await send(AUTHOR, 'token', encodeFunctionData({ abi: assayTokenAbi, functionName: 'delegate', args }));
    await travel(2);
  }

  it('voted down by a ballot that was signed here and sent there: defeated, and it says why', async () => {
    await delegateToAuthor();
    const { page } = await arrive(AUTHOR, '/propose/');
    await page.getByLabel('Title').fill('Give it away');
    await page.getByRole('button', { name: 'Pay from the treasury' }).click();
    await page.getByLabel('Recipient').fill(privateKeyToAccount(AUTHOR).address);
    await page.getByLabel('Amount').fill('1000000');
    await page.getByRole('button', { name: 'Change the fee shares' }).click();
    await page.getByText('Those are the shares already').waitFor();
    await page.getByLabel('Worker', { exact: true }).fill('70');
    await page.getByText(/add up to 90 %, not 100 %/).waitFor();
    await page.getByRole('button', { name: 'Remove action 2' }).click();
    await page.getByText('Tried as the timelock at the newest block: it would succeed.').waitFor();
    await propose(page);
    await stateIs(page, 'Pending');
    await travel(DELAY + 5);
    await stateIs(page, 'Active');
    const voter = await arrive(VOTER, page.url(), PHONE);
    await voter.page.getByLabel(/^Reason/).fill('too much at once');
    await voter.page.getByLabel('Only sign a ballot').check();
    await voter.page.getByRole('button', { name: 'Vote against' }).click();
    await voter.page.getByRole('button', { name: 'Sign with your wallet' }).click();
    const ballot = (await voter.page.getByRole('region', { name: 'Code: Ballot' }).textContent()) ?? '';
    assert.deepEqual(voter.wallet.prompts.slice(1), ['eth_signTypedData_v4'], 'no transaction');
    assert.deepEqual(await seriousFindings(voter.page), []);

    await page.getByText('Send a ballot that somebody signed').click();
    const paste = page.getByLabel('Ballot', { exact: true });
    await paste.fill(ballot.replace('AGAINST', 'FOR'));
    await page.getByRole('button', { name: 'Look at the ballot' }).click();
    await page.getByText('Would fail now').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await paste.fill(ballot);
    await page.getByRole('button', { name: 'Look at the ballot' }).click();
    await confirm(page);
    await page.getByText('too much at once').first().waitFor();
    await voter.page.getByText('You have voted.').waitFor();
    await travel(HOUR + 5);
    await stateIs(page, 'Defeated');
    assert.match((await page.getByTestId('next-step').textContent()) ?? '', /quorum was not reached/);
    assert.equal(await page.getByRole('button', { name: 'Queue', exact: true }).count(), 0);
  });

  it('its proposer may cancel while it is pending; a list finds it by state', async () => {
    await delegateToAuthor();
    const { page } = await arrive(AUTHOR, '/propose/', { theme: 'dark' });
    await chooseVersion(page, 'Back to version 1', '1');
    await propose(page);
    await stateIs(page, 'Pending');
    await page.getByRole('button', { name: 'Cancel the proposal' }).click();
    await confirm(page);
    await stateIs(page, 'Canceled');
    await page.goto('/governance/?state=defeated');
    await page.getByRole('link', { name: 'Give it away' }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'Back to version 1' }).count(), 0);
    await page.getByLabel('State').selectOption('canceled');
    await page.getByRole('link', { name: 'Back to version 1' }).waitFor();
    await page.getByLabel('Search').fill('no such thing');
    await page.getByText('No proposal matches').waitFor();
    assert.deepEqual(await seriousFindings(page), []);
  });
});
