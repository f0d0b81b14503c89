import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Wallet } from 'ethers';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, skipWithoutChromium } from '../browser/chromium.ts';
import { until } from '../helpers/anvilRpc.ts';
import { openStack, type Stack } from '../helpers/stack.ts';

const SLOW = { timeout: 20_000 };

/** A gateway between the page and a real one that changes one byte of every block. */
async function lyingGateway(honest: string): Promise<{ url: string; server: Server }> {
  const server = createServer(async (request, response) => {
    const answer = await fetch(`${honest}${request.url}`, { method: request.method ?? 'GET' });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (bytes.length > 0) bytes[bytes.length >> 1]! ^= 1;
    response.writeHead(answer.status, {
      'access-control-allow-origin': '*',
      'content-type': 'application/vnd.ipld.raw',
    });
    response.end(bytes);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

describe('models', { skip: skipWithoutChromium() }, () => {
  let stack: Stack;
  let browser: Browser;
  let page: Page;
  before(async () => {
    [stack, browser] = await Promise.all([openStack(), launchChromium()]);
    page = await browser.newPage({ baseURL: stack.site });
  });
  after(async () => {
    await browser?.close();
    await stack?.close();
  });

  describe('the catalogue', () => {
    it('lists the live model with price, workers and task, without a wallet', async () => {
      await page.goto('/models/');
      const row = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'digits' }) });
      await row.getByText('image-classification').waitFor(SLOW);
      for (const part of ['live', 'integer-exact', '0.001 ASSAY', 'CC-BY-4.0'])
        assert.equal(await row.getByText(part, { exact: false }).first().isVisible(), true, part);
    });

    it('writes a search into the address, and reads it from there', async () => {
      await page.goto('/models/');
      await page.getByLabel('Search').fill('digit');
      await page.getByLabel('Task').selectOption('image-classification', SLOW);
      await page.getByLabel('Verification').selectOption('exact');
      await page.getByLabel('Sort by').selectOption('cheapest');
      await page.waitForURL(/sort=cheapest/);
      const address = page.url();
      assert.match(address, /\?q=digit&task=image-classification&verification=exact&sort=cheapest$/);
      const other = await browser.newPage();
      await other.goto(address);
      await other.getByRole('heading', { name: 'digits' }).waitFor(SLOW);
      assert.equal(await other.getByLabel('Search').inputValue(), 'digit');
      assert.equal(await other.getByLabel('Verification').inputValue(), 'exact');
      assert.equal(await other.getByLabel('Sort by').inputValue(), 'cheapest');
      await other.close();
    });

    it('guesses the task of a model without a card from what its workers say of it', async () => {
      const context = await browser.newContext({ baseURL: stack.site });
      const bare = await context.newPage();
      await bare.route(stack.subgraph, async (route) => {
        const text = await (await route.fetch()).text();
        await route.fulfill({ body: text.replace(/"(cardCid|metadataCid)":"[^"]*"/g, '"$1":""') });
      });
      await bare.goto('/models/?task=image-classification');
      const row = bare.getByRole('listitem').filter({ has: bare.getByRole('heading', { name: 'digits' }) });
      await row.getByTitle('Guessed from the shapes of its input and output').waitFor(SLOW);
      await bare.unrouteAll({ behavior: 'ignoreErrors' });
      await context.close();
    });

    it('says when nothing fits, and leads back', async () => {
      await page.goto('/models/?q=no+such+model');
      await page.getByText('No model fits').waitFor(SLOW);
      await page.getByRole('button', { name: 'Show all models' }).click();
      await page.getByRole('heading', { name: 'digits' }).waitFor(SLOW);
      assert.equal(new URL(page.url()).search, '');
    });
  });

  describe('the page of a model', () => {
    it('shows card, versions, workers, copies and what was live', async () => {
      await page.goto('/model/?id=1');
      await page.getByRole('heading', { level: 1, name: 'digits' }).waitFor(SLOW);
      await page.getByText('Recognises one handwritten digit').waitFor(SLOW);
      await page.getByText('Version 1 went live').waitFor();
      await page.getByText('has it').first().waitFor(SLOW);
      assert.equal(await page.getByRole('link', { name: 'digits v1, live' }).isVisible(), true);
    });

    it('leads from a version that is not live to a proposal for it', async () => {
      const { directory } = await stack.as('consumer').chain();
      const [model] = await directory.models();
      const other = model!.liveVersionId === 1n ? 2n : 1n;
      await page.goto(`/model/?id=1&version=${other}`);
      await page.getByRole('button', { name: 'Propose to make it live' }).click(SLOW);
      await page.getByText(`1. Make version ${other} of digits live`).waitFor(SLOW);
      assert.equal(await page.getByLabel('Title').inputValue(), `Make version ${other} of digits live`);
    });

    it('recomputes the version in the browser and finds what the chain says', async () => {
      let started = 0;
      let ended = 0;
      page.on('worker', (one) => {
        started += 1;
        one.once('close', () => {
          ended += 1;
        });
      });
      await page.goto('/model/?id=1');
      await page.getByRole('heading', { name: 'digits' }).first().waitFor(SLOW);
      await page.getByRole('button', { name: 'Verify this version' }).click(SLOW);
      await page.getByText('This file is the registered version, bit for bit.').waitFor(SLOW);
      // The one that reads the card stays, the one that checks the file goes.
      await until(() => started === 2 && ended === 1, 'one of two workers has ended');
      const report = JSON.parse(readFileSync(join(stack.home, 'report.json'), 'utf8')) as { programRoot: string };
      const shown = `${report.programRoot.slice(0, 12)}…${report.programRoot.slice(-8)}`;
      assert.equal(
        await page.getByRole('listitem').filter({ hasText: 'programRoot' }).getByText(shown).isVisible(),
        true,
      );
    });

    it('refuses the bytes of a gateway that lies', async () => {
      const { url, server } = await lyingGateway(stack.gateways[0]!);
      const context = await browser.newContext({ baseURL: stack.site });
      await context.addInitScript(
        (gateway) => localStorage.setItem('assay.settings', JSON.stringify({ gateways: [gateway] })),
        url,
      );
      const fooled = await context.newPage();
      await fooled.goto('/model/?id=1');
      await fooled.getByRole('button', { name: 'Verify this version' }).click(SLOW);
      const alert = fooled.getByRole('alert').filter({ hasText: 'other bytes than the CID says' });
      await alert.first().waitFor(SLOW);
      assert.equal(await fooled.getByText('bit for bit').count(), 0);
      await context.close();
      server.closeAllConnections();
      server.close();
    });

    it('says so when there is no such model', async () => {
      for (const query of ['?id=999', '?id=x', '', '?id=1%27%22%3E']) {
        await page.goto(`/model/${query}`);
        await page.getByText('There is no such model').waitFor(SLOW);
      }
    });

    it('offers code that runs as it stands', async () => {
      await page.goto('/model/?id=1');
      const code = async (tab: string): Promise<string> => {
        await page.getByRole('tab', { name: tab }).click(SLOW);
        return page
          .getByRole('region', { name: `Code: ${tab}` })
          .locator('code')
          .textContent() as Promise<string>;
      };
      const curl = spawnSync('sh', ['-c', await code('curl')], { encoding: 'utf8' });
      assert.match(curl.stdout, /"name":"digits"[\s\S]*"scheme":"exact"/);
      const python = spawnSync('python3', ['-c', await code('Python')], { encoding: 'utf8' });
      assert.match(python.stdout, /^exact eip155:31337 1000000000000000 wei to 0x/m, python.stderr);
      // Inside the repository, because the code imports packages.
      const file = new URL(`ask-${process.pid}.ts`, import.meta.url).pathname;
      await writeFile(file, await code('TypeScript'));
      const env = { ...process.env, PRIVATE_KEY: await consumerKey(stack.home) };
      const typescript = spawnSync(process.execPath, [file], { encoding: 'utf8', env });
      await rm(file);
      assert.match(typescript.stdout, /logits[\s\S]*"signature":"0x/, typescript.stderr);
      const { mcpServers } = JSON.parse(await code('Agent (MCP)')) as { mcpServers: Record<string, { url: string }> };
      const agent = new Client({ name: 'agent', version: '1' });
      await agent.connect(new StreamableHTTPClientTransport(new URL(mcpServers['assay-digits']!.url)));
      const told = await agent.callTool({ name: 'get_model', arguments: { model: 'digits' } });
      await agent.close();
      assert.equal((told.structuredContent as { name: string }).name, 'digits');
    });
  });
});

async function consumerKey(home: string): Promise<string> {
  const [password = ''] = readFileSync(join(home, 'password'), 'utf8').split('\n');
  return (await Wallet.fromEncryptedJson(readFileSync(join(home, 'keys', 'consumer.json'), 'utf8'), password))
    .privateKey;
}
