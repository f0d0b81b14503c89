import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { encodeFunctionData } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { jobMarketAbi } from '../../node/chain/generated/contracts.ts';
import { encodeAnswer } from '../../node/core/codec/answerFile.ts';
import { jobIdOf } from '../../node/core/codec/job.ts';
import type { Tensor } from '../../node/core/tensor/tensor.ts';
import { createSite, listenSite } from '../../node/gateway/site.ts';
import { SqliteJournal } from '../../node/journal/sqliteJournal.ts';
import { buildSubgraph, networkOf } from '../../subgraph/build.ts';
import { type Runner, startRunner } from '../../subgraph/runner/runner.ts';
import { buildSite } from '../../web/build.ts';
import { launchChromium, skipWithoutChromium } from '../browser/chromium.ts';
import { ANVIL_KEYS } from '../helpers/anvil.ts';
import { DisputeBench, inputOf, lieAt } from '../helpers/disputeBench.ts';
import { Arena } from '../helpers/disputeMatch.ts';
import { InjectedWallet } from '../helpers/injectedWallet.ts';
import { type Market, startMarket, WINDOW_SECONDS } from '../helpers/market.ts';
import { removeFolder, temporaryFolder } from '../helpers/network.ts';
import { randomProgram } from '../helpers/randomProgram.ts';
import { Seeded } from '../helpers/seeded.ts';
import type { StackAddresses } from '../helpers/stack.ts';
import { PHONE, seriousFindings, type Visit, visit } from '../helpers/visit.ts';

const SEED = 7;
const KEY = ANVIL_KEYS[1]!;
const TOKEN = 10n ** 18n;

