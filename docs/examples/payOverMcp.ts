// An agent's way to one answer: finds the tool, learns the price, signs one payment, calls again. Stock clients of the
// Model Context Protocol and of x402; no code of Assay runs here.
// Usage: node docs/examples/payOverMcp.ts <home> <worker url>
// <home> holds deployment.json, keys/consumer.json and password, as the local network's folder does.
import { readFile } from 'node:fs/promises';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { x402Client } from '@x402/core/client';
import type { PaymentRequired } from '@x402/core/types';
import { ExactEvmScheme } from '@x402/evm';
import { Wallet } from 'ethers';
import { privateKeyToAccount } from 'viem/accounts';

const [home = '', worker = ''] = process.argv.slice(2);
const { chainId, addresses } = JSON.parse(await readFile(`${home}/deployment.json`, 'utf8'));
const [password = ''] = (await readFile(`${home}/password`, 'utf8')).split('\n');
const wallet = await Wallet.fromEncryptedJson(await readFile(`${home}/keys/consumer.json`, 'utf8'), password);
const network = `eip155:${chainId}` as const;
const payer = x402Client.fromConfig({
  schemes: [{ network, client: new ExactEvmScheme(privateKeyToAccount(wallet.privateKey as `0x${string}`)) }],
  // At most 0.01 ASSAY a call.
  spendControls: { allowedAssets: [{ network, asset: addresses.token, maxAmountPerPayment: '10000000000000000' }] },
});

const client = new Client({ name: 'agent', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', worker)));
const { tools } = await client.listTools();
console.log(`tools: ${tools.map(({ name }) => name).join(', ')}`);

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
const call = {
  name: 'run_inference',
  arguments: { model: 'digits', inputs: [{ name: 'x', shape: [1, 64], datatype: 'FP32', data: image.flat() }] },
};
// The first call is refused and brings the terms; the second brings the payment.
const terms = (await client.callTool(call)).structuredContent as unknown as PaymentRequired;
const payment = await payer.createPaymentPayload(terms);
const result = await client.callTool({ ...call, _meta: { 'x402/payment': payment } });
if (result.isError) throw new Error(JSON.stringify(result.structuredContent));

const answer = result.structuredContent as { outputs: { data: number[] }[]; parameters: { receipt: string } };
const logits = answer.outputs[0]?.data ?? [];
const paid = result._meta?.['x402/payment-response'] as { payer: string; transaction: string };
console.log(`the digit is ${logits.indexOf(Math.max(...logits))}`);
console.log(`${paid.payer} paid in transaction ${paid.transaction}`);
console.log(`receipt ${answer.parameters.receipt}`);
await client.close();
