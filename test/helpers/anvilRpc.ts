import { type Anvil, type AnvilOptions, startAnvil } from '../../node/chain/anvil.ts';
import { Rpc } from '../../node/chain/rpc/rpc.ts';
import type { Address, Digest, Hex } from '../../node/core/codec/hex.ts';
import type { Log } from '../../node/ports/Log.ts';
import { counterBytecode } from './counterContract.ts';

/** Keeps what is logged, for tests to look at. */
export function memoryLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const write =
    (level: string) =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      const shown = Object.entries(fields).map(
        ([key, value]) => `${key}=${value instanceof Error ? value.message : value}`,
      );
      lines.push(`${level} ${event} ${shown.join(' ')}`);
    };
  const log = { lines, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  return { ...log, child: () => ({ ...log, child: () => memoryLog() }) };
}

/** anvil's well-known development phrase gives these accounts 10,000 ether each; only the first is used here. */
export const RICH: Address = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';
export const RICH_KEY = 'ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';

export interface TestChain {
  readonly anvil: Anvil;
  readonly rpc: Rpc;
  readonly chain: { readonly chainId: number; readonly genesisHash: Digest };
  call(method: string, params?: readonly unknown[]): Promise<unknown>;
  /** A contract of {@link counterBytecode}. */
  deployCounter(): Promise<Address>;
  fund(account: Address, ether?: bigint): Promise<void>;
  mine(blocks?: number): Promise<void>;
}

export async function startTestChain(options: AnvilOptions = {}): Promise<TestChain> {
  const anvil = await startAnvil(options);
  const rpc = new Rpc({ urls: [anvil.url] });
  const { hash: genesisHash } = (await rpc.request('eth_getBlockByNumber', ['0x0', false])) as { hash: Digest };
  const call = (method: string, params: readonly unknown[] = []): Promise<unknown> => rpc.request(method, params);
  return {
    anvil,
    rpc,
    chain: { chainId: 31337, genesisHash },
    call,
    async deployCounter() {
      const hash = await call('eth_sendTransaction', [{ from: RICH, data: counterBytecode }]);
      const receipt = await until(() => call('eth_getTransactionReceipt', [hash]), 'the counter is deployed');
      return (receipt as { contractAddress: Address }).contractAddress;
    },
    async fund(account, ether = 1000n) {
      await call('anvil_setBalance', [account, `0x${(ether * 10n ** 18n).toString(16)}` as Hex]);
    },
    async mine(blocks = 1) {
      await call('anvil_mine', [`0x${blocks.toString(16)}`]);
    },
  };
}

/** Polls until `look` gives something truthy. */
export async function until<T>(look: () => Promise<T> | T, what: string, ms = 15_000): Promise<NonNullable<T>> {
  const end = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 15));
  }
}
