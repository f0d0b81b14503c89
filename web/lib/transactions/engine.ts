import type { Address, Hex } from '../../../node/core/codec/hex.ts';
import type { SiteConfig } from '../config.ts';
import { isRejection, type Problem, ProblemError, problemOf } from '../problem.ts';
import { problemOfCall } from '../refusal.ts';
import { rpcRequest } from '../rpc.ts';
import type { WalletStore } from '../wallet/store.ts';
import type { SignaturePlan, TransactionPlan } from './plan.ts';
import type { Prepared } from './prepare.ts';
import { type EngineState, KEY, type Sent, type SignatureRequest, type TransactionRequest } from './store.ts';
import { keep, MAX_INPUT_CHARS, parseTracked, type TrackedTransaction } from './tracked.ts';
import { rpcOf, Watcher } from './watch.ts';

const LOOK_LOCAL_MS = 800;
const LOOK_MS = 4000;
const quantity = (value: bigint): Hex => `0x${value.toString(16)}`;
const isHash = (value: unknown): value is Hex => typeof value === 'string' && /^0x[0-9a-fA-F]{64}$/.test(value);

/** JSON of EIP-712 data as wallets want it: numbers in decimal text, the domain's type spelled out. */
export function typedDataJson({ domain, types, primaryType, message }: SignaturePlan['typedData']): string {
  const fields: readonly (readonly [string, string])[] = [
    ['name', 'string'],
    ['version', 'string'],
    ['chainId', 'uint256'],
    ['verifyingContract', 'address'],
    ['salt', 'bytes32'],
  ];
  const present = fields.filter(([name]) => (domain as Record<string, unknown>)[name] !== undefined);
  const EIP712Domain = present.map(([name, type]) => ({ name, type }));
  return JSON.stringify({ domain, types: { EIP712Domain, ...types }, primaryType, message }, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

/** What the engine tells its store. */
export interface EngineHost {
  publish(change: { readonly [key in keyof EngineState]?: EngineState[key] | undefined }): void;
  settled(tx: TrackedTransaction): void;
}

/** The working part of {@link TransactionsStore}, loaded when there is something to send or to follow. */
export class TransactionsEngine {
  #state: EngineState = { list: [] };
  readonly #site: SiteConfig;
  readonly #watcher: Watcher;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #nextId = 1;
  #answer: ((value: never) => void) | undefined;
  readonly #wallet: WalletStore;
  readonly #host: EngineHost;
  readonly #settlers = new Map<Hex, (tx: TrackedTransaction) => void>();

  constructor(site: SiteConfig, wallet: WalletStore, host: EngineHost) {
    this.#site = site;
    this.#wallet = wallet;
    this.#host = host;
    const rpc = rpcOf(site.rpcUrls);
    this.#watcher = new Watcher(rpc, async (tx, blockNumber) => {
      const { reasonOfRevert } = await import('./reason.ts');
      return reasonOfRevert(rpc, tx, blockNumber);
    });
    this.reload();
  }

  /** Takes up what earlier visits or other tabs have stored. */
  reload(): void {
    this.#set({ list: this.#stored() });
    this.#schedule();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Shows the preview; resolves once the wallet has sent it, or undefined when the user does not want it. */
  readonly send = (plan: TransactionPlan): Promise<Sent | undefined> => {
    const from = this.#sender();
    const site = this.#site;
    if (from === undefined) return Promise.resolve(undefined);
    const id = this.#nextId++;
    const answer = this.#open<Sent>({ kind: 'transaction', id, plan, from, isAsking: false });
    void this.#try(site, id, plan, from);
    return answer;
  };

  /** Shows every field of the data; resolves to the signature, or undefined when the user does not want it. */
  readonly sign = (plan: SignaturePlan): Promise<Hex | undefined> => {
    const from = this.#sender();
    if (from === undefined) return Promise.resolve(undefined);
    return this.#open<Hex>({ kind: 'signature', id: this.#nextId++, plan, from, isAsking: false });
  };

  /** The user agrees to the preview: now the wallet is asked. */
  readonly confirm = async (): Promise<void> => {
    const request = this.#state.request;
    if (request === undefined || request.isAsking) return;
    const { refusal: _, ...asked } = request;
    this.#set({ request: { ...asked, isAsking: true } as TransactionRequest | SignatureRequest });
    try {
      const value = request.kind === 'transaction' ? await this.#submit(request) : await this.#signNow(request);
      if (this.#state.request?.id !== request.id) return;
      this.#close(value);
    } catch (error) {
      if (this.#state.request?.id !== request.id) return;
      this.#set({ request: { ...request, isAsking: false, refusal: await this.#refusalOf(error) } });
    }
  };

  readonly cancel = (): void => this.#close(undefined);

  /** Tries the call again, after the user has done what a problem asked for. */
  readonly retry = (): void => {
    const request = this.#state.request;
    if (request?.kind !== 'transaction') return;
    const { prepared: _, refusal: __, ...rest } = request;
    this.#set({ request: rest });
    void this.#try(this.#site, request.id, request.plan, request.from);
  };

  /** Forgets everything that is no longer pending. */
  readonly clear = (): void => this.#save(this.#state.list.filter(({ status }) => status === 'pending'));

  /** Watches a dropped transaction again: it may still be mined if a node broadcasts it anew. */
  readonly watchAgain = (id: Hex): void => {
    this.#save(
      this.#state.list.map((tx) => (tx.id === id && tx.status === 'dropped' ? { ...tx, status: 'pending' } : tx)),
    );
    this.#schedule();
  };

  #sender(): Address | undefined {
    const { status, address } = this.#wallet.state();
    if (status === 'connected' && address !== undefined) return address;
    if (status === 'wrong-network') void this.#wallet.switchNetwork();
    else this.#wallet.openDialog();
    return undefined;
  }

  #open<T>(request: TransactionRequest | SignatureRequest): Promise<T | undefined> {
    this.#close(undefined);
    return new Promise<T | undefined>((resolve) => {
      this.#answer = resolve as (value: never) => void;
      this.#set({ request });
    });
  }

  #close(value: unknown): void {
    const answer = this.#answer;
    this.#answer = undefined;
    this.#set({ request: undefined });
    answer?.(value as never);
  }

  async #try(site: SiteConfig, id: number, plan: TransactionPlan, from: Address): Promise<void> {
    const prepared = await import('./prepare.ts')
      .then(({ prepare }) => prepare(site, plan, from))
      .catch(
        (error: unknown): Prepared => ({
          to: from,
          data: '0x',
          valueWei: 0n,
          argumentNames: [],
          problem: problemOf(error),
        }),
      );
    const request = this.#state.request;
    if (request?.id === id && request.kind === 'transaction') this.#set({ request: { ...request, prepared } });
  }

  /** The wallet must be where the preview said; it may have moved since. */
  async #providerOn(site: SiteConfig, from: Address) {
    const provider = await this.#wallet.provider();
    const chainId = Number(await provider.request({ method: 'eth_chainId' }));
    if (chainId !== site.chainId)
      throw new ProblemError({
        what: 'Your wallet is on another network',
        why: `it is on chain ${chainId}, and this site works on ${site.chainName} (${site.chainId})`,
        fix: 'Switch the network in your wallet and try again.',
      });
    const accounts = (await provider.request({ method: 'eth_accounts' })) as unknown;
    if (!Array.isArray(accounts) || !accounts.some((at) => String(at).toLowerCase() === from.toLowerCase()))
      throw new ProblemError({
        what: 'Your wallet shows another account',
        why: `the preview was made for ${from}`,
        fix: 'Go back to that account in your wallet, or cancel and start again.',
      });
    return provider;
  }

  async #submit(request: TransactionRequest): Promise<Sent> {
    const site = this.#site;
    const { prepared, from, plan } = request;
    if (prepared?.gas === undefined)
      throw new ProblemError({ what: 'This would fail', why: 'the trial did not succeed', fix: 'Try it again first.' });
    const provider = await this.#providerOn(site, from);
    const [guess, block] = await Promise.all([
      rpcRequest<Hex>(site.rpcUrls, 'eth_getTransactionCount', [from, 'pending']),
      rpcRequest<Hex>(site.rpcUrls, 'eth_blockNumber', []),
    ]);
    const hash = await provider.request({
      method: 'eth_sendTransaction',
      params: [
        {
          // The wallet can move on between our question and this one; it refuses a chain that it is not on.
          chainId: quantity(BigInt(site.chainId)),
          from,
          to: prepared.to,
          data: prepared.data,
          gas: quantity(prepared.gas),
          ...(prepared.valueWei === 0n ? {} : { value: quantity(prepared.valueWei) }),
        },
      ],
    });
    if (!isHash(hash))
      throw new ProblemError({
        what: 'Your wallet gave no transaction hash',
        why: 'its answer is not one',
        fix: 'Look into your wallet whether it sent the transaction.',
      });
    const known = await rpcRequest<{ nonce: Hex } | null>(site.rpcUrls, 'eth_getTransactionByHash', [hash]).catch(
      () => null,
    );
    const tracked: TrackedTransaction = {
      id: hash.toLowerCase() as Hex,
      hash: hash.toLowerCase() as Hex,
      title: plan.title.slice(0, 200),
      chainId: site.chainId,
      from,
      to: prepared.to,
      contract: plan.to,
      nonce: Number(known?.nonce ?? guess),
      input: prepared.data.slice(0, MAX_INPUT_CHARS).toLowerCase() as Hex,
      sentAtMs: Date.now(),
      sentAtBlock: Number(block),
      status: 'pending',
    };
    const settled = new Promise<TrackedTransaction>((resolve) => this.#settlers.set(tracked.id, resolve));
    this.#save([tracked, ...this.#state.list]);
    this.#schedule(0);
    return { hash, settled };
  }

  async #signNow({ plan, from }: SignatureRequest): Promise<Hex> {
    const provider = await this.#providerOn(this.#site, from);
    const signature = await provider.request({
      method: 'eth_signTypedData_v4',
      params: [from, typedDataJson(plan.typedData)],
    });
    if (typeof signature === 'string' && /^0x([0-9a-fA-F]{2})+$/.test(signature)) return signature as Hex;
    throw new ProblemError({
      what: 'Your wallet gave no signature',
      why: 'its answer is not one',
      fix: 'Try again, or use another wallet.',
    });
  }

  async #refusalOf(error: unknown): Promise<Problem> {
    if (isRejection(error)) return problemOf(error);
    return (await problemOfCall(error)) ?? problemOf(error);
  }

  #schedule(delayMs?: number): void {
    const site = this.#site;
    if (this.#timer !== undefined && delayMs === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#state.list.some((tx) => tx.status === 'pending' && tx.chainId === site.chainId)) return;
    this.#timer = setTimeout(() => void this.#look(site), delayMs ?? (site.local ? LOOK_LOCAL_MS : LOOK_MS));
  }

  async #look(site: SiteConfig): Promise<void> {
    this.#timer = undefined;
    const watched = this.#state.list.filter((tx) => tx.status === 'pending' && tx.chainId === site.chainId);
    // A node that does not answer changes nothing: the next look tries again.
    const seen = await Promise.all(watched.map((tx) => this.#watcher.look(tx).catch(() => tx)));
    const changed = seen.filter((tx, i) => tx !== watched[i]);
    if (changed.length > 0) {
      const byId = new Map(changed.map((tx) => [tx.id, tx]));
      this.#save(this.#state.list.map((tx) => byId.get(tx.id) ?? tx));
      for (const tx of changed) if (tx.status !== 'pending') this.#settle(tx);
    }
    this.#schedule();
  }

  #settle(tx: TrackedTransaction): void {
    this.#settlers.get(tx.id)?.(tx);
    this.#settlers.delete(tx.id);
    this.#host.settled(tx);
  }

  #stored(): TrackedTransaction[] {
    try {
      return parseTracked(window.localStorage.getItem(KEY));
    } catch {
      return [];
    }
  }

  #save(list: readonly TrackedTransaction[]): void {
    const kept = keep(list);
    this.#set({ list: kept });
    try {
      window.localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // A browser that keeps nothing shows the list until the page is closed.
    }
  }

  #set(change: Parameters<EngineHost['publish']>[0]): void {
    const entries = Object.entries({ ...this.#state, ...change }).filter(([, value]) => value !== undefined);
    this.#state = Object.fromEntries(entries) as unknown as EngineState;
    this.#host.publish(change);
  }
}
