import type { Page } from 'playwright-core';
import { createWalletClient, type Hex, http, type TransactionSerializableEIP1559 } from 'viem';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';

/** What the wallet's user does with the next prompts. */
export type Answer = 'approve' | 'reject';

export interface InjectedWalletOptions {
  readonly rpc: string;
  readonly key: Hex;
  readonly name?: string;
  readonly rdns?: string;
  readonly icon?: string;
  /** Chain that the wallet is on at first. @default 31337 */
  readonly chainId?: number;
  /** Chains that it knows; others are refused with 4902 until they are added. */
  readonly knownChains?: readonly number[];
}

interface Call {
  readonly to?: Hex;
  readonly data?: Hex;
  readonly value?: Hex;
  readonly gas?: Hex;
}

class Refusal extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

let installed = 0;
const PNG =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/**
 * A browser wallet as pages meet it: announced by EIP-6963, with prompts that are answered by the test, and a real key that
 * signs for a real chain. Its page side only passes messages.
 */
export class InjectedWallet {
  /** Every prompt that the user saw: the method that caused it. */
  readonly prompts: string[] = [];
  answer: Answer = 'approve';
  chainId: number;
  readonly #knownChains: Set<number>;
  readonly #options: InjectedWalletOptions;
  readonly #id = ++installed;
  #account: PrivateKeyAccount;
  #isConnected = false;
  #page: Page | undefined;
  /** What was sent last, to replace it. */
  #last: TransactionSerializableEIP1559 | undefined;

  constructor(options: InjectedWalletOptions) {
    this.#options = options;
    this.#account = privateKeyToAccount(options.key);
    this.chainId = options.chainId ?? foundry.id;
    this.#knownChains = new Set(options.knownChains ?? [this.chainId, foundry.id]);
  }

  get address(): Hex {
    return this.#account.address;
  }

  get name(): string {
    return this.#options.name ?? 'Test Wallet';
  }

