// Pays for one answer with the stock x402 client (scheme `exact`): no code of Assay runs here.
// Usage: node docs/examples/payWithX402.ts <home> <worker url>
// <home> holds deployment.json, keys/consumer.json and password, as the local network's folder does.
import { readFile } from 'node:fs/promises';
import { ExactEvmScheme } from '@x402/evm';
import { decodePaymentResponseHeader, wrapFetchWithPaymentFromConfig } from '@x402/fetch';
import { Wallet } from 'ethers';
import { privateKeyToAccount } from 'viem/accounts';

const [home = '', worker = ''] = process.argv.slice(2);
const { chainId, addresses } = JSON.parse(await readFile(`${home}/deployment.json`, 'utf8'));

// A key of Assay is a Web3 keystore, so any wallet opens it.
const [password = ''] = (await readFile(`${home}/password`, 'utf8')).split('\n');
const wallet = await Wallet.fromEncryptedJson(await readFile(`${home}/keys/consumer.json`, 'utf8'), password);
const account = privateKeyToAccount(wallet.privateKey as `0x${string}`);

const network = `eip155:${chainId}` as const;
const paidFetch = wrapFetchWithPaymentFromConfig(fetch, {
  schemes: [{ network, client: new ExactEvmScheme(account) }],
  // The client pays in well-known tokens only, unless told otherwise: at most 0.01 ASSAY a call here.
  spendControls: { allowedAssets: [{ network, asset: addresses.token, maxAmountPerPayment: '10000000000000000' }] },
});

// One 8x8 image of a handwritten digit, grey levels 0 to 16.
const image = [
  [0, 0, 6, 14, 10, 0, 0, 0],
  [0, 2, 15, 8, 15, 3, 0, 0],
  [0, 0, 2, 0, 13, 5, 0, 0],
  [0, 0, 0, 2, 15, 2, 0, 0],
  [0, 0, 0, 9, 9, 0, 0, 0],
  [0, 0, 4, 14, 1, 0, 0, 0],
  [0, 0, 13, 12, 8, 10, 4, 0],
  [0, 0, 7, 14, 13, 10, 5, 0],
];

const response = await paidFetch(`${worker}/v2/models/digits/infer`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ inputs: [{ name: 'x', shape: [1, 64], datatype: 'FP32', data: image.flat() }] }),
});
if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);

const answer = (await response.json()) as { outputs: { data: number[] }[]; parameters: { receipt: string } };
const logits = answer.outputs[0]?.data ?? [];
const paid = decodePaymentResponseHeader(response.headers.get('payment-response') ?? '');
console.log(`the digit is ${logits.indexOf(Math.max(...logits))}`);
console.log(`${paid.payer} paid in transaction ${paid.transaction}`);
console.log(`receipt ${answer.parameters.receipt}`);
