import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { x402Client } from '@x402/core/client';
import { x402Facilitator } from '@x402/core/facilitator';
import type { PaymentPayload, PaymentRequirements } from '@x402/core/types';
import { toFacilitatorEvmSigner } from '@x402/evm';
import { ExactEvmScheme } from '@x402/evm/exact/client';
import { registerExactEvmScheme } from '@x402/evm/exact/facilitator';
import { wrapFetchWithPayment } from '@x402/fetch';
import { type Address, publicActions } from 'viem';
import { type Deployment, deploy } from '../../node/chain/deploy.ts';
import { assayTokenAbi, jobMarketAbi, modelRegistryAbi } from '../../node/chain/generated/contracts.ts';
import { ANVIL_KEYS, type Anvil, ELECTORATE, publicClientOf, startAnvil, walletClientOf } from '../helpers/anvil.ts';

const NETWORK = 'eip155:31337';
const PRICE = 10_000n;
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

/** A stranger's stock x402 client and a stock facilitator pay with our token, into the till of (worker, version). */
describe('x402 exact with the stock client and facilitator', () => {
  let anvil: Anvil;
  let deployment: Deployment;
  let server: Server;
  let till: Address;
  const client = () => publicClientOf(anvil.url);
  const [deployer, payer, author, worker, relayer] = [0, 1, 2, 3, 4].map(
    (index) => () => walletClientOf(anvil.url, ANVIL_KEYS[index]!),
  ) as [Wallet, Wallet, Wallet, Wallet, Wallet];
  type Wallet = () => ReturnType<typeof walletClientOf>;
  const received: string[] = [];

  const mined = async (hash: Promise<`0x${string}`>): Promise<void> => {
    assert.equal((await client().waitForTransactionReceipt({ hash: await hash })).status, 'success');
  };

  before(async () => {
    anvil = await startAnvil();
    const allocations = [ELECTORATE, { recipient: payer().account.address, amountWei: 10n ** 24n }];
    deployment = await deploy({ publicClient: client(), walletClient: deployer(), profile: 'dev', allocations });
    const { market, models } = deployment.addresses;
    await mined(
      author().writeContract({
        address: models,
        abi: modelRegistryAbi,
        functionName: 'registerModel',
        args: ['digits', ''],
      }),
    );
    const version = {
      cid: 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy',
      sha256Hash: `0x${'11'.repeat(32)}`,
      programRoot: `0x${'22'.repeat(32)}`,
      sizeBytes: 1n,
      licence: 'MIT',
      cardCid: '',
      parents: [],
    } as const;
    await mined(
      author().writeContract({
        address: models,
        abi: modelRegistryAbi,
        functionName: 'publishVersion',
        args: [1n, version],
      }),
    );
    till = await client().readContract({
      address: market,
      abi: jobMarketAbi,
      functionName: 'tillOf',
      args: [worker().account.address, 1n],
    });
    server = await paidServer();
  });

  after(async () => {
    server.close();
    await anvil.stop();
  });

  /** Answers 402 until a payment is there, then verifies and settles it with the stock facilitator. */
  async function paidServer(): Promise<Server> {
    const facilitator = new x402Facilitator();
    const wallet = relayer().extend(publicActions);
    const signer = toFacilitatorEvmSigner(Object.assign(wallet, { address: relayer().account.address }) as never);
    registerExactEvmScheme(facilitator, { signer, networks: NETWORK });
    const requirements: PaymentRequirements = {
      scheme: 'exact',
      network: NETWORK,
      amount: PRICE.toString(),
      asset: deployment.addresses.token,
      payTo: till,
      maxTimeoutSeconds: 60,
      extra: { name: 'Assay', version: '1', assetTransferMethod: 'eip3009' },
    };
    const http = createServer(async (request, response) => {
      const header = request.headers['payment-signature'];
      if (typeof header !== 'string') {
        const required = { x402Version: 2, error: 'pay', resource: { url: 'http://test/' }, accepts: [requirements] };
        response.writeHead(402, { 'payment-required': base64(required) }).end();
        return;
      }
      const payload = JSON.parse(Buffer.from(header, 'base64').toString()) as PaymentPayload;
      const verified = await facilitator.verify(payload, requirements);
      if (!verified.isValid) {
        response.writeHead(402, { 'x-reason': verified.invalidReason ?? '' }).end();
        return;
      }
      const settled = await facilitator.settle(payload, requirements);
      received.push(header);
      response
        .writeHead(settled.success ? 200 : 402, {
          'payment-response': base64(settled),
          'x-reason': settled.errorReason ?? '',
        })
        .end('answer');
    });
    await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
    return http;
  }

  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const balance = (account: Address): Promise<bigint> =>
    client().readContract({
      address: deployment.addresses.token,
      abi: assayTokenAbi,
      functionName: 'balanceOf',
      args: [account],
    });
  const credit = (account: Address): Promise<bigint> =>
    client().readContract({
      address: deployment.addresses.market,
      abi: jobMarketAbi,
      functionName: 'creditOf',
      args: [account],
    });

  it('pays into the till with one signature and no gas of the payer', async () => {
    const scheme = new ExactEvmScheme(payer().account);
    const stock = x402Client.fromConfig({ schemes: [{ network: NETWORK, client: scheme }], spendControls: false });
    const ether = await client().getBalance({ address: payer().account.address });
    const response = await wrapFetchWithPayment(fetch, stock)(url());
    assert.equal(response.status, 200, response.headers.get('x-reason') ?? '');
    assert.equal(await response.text(), 'answer');
    const settled = JSON.parse(Buffer.from(response.headers.get('payment-response')!, 'base64').toString());
    assert.equal(settled.success, true);
    assert.equal(await balance(till), PRICE);
    assert.equal(await client().getBalance({ address: payer().account.address }), ether);
  });

  it('refuses the same payment a second time', async () => {
    const again = await fetch(url(), { headers: { 'payment-signature': received[0]! } });
    assert.equal(again.status, 402);
    assert.equal(await balance(till), PRICE);
  });

  it('shares the till between worker, author and treasury, to the wei', async () => {
    await mined(
      relayer().writeContract({
        address: deployment.addresses.market,
        abi: jobMarketAbi,
        functionName: 'collect',
        args: [worker().account.address, 1n],
      }),
    );
    assert.equal(await balance(till), 0n);
    assert.equal(await credit(worker().account.address), (PRICE * 80n) / 100n);
    assert.equal(await credit(author().account.address), (PRICE * 15n) / 100n);
    assert.equal(await credit(deployment.addresses.timelock), (PRICE * 5n) / 100n);
  });
});
