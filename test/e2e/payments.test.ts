import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { x402Client } from '@x402/core/client';
import type { PaymentRequired } from '@x402/core/types';
import { ExactEvmScheme } from '@x402/evm/exact/client';
import { wrapFetchWithPayment } from '@x402/fetch';
import { Wallet } from 'ethers';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { createSettlement } from '../../node/chain/assay/settlement.ts';
import type { AccountView } from '../../node/compose.ts';
import { decodeReceipt } from '../../node/core/codec/decodeReceipt.ts';
import { type Address, type Digest, type Hex, toHex } from '../../node/core/codec/hex.ts';
import { authorizationData, type JobTerms, jobIdOf } from '../../node/core/codec/job.ts';
import { ESCROW_SCHEME, escrowPayload } from '../../node/core/codec/payment.ts';
import { receiptDigest, type SignedReceipt, verifyReceipt } from '../../node/core/codec/receipt.ts';
import { runProgram } from '../../node/core/exact/interpreter.ts';
import { tensorCommitment } from '../../node/core/merkle/tensorCommitment.ts';
import { type Tensor, tensor, tensorBytes } from '../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256 } from '../../node/host.ts';
import { until } from '../helpers/anvilRpc.ts';
import { type DigitsLive, digitsLive } from '../helpers/digitsLive.ts';
import { binaryAnswer, binaryRequest } from '../helpers/gatewayFixture.ts';
import { type Ledger, readLedger } from '../helpers/ledger.ts';
import { removeFolder, startNetwork, type TestNetwork } from '../helpers/network.ts';

const FEE = 10n ** 15n;

