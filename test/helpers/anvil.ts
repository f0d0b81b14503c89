import { type ChildProcess, spawn } from 'node:child_process';
import {
  type Chain,
  createPublicClient,
  createTestClient,
  createWalletClient,
  type Hex,
  type HttpTransport,
  http,
  type PublicClient,
  type TestClient,
  type WalletClient,
} from 'viem';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { anvilBinary } from '../../node/chain/anvilBinary.ts';

/** The first keys of anvil's public test mnemonic: worthless everywhere else. */
export const ANVIL_KEYS: readonly Hex[] = [
  '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
  '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a',
  '0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6',
  '0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a',
  '0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba',
];

/** Holders whom a test does not care about; without them no quorum could be reached. */
export const ELECTORATE = {
  recipient: '0x00000000000000000000000000000000000e1ec7',
  amountWei: 40_000_000n * 10n ** 18n,
} as const;

export interface Anvil {
  readonly url: string;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** A fresh chain on a free loopback port. Stop it in `after`. */
export async function startAnvil(args: readonly string[] = []): Promise<Anvil> {
  const child = spawn(anvilBinary(), ['--port', '0', '--host', '127.0.0.1', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  const port = await new Promise<string>((done, fail) => {
    let output = '';
    child.once('error', fail);
    child.once('exit', (code) => fail(new Error(`anvil ended with ${code}: ${output}`)));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const found = /Listening on 127\.0\.0\.1:(\d+)/.exec(output)?.[1];
      if (found !== undefined) done(found);
    });
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return { url: `http://127.0.0.1:${port}`, process: child, stop };
}

const POLL_MS = 20;

export const publicClientOf = (url: string): PublicClient<HttpTransport, Chain> =>
  createPublicClient({ chain: foundry, transport: http(url), pollingInterval: POLL_MS, cacheTime: 0 });

/** A wallet with one of anvil's funded keys. */
export const walletClientOf = (
  url: string,
  key: Hex = ANVIL_KEYS[0]!,
): WalletClient<HttpTransport, Chain, PrivateKeyAccount> =>
  createWalletClient({
    account: privateKeyToAccount(key),
    chain: foundry,
    transport: http(url),
    pollingInterval: POLL_MS,
  });

/** Time travel and impersonation. */
export const testClientOf = (url: string): TestClient<'anvil', HttpTransport, Chain> =>
  createTestClient({ mode: 'anvil', chain: foundry, transport: http(url) });
