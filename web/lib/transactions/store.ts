import type { Address, Hex } from '../../../node/core/codec/hex.ts';
import type { SiteConfig } from '../config.ts';
import type { Problem } from '../problem.ts';
import type { WalletStore } from '../wallet/store.ts';
import type { TransactionsEngine } from './engine.ts';
import type { SignaturePlan, TransactionPlan } from './plan.ts';
import type { Prepared } from './prepare.ts';
import type { TrackedTransaction } from './tracked.ts';

/** What a page gets once the wallet has sent its transaction. */
export interface Sent {
  readonly hash: Hex;
  /** Resolves when the transaction is mined, replaced or dropped; never rejects. */
  readonly settled: Promise<TrackedTransaction>;
}

interface RequestBase {
  readonly id: number;
  readonly from: Address;
  /** The wallet shows its own prompt now. */
  readonly isAsking: boolean;
  /** Why the wallet did not sign. */
  readonly refusal?: Problem;
}
export interface TransactionRequest extends RequestBase {
  readonly kind: 'transaction';
  readonly plan: TransactionPlan;
  /** Undefined while the call is tried. */
  readonly prepared?: Prepared;
}
export interface SignatureRequest extends RequestBase {
  readonly kind: 'signature';
  readonly plan: SignaturePlan;
}

export interface EngineState {
  readonly list: readonly TrackedTransaction[];
  readonly request?: TransactionRequest | SignatureRequest;
}
export interface TransactionsState extends EngineState {
  readonly isDrawerOpen: boolean;
}

/** Where this browser keeps its transactions. */
export const KEY = 'assay.transactions';
const EMPTY: TransactionsState = { list: [], isDrawerOpen: false };

function hasStored(): boolean {
  try {
    return window.localStorage.getItem(KEY) !== null;
  } catch {
    return false;
  }
}

/**
 * Every transaction of this browser, and the one that waits for the user's word. Small enough for every page: what does the
 * work is loaded with the first transaction, or when an earlier visit left some.
 */
export class TransactionsStore {
  #state: TransactionsState = EMPTY;
  #site: SiteConfig | undefined;
  #engine: Promise<TransactionsEngine> | undefined;
  readonly #wallet: WalletStore;
  readonly #listeners = new Set<() => void>();
  readonly #settledListeners = new Set<(tx: TrackedTransaction) => void>();

  constructor(wallet: WalletStore) {
    this.#wallet = wallet;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly state = (): TransactionsState => this.#state;
  readonly serverState = (): TransactionsState => EMPTY;
  /** Hears of each transaction once, when it is no longer pending. */
  readonly onSettled = (listener: (tx: TrackedTransaction) => void): (() => void) => {
    this.#settledListeners.add(listener);
    return () => this.#settledListeners.delete(listener);
  };

  /** Takes up what earlier visits left, and follows what other tabs send. Returns how to stop. */
  start(site: SiteConfig): () => void {
    this.#site = site;
    this.#engine = undefined;
    const reload = (): void => void this.#use((engine) => engine.reload());
    const onStorage = (event: StorageEvent): void => {
      if (event.key === KEY) reload();
    };
    if (hasStored()) reload();
    window.addEventListener('storage', onStorage);
    return () => {
      window.removeEventListener('storage', onStorage);
      this.#engine?.then((engine) => engine.stop()).catch(() => undefined);
      this.#engine = undefined;
    };
  }

  readonly send = (plan: TransactionPlan): Promise<Sent | undefined> => this.#use((engine) => engine.send(plan));
  readonly sign = (plan: SignaturePlan): Promise<Hex | undefined> => this.#use((engine) => engine.sign(plan));
  /** The user agrees to the preview: now the wallet is asked. */
  readonly confirm = (): Promise<void> => this.#use((engine) => engine.confirm());
  readonly cancel = (): void => void this.#use((engine) => engine.cancel());
  /** Tries the call again, after the user has done what a problem asked for. */
  readonly retry = (): void => void this.#use((engine) => engine.retry());
  /** Forgets everything that is no longer pending. */
  readonly clear = (): void => void this.#use((engine) => engine.clear());
  /** Watches a dropped transaction again: it may still be mined if a node broadcasts it anew. */
  readonly watchAgain = (id: Hex): void => void this.#use((engine) => engine.watchAgain(id));
  readonly openDrawer = (): void => this.#publish({ isDrawerOpen: true });
  readonly closeDrawer = (): void => this.#publish({ isDrawerOpen: false });

  /** Undefined when the configuration is not there yet, or the code could not be loaded. */
  async #use<T>(act: (engine: TransactionsEngine) => T | Promise<T>): Promise<T | undefined> {
    const site = this.#site;
    if (site === undefined) return undefined;
    this.#engine ??= import('./engine.ts').then(
      ({ TransactionsEngine: Engine }) =>
        new Engine(site, this.#wallet, {
          publish: (change) => this.#publish(change),
          settled: (tx) => {
            for (const listener of this.#settledListeners) listener(tx);
          },
        }),
    );
    const engine = await this.#engine.catch(() => undefined);
    // A chunk that did not arrive may arrive at the next press.
    if (engine === undefined) this.#engine = undefined;
    return engine === undefined ? undefined : act(engine);
  }

  #publish(change: { readonly [key in keyof TransactionsState]?: TransactionsState[key] | undefined }): void {
    const entries = Object.entries({ ...this.#state, ...change }).filter(([, value]) => value !== undefined);
    this.#state = Object.fromEntries(entries) as unknown as TransactionsState;
    for (const listener of this.#listeners) listener();
  }
}
