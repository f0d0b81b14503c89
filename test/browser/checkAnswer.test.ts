import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type Answer, encodeAnswer } from '../../node/core/codec/answerFile.ts';
import { verifyClaim } from '../../node/core/dispute/verifyClaim.ts';
import { type Program, programRoot } from '../../node/core/exact/program.ts';
import type { Tensor } from '../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256 } from '../../node/host.ts';
import { exactNetworks } from '../helpers/exactNetworks.ts';
import { changedAt, signedClaim } from '../helpers/signedClaim.ts';
import { launchChromium, skipWithoutChromium } from './chromium.ts';
import type { PageVerdict } from './page/checkAnswer.ts';
import { type Site, serveSite } from './site.ts';

/** What `assay infer --save` writes, and the artifact. */
function saved(program: Program, input: Tensor, lie?: (output: Tensor) => Tensor) {
  const claim = signedClaim(program, input, lie);
  const answer: Answer = {
    model: 'digits',
    cid: 'bafkreigh2akiscaildc',
    feeWei: 0n,
    hotKey: claim.signer,
    input,
    output: claim.output,
    receipt: claim.receipt,
  };
  return { claim, answer };
}

describe('a browser checks answers', { skip: skipWithoutChromium() }, () => {
  let browser: Browser;
  let site: Site;
  let page: Page;
  const offences: string[] = [];
  before(async () => {
    [site, browser] = await Promise.all([serveSite(), launchChromium()]);
    page = await browser.newPage();
    page.on('pageerror', (error) => offences.push(String(error)));
    page.on('request', (request) => {
      if (!/^(http:\/\/127\.0\.0\.1:|blob:|data:)/.test(request.url())) offences.push(request.url());
    });
    await page.goto(site.origin);
  });
  after(async () => {
    await browser?.close();
    await site?.close();
  });

  /** A person chooses two files and presses the button. */
  async function ask(answer: Answer, artifact: Uint8Array): Promise<PageVerdict> {
    const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/octet-stream', buffer });
    await page.setInputFiles('#answer', file('answer.json', Buffer.from(encodeAnswer(answer))));
    await page.setInputFiles('#model', file('model.onnx', Buffer.from(artifact)));
    await page.click('#check');
    return JSON.parse((await page.locator('#verdict:not(:empty)').textContent())!) as PageVerdict;
  }

  for (const { name, load } of exactNetworks()) {
    it(`${name}: the truth is true, a changed element is named, programRoot is Node's`, async () => {
      const { program, input } = load();
      const { claim, answer } = saved(program, input);
      const honest = await ask(answer, claim.artifact);
      assert.equal(honest.state, 'true', JSON.stringify(honest));
      assert.equal(honest.agreed, true);
      assert.equal(honest.programRoot, programRoot(program, sha256));
      assert.equal(honest.verdict?.computedRoot, claim.receipt.receipt.outputRoot);

      const at = answer.output.data.length - 2;
      const lie = saved(program, input, (output) => changedAt(output, at));
      const caught = await ask(lie.answer, lie.claim.artifact);
      assert.equal(caught.state, 'false', JSON.stringify(caught));
      assert.equal(caught.agreed, true);
      assert.deepEqual(caught.verdict, JSON.parse(JSON.stringify(verifyClaim(lie.claim, {}, sha256))));
      assert.equal(caught.verdict?.divergence?.element, at);
      assert.equal(caught.verdict?.divergence?.expected, answer.output.data[at]);
      assert.equal(caught.verdict?.divergence?.claimed, lie.answer.output.data[at]);
    });
  }

  it('refuses what does not belong together: another output, input, model, signature', async () => {
    const network = exactNetworks()[0]!.load();
    const { claim, answer } = saved(network.program, network.input);
    const swapped = await ask({ ...answer, output: changedAt(answer.output, 3) }, claim.artifact);
    assert.deepEqual([swapped.state, swapped.code], ['refused', 'RECEIPT_MISMATCH']);
    assert.match(swapped.why ?? '', /element 3 of the output at hand/);
    const input = await ask({ ...answer, input: changedAt(answer.input, 0) }, claim.artifact);
    assert.match(input.why ?? '', /inputRoot/);
    const thief = await ask({ ...answer, hotKey: `0x${'11'.repeat(20)}` as Answer['hotKey'] }, claim.artifact);
    assert.equal(thief.code, 'RECEIPT_FORGED');
    const half = await ask(answer, claim.artifact.subarray(0, 1000));
    assert.equal(half.state, 'refused');
  });

  it('asks nobody but its own page, under a strict content security policy', () => assert.deepEqual(offences, []));
});