describe('paying a real worker over HTTP', () => {
  let network: TestNetwork;
  let digits: DigitsLive;
  let consumer: AccountView;
  let url = '';
  before(async () => {
    network = await startNetwork({ workers: 1 });
    digits = await digitsLive(network);
    consumer = await network.as('consumer').account();
    url = `${network.workers[0]!.endpoint}/v2/models/digits/infer`;
  });
  after(async () => {
    const { code } = (await network?.stop()) ?? { code: null };
    await removeFolder(network?.home ?? '');
    assert.equal(code, 0);
  });

  const ledger = (): Promise<Ledger> => readLedger(network.rpcUrl, consumer.reading.addresses);
  /** A signed escrow payment for one input, as any client can make it. */
  async function escrow(input: Tensor): Promise<{ jobId: Digest; header: string }> {
    const { addresses, chainId } = consumer.reading;
    const expiresAt = (await consumer.settlement.chainTime()) + 300n;
    const terms: JobTerms = {
      client: consumer.address,
      worker: network.workers[0]!.owner,
      versionId: digits.version.versionId,
      inputRoot: tensorCommitment(input, { sha256 }),
      feeWei: FEE,
      expiresAt,
      evaluator: addresses.jobCourt,
      salt: toHex(randomBytes(32)) as Digest,
    };
    const jobId = jobIdOf(terms, chainId, addresses.market);
    const authorization = {
      from: terms.client,
      to: addresses.market,
      value: FEE,
      validAfter: 0n,
      validBefore: expiresAt,
      nonce: jobId,
    };
    const signature = await consumer.signer.signTypedData(
      authorizationData('Receive', authorization, { chainId, token: addresses.token }),
    );
    const payment = { scheme: ESCROW_SCHEME, terms, validAfter: 0n, validBefore: expiresAt, signature } as const;
    return { jobId, header: Buffer.from(JSON.stringify(escrowPayload(payment, chainId))).toString('base64') };
  }
  const body = (input: Tensor): string =>
    JSON.stringify({
      inputs: [
        { name: digits.program.input.name, shape: input.dims, datatype: 'UINT8', data: [...input.data].map(Number) },
      ],
    });
  const ask = (input: Tensor, header: string): Promise<Response> =>
    fetch(url, post(body(input), { 'payment-signature': header }));
  const completed = (jobId: Digest) =>
    until(async () => (await consumer.settlement.jobStates([jobId]))[0] === 'completed', `${jobId} completes`, 30_000);
  const expected = (input: Tensor): number[] => [...runProgram(digits.program, input).output.data].map(Number);
  function checkReceipt(signed: SignedReceipt, input: Tensor, output: readonly number[], jobId: Digest): void {
    const { receipt } = signed;
    assert.equal(receipt.jobId, jobId);
    assert.equal(receipt.inputRoot, tensorCommitment(input, { sha256 }));
    const claimed = tensor('int32', [1, output.length], Int32Array.from(output));
    assert.equal(receipt.outputRoot, tensorCommitment(claimed, { sha256 }));
    assert.equal(receipt.programRoot, digits.version.programRoot);
  }
  const hotKey = async (): Promise<Address> => (await consumer.directory.workers())[0]!.hotKey;

  it('serves one of 100 parallel copies of an escrow payment, answers 409 to the rest, opens one job (K6)', async (t) => {
    const input = digits.input(0);
    const { jobId, header } = await escrow(input);
    const before = await ledger();
    const begun = performance.now();
    const responses = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const response = await ask(input, header);
        return { status: response.status, text: await response.text(), headers: response.headers };
      }),
    );
    t.diagnostic(`100 copies answered in ${(performance.now() - begun).toFixed(0)} ms`);
    const statuses = responses.map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 200).length, 1, statuses.join());
    assert.equal(statuses.filter((status) => status === 409).length, 99, statuses.join());
    for (const { status, text } of responses)
      if (status === 409) assert.equal((JSON.parse(text) as { code: string }).code, 'PAYMENT_REPLAYED');
    await completed(jobId);
    assert.equal((await ask(input, header)).status, 409, 'also after it was settled');
    const later = await ledger();
    assert.equal(later.jobs.size - before.jobs.size, 1);
    assert.equal(later.jobs.get(jobId)?.end, 'completed');
    const client = consumer.address.toLowerCase() as Address;
    assert.equal(before.balances.get(client)! - later.balances.get(client)!, FEE);
  });

  it('takes binary tensors through the escrow scheme, and answers in binary', async () => {
    const input = digits.input(1);
    const { jobId, header } = await escrow(input);
    const request = binaryRequest(
      {
        id: 'binary-1',
        inputs: [
          {
            name: digits.program.input.name,
            shape: input.dims,
            datatype: 'UINT8',
            parameters: { binary_data_size: tensorBytes(input).length },
          },
        ],
        parameters: { binary_data_output: true },
      },
      tensorBytes(input),
    );
    const response = await fetch(url, {
      ...request,
      headers: { ...(request.headers as Record<string, string>), 'payment-signature': header },
    });
    assert.equal(response.status, 200, await response.clone().text());
    const { json, binary } = await binaryAnswer(response);
    const values = new Int32Array(binary.buffer, binary.byteOffset, binary.byteLength / 4);
    assert.deepEqual([...values], expected(input));
    const { id, parameters } = json as { id: string; parameters: { receipt: string } };
    assert.equal(id, 'binary-1');
    const signed = decodeReceipt(parameters.receipt);
    checkReceipt(signed, input, [...values], jobId);
    verifyReceipt(signed, await hotKey());
    await completed(jobId);
    assert.equal((await ledger()).jobs.get(jobId)?.deliverable, toHex(receiptDigest(signed.receipt, signed.domain)));
  });

  it('tells a client without a payment what both schemes cost', async () => {
    const response = await fetch(url, post(body(digits.input(2))));
    assert.equal(response.status, 402);
    const told = JSON.parse(Buffer.from(response.headers.get('payment-required')!, 'base64').toString()) as {
      accepts: { scheme: string; amount: string }[];
    };
    assert.deepEqual(
      told.accepts.map(({ scheme, amount }) => [scheme, amount]),
      [
        ['exact', String(FEE)],
        ['assay-escrow', String(FEE)],
      ],
    );
  });

  it('serves the stock x402 client: tensors, receipt, PAYMENT-RESPONSE; the till is collected and split', async (t) => {
    const account = await consumerKey(network);
    let header = '';
    const paidFetch = stockClient(account, (sent) => {
      header = sent;
    });
    const input = digits.input(3);
    const before = await ledger();
    const begun = performance.now();
    const response = await paidFetch(url, post(body(input)));
    t.diagnostic(`402, sign, pay, settle, answer: ${(performance.now() - begun).toFixed(0)} ms`);
    assert.equal(response.status, 200, await response.clone().text());
    const answer = (await response.json()) as { outputs: [{ data: number[] }]; parameters: { receipt: string } };
    assert.deepEqual(answer.outputs[0].data, expected(input));
    const settled = JSON.parse(Buffer.from(response.headers.get('payment-response')!, 'base64').toString()) as {
      success: boolean;
      transaction: Hex;
      network: string;
      payer: string;
    };
    assert.deepEqual(
      [settled.success, settled.network, settled.payer.toLowerCase()],
      [true, 'eip155:31337', account.address.toLowerCase()],
    );
    const mined = await consumer.reading.client.getTransactionReceipt({ hash: settled.transaction });
    assert.equal(mined.status, 'success');
    const signed = decodeReceipt(answer.parameters.receipt);
    verifyReceipt(signed, await hotKey());
    checkReceipt(signed, input, answer.outputs[0].data, signed.receipt.jobId);
    const again = await fetch(url, post(body(input), { 'payment-signature': header }));
    assert.equal(again.status, 409, 'the same payment buys nothing more');
    await again.body?.cancel();

    const { owner } = network.workers[0]!;
    const till = await consumer.settlement.tillOf(owner, digits.version.versionId);
    const paid = await ledger();
    assert.equal(paid.balances.get(till.toLowerCase() as Address), FEE, 'the money is in the till');
    // Anybody may collect; the worker's own sweep does it once a minute.
    await createSettlement(consumer.writing).collect(owner, digits.version.versionId);
    const after = await ledger();
    const gained = (who: string): bigint =>
      (after.earned.get(who.toLowerCase() as Address) ?? 0n) - (before.earned.get(who.toLowerCase() as Address) ?? 0n);
    const author = await network.as('author').keys.addressOf('author');
    assert.deepEqual(
      [gained(owner), gained(author), gained(consumer.reading.addresses.timelock)],
      [(FEE * 80n) / 100n, (FEE * 15n) / 100n, (FEE * 5n) / 100n],
    );
    assert.equal(after.balances.get(till.toLowerCase() as Address), 0n);
  });

  it('serves an agent with the stock clients of MCP and x402: terms, payment in _meta, receipt, one answer a payment', async (t) => {
    const client = new Client({ name: 'agent', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url)));
    try {
      const input = digits.input(5);
      const { inputs } = JSON.parse(body(input)) as { inputs: unknown };
      const run = (payment?: object) =>
        client.callTool({
          name: 'run_inference',
          arguments: { model: 'digits', inputs },
          ...(payment === undefined ? {} : { _meta: { 'x402/payment': payment } }),
        });
      const refused = async (payment: object, code: RegExp): Promise<void> => {
        const result = await run(payment);
        assert.equal(result.isError, true);
        assert.match(JSON.stringify(result.structuredContent), code);
      };
      const told = await run();
      assert.equal(told.isError, true);
      const terms = told.structuredContent as unknown as PaymentRequired;
      const quoted = await client.callTool({ name: 'quote', arguments: { model: 'digits' } });
      assert.deepEqual(quoted.structuredContent, terms);
      const key = await consumerKey(network);
      const before = await ledger();
      const begun = performance.now();
      const payment = await x402Of(key).createPaymentPayload(terms);
      const paid = await run(payment);
      t.diagnostic(`sign, pay, settle, answer: ${(performance.now() - begun).toFixed(0)} ms`);
      assert.equal(paid.isError, undefined, JSON.stringify(paid.content));
      const answer = paid.structuredContent as unknown as {
        outputs: [{ data: number[] }];
        parameters: { receipt: string };
      };
      assert.deepEqual(answer.outputs[0].data, expected(input));
      const signed = decodeReceipt(answer.parameters.receipt);
      verifyReceipt(signed, await hotKey());
      checkReceipt(signed, input, answer.outputs[0].data, signed.receipt.jobId);
      const settled = paid._meta?.['x402/payment-response'] as { success: boolean; payer: string };
      assert.deepEqual([settled.success, settled.payer.toLowerCase()], [true, key.address.toLowerCase()]);
      const receiptFacts = { receipt: answer.parameters.receipt, hot_key: await hotKey() };
      const [asked] = inputs as [object];
      const [output] = answer.outputs;
      const verdict = await client.callTool({
        name: 'verify_receipt',
        arguments: { ...receiptFacts, input: asked, output },
      });
      assert.equal((verdict.structuredContent as { valid: boolean }).valid, true);
      const lied = { ...output, data: output.data.map((logit) => logit + 1) };
      const caught = await client.callTool({ name: 'verify_receipt', arguments: { ...receiptFacts, output: lied } });
      assert.equal((caught.structuredContent as { valid: boolean }).valid, false);

      await refused(payment, /PAYMENT_REPLAYED/);
      const dear = structuredClone(terms);
      for (const offer of dear.accepts) offer.amount = '1';
      await refused(await x402Of(key).createPaymentPayload(dear), /it pays 1 wei/);
      const poor = privateKeyToAccount(toHex(randomBytes(32)));
      await refused(await x402Of(poor).createPaymentPayload(terms), /holds 0 wei/);
      const escrowed = await escrow(digits.input(6));
      await refused(JSON.parse(Buffer.from(escrowed.header, 'base64').toString()), /it pays for input/);
      const late = await ledger();
      const payer = consumer.address.toLowerCase() as Address;
      assert.equal(before.balances.get(payer)! - late.balances.get(payer)!, FEE, 'one answer was paid, once');
    } finally {
      await client.close();
    }
  });

  it('tells the stock client of an empty account why it is not served', async () => {
    const paidFetch = stockClient(privateKeyToAccount(toHex(randomBytes(32))));
    const refused = await paidFetch(url, post(body(digits.input(4))));
    assert.equal(refused.status, 402);
    const told = JSON.parse(Buffer.from(refused.headers.get('payment-required')!, 'base64').toString()) as {
      error: string;
    };
    assert.match(told.error, /holds 0 wei/);
  });
});

/** The keystore opens in another implementation, too. */
async function consumerKey({ home }: TestNetwork): Promise<PrivateKeyAccount> {
  const password = readFileSync(join(home, 'password'), 'utf8').trim();
  const keystore = readFileSync(join(home, 'keys', 'consumer.json'), 'utf8');
  const { privateKey } = await Wallet.fromEncryptedJson(keystore, password);
  return privateKeyToAccount(privateKey as Hex);
}

const post = (json: string, headers: Readonly<Record<string, string>> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: json,
});

const x402Of = (account: PrivateKeyAccount): x402Client =>
  x402Client.fromConfig({
    schemes: [{ network: 'eip155:31337', client: new ExactEvmScheme(account) }],
    spendControls: false,
  });

/** @x402/fetch as it comes from npm; `onPayment` hears of every PAYMENT-SIGNATURE header that leaves. */
function stockClient(account: PrivateKeyAccount, onPayment: (header: string) => void = () => undefined): typeof fetch {
  const listening = (async (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(input, init);
    const header = request.headers.get('payment-signature');
    if (header !== null) onPayment(header);
    return fetch(request);
  }) as typeof fetch;
  return wrapFetchWithPayment(listening, x402Of(account)) as typeof fetch;
}