  /** Call before the page is opened. */
  async install(page: Page): Promise<void> {
    this.#page = page;
    const bridge = `__wallet${this.#id}`;
    await page.exposeFunction(bridge, (method: string, params: unknown[]) => this.#answerTo(method, params));
    const info = {
      uuid: `00000000-0000-4000-8000-${String(this.#id).padStart(12, '0')}`,
      name: this.name,
      icon: this.#options.icon ?? PNG,
      rdns: this.#options.rdns ?? `example.wallet${this.#id}`,
    };
    await page.addInitScript(pageSide, { bridge, info });
  }

  /** The user turns to another network in the wallet itself. */
  async moveTo(chainId: number): Promise<void> {
    this.chainId = chainId;
    await this.#emit('chainChanged', `0x${chainId.toString(16)}`);
  }

  /** The user turns to another account in the wallet itself. */
  async useKey(key: Hex): Promise<void> {
    this.#account = privateKeyToAccount(key);
    await this.#emit('accountsChanged', [this.address]);
  }

  /** The user presses "speed up": the same call and nonce at a higher price. */
  speedUp(): Promise<Hex> {
    return this.#replace({});
  }

  /** The user presses "cancel": nothing to himself with the same nonce. */
  cancel(): Promise<Hex> {
    return this.#replace({ to: this.address, data: '0x', value: 0n, gas: 21_000n });
  }

  /** Something else entirely with the same nonce. */
  replaceWith(to: Hex): Promise<Hex> {
    return this.#replace({ to, data: '0x', value: 1n, gas: 21_000n });
  }

  async #replace(change: Partial<TransactionSerializableEIP1559>): Promise<Hex> {
    const last = this.#last!;
    return this.#sendRaw({
      ...last,
      ...change,
      maxFeePerGas: last.maxFeePerGas! * 2n,
      maxPriorityFeePerGas: last.maxPriorityFeePerGas! * 2n,
    });
  }

  async #answerTo(method: string, params: unknown[]): Promise<{ result?: unknown; error?: unknown }> {
    try {
      return { result: await this.#request(method, params) };
    } catch (error) {
      const { code = -32_603, message, data } = error as { code?: number; message: string; data?: unknown };
      return { error: { code, message, data } };
    }
  }

  #prompt(method: string): void {
    this.prompts.push(method);
    if (this.answer === 'reject') throw new Refusal(4001, 'User rejected the request.');
  }

  async #request(method: string, params: unknown[]): Promise<unknown> {
    switch (method) {
      case 'wallet_requestPermissions':
        throw new Refusal(4200, 'unknown method');
      case 'wallet_revokePermissions':
        this.#isConnected = false;
        return null;
      case 'eth_requestAccounts':
        if (!this.#isConnected) this.#prompt(method);
        this.#isConnected = true;
        return [this.address];
      case 'eth_accounts':
        return this.#isConnected ? [this.address] : [];
      case 'eth_chainId':
        return `0x${this.chainId.toString(16)}`;
      case 'wallet_switchEthereumChain':
        return this.#switch(Number((params[0] as { chainId: Hex }).chainId));
      case 'wallet_addEthereumChain':
        this.#prompt(method);
        this.#knownChains.add(Number((params[0] as { chainId: Hex }).chainId));
        await this.moveTo(Number((params[0] as { chainId: Hex }).chainId));
        return null;
      case 'eth_sendTransaction':
        this.#prompt(method);
        return this.#send(params[0] as Call);
      case 'eth_signTypedData_v4':
        this.#prompt(method);
        return this.#account.signTypedData(JSON.parse(String(params[1])));
      default:
        return this.#rpc(method, params);
    }
  }

  async #switch(chainId: number): Promise<null> {
    if (!this.#knownChains.has(chainId)) throw new Refusal(4902, 'Unrecognized chain ID');
    this.#prompt('wallet_switchEthereumChain');
    await this.moveTo(chainId);
    return null;
  }

  async #send(call: Call): Promise<Hex> {
    const [nonce, block] = await Promise.all([
      this.#rpc<Hex>('eth_getTransactionCount', [this.address, 'pending']),
      this.#rpc<{ baseFeePerGas: Hex }>('eth_getBlockByNumber', ['latest', false]),
    ]);
    const tip = 1_000_000_000n;
    this.#last = {
      type: 'eip1559',
      chainId: this.chainId,
      nonce: Number(nonce),
      ...(call.to === undefined ? {} : { to: call.to }),
      data: call.data ?? '0x',
      value: BigInt(call.value ?? 0),
      gas: BigInt(call.gas ?? 1_000_000),
      maxPriorityFeePerGas: tip,
      maxFeePerGas: BigInt(block.baseFeePerGas) * 2n + tip,
    };
    return this.#sendRaw(this.#last);
  }

  async #sendRaw(transaction: TransactionSerializableEIP1559): Promise<Hex> {
    const raw = await this.#account.signTransaction(transaction);
    return this.#rpc<Hex>('eth_sendRawTransaction', [raw]);
  }

  #rpc<T>(method: string, params: unknown[]): Promise<T> {
    const client = createWalletClient({ chain: foundry, transport: http(this.#options.rpc, { retryCount: 0 }) });
    return client.request({ method, params } as never) as Promise<T>;
  }

  async #emit(event: string, value: unknown): Promise<void> {
    await this.#page?.evaluate(
      ([name, detail]) =>
        (globalThis as unknown as EventTarget).dispatchEvent(new CustomEvent(name as string, { detail })),
      [`__wallet${this.#id}:${event}`, value] as const,
    );
  }
}

/** Runs in the page before its own scripts: an EIP-1193 provider, announced when asked (EIP-6963). */
function pageSide({ bridge, info }: { bridge: string; info: object }): void {
  type Listener = (value: unknown) => void;
  const scope = globalThis as unknown as Record<string, (method: string, params: unknown) => Promise<Reply>> &
    EventTarget;
  interface Reply {
    readonly result?: unknown;
    readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
  }
  const listeners = new Map<string, Set<Listener>>();
  for (const event of ['accountsChanged', 'chainChanged'])
    scope.addEventListener(`${bridge}:${event}`, (happened) => {
      for (const listener of listeners.get(event) ?? []) listener((happened as CustomEvent).detail);
    });
  const provider = {
    async request({ method, params = [] }: { method: string; params?: unknown }): Promise<unknown> {
      const { result, error } = await scope[bridge]!(method, params);
      if (error === undefined) return result;
      throw Object.assign(new Error(error.message), error);
    },
    on(event: string, listener: Listener): void {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
    },
    removeListener(event: string, listener: Listener): void {
      listeners.get(event)?.delete(listener);
    },
  };
  const announce = (): boolean =>
    scope.dispatchEvent(
      new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info: Object.freeze(info), provider }) }),
    );
  scope.addEventListener('eip6963:requestProvider', announce);
  announce();
}