/** Jobs and games on a chain of its own, whose clock is ours: the chain of `npm start` has honest workers only. */
describe('jobs and disputes', { skip: skipWithoutChromium() }, () => {
  let market: Market;
  let bench: DisputeBench;
  let runner: Runner;
  let startIndex: (port: number) => Promise<Runner>;
  let hot: ReturnType<Market['writing']>;
  let server: { readonly url: string; close(): Promise<void> };
  let browser: Browser;
  let stack: StackAddresses;
  let home: string;
  const open: Visit[] = [];

  before(async () => {
    home = await temporaryFolder('disputes');
    market = await startMarket();
    bench = await DisputeBench.open(market, randomProgram(new Seeded(SEED), { steps: 90, maxWidth: 40 }), 'games');
    const arena = await Arena.open(bench, 1);
    const random = new Seeded(SEED);
    for (let match = 0; match < 3; match++) await arena.match(random, 1);
    await market.transfer(market.people.author, privateKeyToAccount(KEY).address, 100n * TOKEN);
    const { chainId, block, addresses } = market.deployment;
    const manifest = buildSubgraph({
      out: join(home, 'built'),
      network: networkOf({ chainId, block: String(block), addresses }),
    });
    startIndex = (port) =>
      startRunner({ rpcUrls: [market.url], manifest, database: join(home, 'index.db'), log: () => {}, port });
    runner = await startIndex(0);
    hot = market.writing(market.people.hot);
    const subgraph = `${runner.url}/subgraphs/name/assay`;
    const folder = process.env['ASSAY_SITE_FOLDER'] ?? join(import.meta.dirname, '..', '..', 'web', 'out');
    if (process.env['ASSAY_SITE_FOLDER'] === undefined) await buildSite(folder);
    const config = {
      chainId,
      chainName: 'Local network',
      rpcUrls: [market.url],
      subgraphUrl: subgraph,
      gateways: [],
      contracts: addresses,
      deploymentBlock: String(block),
      local: true,
    };
    server = await listenSite(createSite({ folder, config }), 0);
    stack = { site: server.url, rpc: market.url, subgraph, gateways: [], home };
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
    await server?.close();
    await runner?.close();
    await market?.stop();
    if (home !== undefined) await removeFolder(home);
  });

  const arrive = async (
    path: string,
    look: Parameters<typeof visit>[2] = {},
    wallet?: InjectedWallet,
  ): Promise<Page> => {
    const visited = await visit(browser, stack, look, wallet && ((page) => wallet.install(page)));
    open.push(visited);
    await visited.page.goto(path);
    return visited.page;
  };

  it('lists every disputed claim, and narrows the list by the address', async () => {
    const page = await arrive('/disputes/');
    await page.getByRole('row').getByText('Claim fallen').first().waitFor();
    assert.equal(await page.getByRole('row').count(), 4, 'a header and three claims');
    assert.deepEqual(await seriousFindings(page), []);
    await page.getByLabel('State').selectOption('void');
    await page.getByText('No dispute fits the filter').waitFor();
    assert.match(page.url(), /\?state=void$/);
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByRole('row').getByText('Claim fallen').first().waitFor();
  });

  it('draws a game down to the number that the chain recomputed', async () => {
    const page = await arrive('/disputes/?state=fallen', PHONE);
    await page.locator('a[href^="/dispute/"]').first().click();
    await page
      .getByText(/^Challenger points at steps? \d+/)
      .first()
      .waitFor();
    await page
      .getByText(/^The chain (recomputed|compared|checked)|ran out of time/)
      .first()
      .waitFor();
    await page.getByText('Stake taken from the worker').waitFor();
    await page.getByText('0.5 ASSAY (50 %)').waitFor();
    await page
      .getByText(/\d+ moves, bond/)
      .first()
      .click();
    await page.getByText('showed the root of all steps').first().waitFor();
    assert.deepEqual(await seriousFindings(page), []);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `the page is ${overflow} px wider than the phone`);
  });

  it('files and challenges an answer: one signature for the bond, one transaction', async () => {
    const wallet = new InjectedWallet({ rpc: stack.rpc, key: KEY });
    const page = await arrive('/disputes/', {}, wallet);
    await page.getByRole('button', { name: 'Connect wallet' }).first().click();
    await page.getByRole('button', { name: wallet.name }).click();
    await page.getByRole('row').getByText('Claim fallen').first().waitFor();
    const { jobId, claimId } = await bench.answer(
      SqliteJournal.open(':memory:'),
      inputOf(bench.program.program, 2, SEED),
    );
    await page.goto(`/dispute/?id=${jobId}`);
    await page.getByRole('button', { name: 'File and challenge' }).click();
    await page.getByText('Let the court take your bond').waitFor();
    await page.getByRole('button', { name: /^Sign/ }).click();
    await page.getByText('Would succeed now').waitFor();
    await page.getByRole('button', { name: 'Send with your wallet' }).click();
    await page.locator('[data-notice="confirmed"]').waitFor();
    await page.getByText('The worker must move within').waitFor();
    await page.getByText('Being played').first().waitFor();
    assert.ok(page.url().includes(jobId) && (await page.getByText(claimId).count()) > 0);
    assert.deepEqual(wallet.prompts.slice(1), ['eth_signTypedData_v4', 'eth_sendTransaction']);
    await market.pass(130);
    await page.getByRole('button', { name: 'Call time' }).click();
    await page.getByText('Would succeed now').waitFor();
    await page.getByRole('button', { name: 'Send with your wallet' }).click();
    await page.getByText('The worker ran out of time.').waitFor();
    await page.getByRole('button', { name: 'End the claim' }).click();
    await page.getByText('Would succeed now').waitFor();
    await page.getByRole('button', { name: 'Send with your wallet' }).click();
    await page.getByText('Claim fallen').waitFor();
  });

  it('recomputes a saved answer, finds it false, and files it from there', async () => {
    const wallet = new InjectedWallet({ rpc: stack.rpc, key: KEY });
    const page = await arrive('/jobs/', {}, wallet);
    await page.getByRole('button', { name: 'Connect wallet' }).first().click();
    await page.getByRole('button', { name: wallet.name }).click();
    let output: Tensor | undefined;
    const { signed, input, claimId } = await bench.answer(
      SqliteJournal.open(':memory:'),
      inputOf(bench.program.program, 1, SEED + 1),
      (own) => {
        const lie = lieAt(own, 1, 0);
        output = lie.values.at(-1)!.tensor;
        return lie;
      },
    );
    const { cid } = await market.directory.version(bench.versionId);
    const hotKey = market.people.hot.address;
    const file = encodeAnswer({ model: 'games', cid, feeWei: 1n, hotKey, input, output: output!, receipt: signed });
    // No gateway has the file here; this browser kept it, and hashes it again before it believes it.
    await page.evaluate(
      async ({ at, bytes }) => (await caches.open('assay-artifacts')).put(at, new Response(Uint8Array.from(bytes))),
      { at: `/artifact/${cid}`, bytes: [...bench.artifact] },
    );
    const upload = { name: 'answer.json', mimeType: 'application/json', buffer: Buffer.from(file) };
    await page.locator('input[type="file"]').setInputFiles(upload);
    await page.getByText('The answer is false', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Dispute this answer' }).click();
    await page.getByText('Let the court take your bond').waitFor();
    await page.getByRole('button', { name: /^Sign/ }).click();
    await page.getByText('Would succeed now').waitFor();
    await page.getByRole('button', { name: 'Send with your wallet' }).click();
    await page.locator('[data-notice="confirmed"]').waitFor();
    await page.goto(`/dispute/?id=${claimId}`);
    await page.getByText('Being played').first().waitFor();
    assert.deepEqual(wallet.prompts.slice(1), ['eth_signTypedData_v4', 'eth_sendTransaction']);
  });

  /** The client pays, by a transaction of the worker's; nobody has answered yet. */
  const order = async () => {
    const { addresses } = market.deployment;
    const { terms, validAfter, validBefore, signature } = await market.escrow();
    const jobId = jobIdOf(terms, 31337n, addresses.market);
    const open = async (): Promise<void> => {
      const args = [terms, { validAfter, validBefore, signature }] as const;
      const data = encodeFunctionData({ abi: jobMarketAbi, functionName: 'openJob', args });
      await hot.send({ id: `open-${jobId}`, to: addresses.market, data, describe: 'open a job' });
    };
    return { jobId, open };
  };

  it('follows a job from its order to its payment without a reload', async () => {
    const { jobId, open: pay } = await order();
    const page = await arrive(`/job/?id=${jobId}`, PHONE);
    await page.getByText('There is no such job on the chain').waitFor();
    await pay();
    const state = page.locator('header, main').getByText('Paid, waiting for the answer').first();
    await state.waitFor();
    const args = [jobId, market.deliverable(market.receipt(jobId))] as const;
    const data = encodeFunctionData({ abi: jobMarketAbi, functionName: 'submit', args: args as never });
    await hot.send({ id: `submit-${jobId}`, to: market.deployment.addresses.market, data, describe: 'submit' });
    await page.getByText('Answered, may be disputed').waitFor();
    await page.getByText('The worker signed an answer and locked stake behind it').waitFor();
    await market.pass(Number(WINDOW_SECONDS) + 1);
    await market.settlement.finalize([jobId]);
    await page.getByText('Completed', { exact: true }).waitFor();
    await page.getByText(/^The worker’s share was credited: /).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Claim the refund' }).count(), 0);
    assert.deepEqual(await seriousFindings(page), []);
    await page.getByRole('link', { name: 'transaction' }).first().click();
    await page.getByText('openJob').first().waitFor();
  });

  it('gives the fee back when nobody answered in time, and not before', async () => {
    const { client } = market.people;
    const credit = () => market.creditsOf(client).creditOf(client.address);
    const creditBefore = await credit();
    const { jobId, open: pay } = await order();
    await pay();
    const wallet = new InjectedWallet({ rpc: market.url, key: KEY });
    const page = await arrive(`/job/?id=${jobId}`, {}, wallet);
    await page.getByRole('button', { name: 'Connect wallet' }).first().click();
    await page.getByRole('button', { name: wallet.name }).click();
    await page.getByText('Paid, waiting for the answer').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Claim the refund' }).count(), 0, 'it has not expired');
    await market.pass(301);
    await page.reload();
    await page.getByRole('button', { name: 'Claim the refund' }).click();
    await page.getByText('Would succeed now').waitFor();
    await page.getByRole('button', { name: 'Send with your wallet' }).click();
    await page.getByText('Expired', { exact: true }).waitFor();
    await page.getByText('The fee was credited back to the client: 0.001 ASSAY').waitFor();
    await page.getByRole('button', { name: 'Claim the refund' }).waitFor({ state: 'detached' });
    assert.equal((await credit()) - creditBefore, 10n ** 15n);
  });

  it('says that the index has died, and goes on when it is back', async () => {
    const page = await arrive('/jobs/');
    await page.locator('[data-health="well"]').waitFor({ state: 'attached' });
    const { port } = new URL(runner.url);
    await runner.close();
    await page.getByText('The index does not answer').first().waitFor();
    await page.locator('[data-health="unwell"]').waitFor();
    runner = await startIndex(Number(port));
    await page.locator('[data-health="well"]').waitFor({ state: 'attached' });
    await page.reload();
    await page.getByRole('row').nth(1).waitFor();
  });

  it('says so when there is no such dispute', async () => {
    const page = await arrive(`/dispute/?id=0x${'ab'.repeat(32)}`);
    await page.getByText('There is no such dispute').waitFor();
    await page.goto('/dispute/?id=<script>');
    await page.getByText('The link has no number of a claim').waitFor();
  });

  it('shows the treasury with its charts as tables, and brings in what it earned', async () => {
    const wallet = new InjectedWallet({ rpc: stack.rpc, key: KEY });
    const page = await arrive('/treasury/', {}, wallet);
    await page.getByText('First allocation').waitFor();
    await page.getByRole('button', { name: 'Show table' }).first().click();
    await page.getByRole('columnheader', { name: 'Challengers, auditors and others' }).waitFor();
    assert.deepEqual(await seriousFindings(page), []);
    await page.getByRole('button', { name: 'Connect wallet' }).first().click();
    await page.getByRole('button', { name: wallet.name }).click();
    const bring = page.getByRole('button', { name: /^Bring in/ }).and(page.locator(':enabled'));
    await bring.first().click();
    await page.getByText('Would succeed now').waitFor();
    await page.getByRole('button', { name: 'Send with your wallet' }).click();
    await page.getByText('Earnings brought in').first().waitFor();
  });
});
