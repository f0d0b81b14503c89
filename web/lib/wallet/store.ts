import type { Address } from '../../../node/core/codec/hex.ts';
import type { SiteConfig } from '../config.ts';
import { isRejection, type Problem, problemOf } from '../problem.ts';
import type { Eip1193 } from './provider.ts';
import type { WalletOption, WalletStack } from './stack.ts';

export type WalletStatus = 'disconnected' | 'connecting' | 'connected' | 'wrong-network';

export interface WalletState {
  readonly status: WalletStatus;
  readonly address?: Address;
  /** Chain that the wallet is on; may be another than the site's. */
  readonly chainId?: number;
  readonly wallet?: WalletOption;
  readonly isDialogOpen: boolean;
  /** Wallets that announced themselves; undefined until they were looked for. */
  readonly options?: readonly WalletOption[];
  /** Id of the wallet that is being asked. */
  readonly asking?: string;
  readonly isSwitching: boolean;
  readonly problem?: Problem;
}

const CHOICE = 'assay.wallet';
/** Until the browser was looked at: what the server renders, and what a page that hydrates must render as well. */
const UNKNOWN: WalletState = { status: 'connecting', isDialogOpen: false, isSwitching: false };

/** Storage that may be missing or forbidden: then choices last until the page is closed. */
function remembered(): string | undefined {
  try {
    const id = window.localStorage.getItem(CHOICE);
    return id !== null && id.length <= 200 ? id : undefined;
  } catch {
    return undefined;
  }
}

function remember(id: string | undefined): void {
  try {
    if (id === undefined) window.localStorage.removeItem(CHOICE);
    else window.localStorage.setItem(CHOICE, id);
  } catch {
    // A browser that keeps nothing asks again at the next visit.
  }
}

/** One wallet connection for the whole site, outside React so that any component can follow it. */
export class WalletStore {
  #state: WalletState = UNKNOWN;
  #site: SiteConfig | undefined;
  #stack: Promise<WalletStack> | undefined;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly state = (): WalletState => this.#state;
  readonly serverState = (): WalletState => UNKNOWN;

  /** Takes up the connection of an earlier visit. Call after the first paint; a second call does nothing. */
  async start(site: SiteConfig): Promise<void> {
    if (this.#site !== undefined) return;
    this.#site = site;
    const id = remembered();
    if (id === undefined) return this.#set({ status: 'disconnected' });
    try {
      const stack = await this.#open();
      if (await stack.reconnect(id)) return this.#follow(stack);
    } catch {
      // A wallet that fails while the page opens is one that is not connected; pressing "Connect" tells why.
    }
    this.#set({ status: 'disconnected' });
  }

  /** Opens the dialog and looks for wallets. */
  readonly openDialog = (): void => {
    this.#set({ isDialogOpen: true, problem: undefined });
    this.#open().then(
      (stack) => this.#set({ options: stack.options() }),
      (error: unknown) => this.#set({ problem: problemOf(error), options: [] }),
    );
  };

  readonly closeDialog = (): void => this.#set({ isDialogOpen: false, asking: undefined, problem: undefined });

  /** Asks one wallet for its accounts. */
  readonly choose = async (id: string): Promise<void> => {
    this.#set({ asking: id, problem: undefined, status: 'connecting' });
    try {
      const stack = await this.#open();
      await stack.connect(id);
      remember(id);
      this.#set({ asking: undefined, isDialogOpen: false });
      this.#follow(stack);
    } catch (error) {
      this.#set({ asking: undefined, problem: problemOf(error), status: 'disconnected' });
    }
  };

  readonly disconnect = (): void => {
    remember(undefined);
    const stack = this.#stack;
    this.#forget();
    stack?.then((opened) => opened.disconnect()).catch(() => this.#forget());
  };

  readonly switchNetwork = async (): Promise<void> => {
    this.#set({ isSwitching: true, problem: undefined });
    try {
      const stack = await this.#open();
      await stack.switchNetwork();
      this.#follow(stack);
    } catch (error) {
      if (!isRejection(error)) this.#set({ problem: problemOf(error) });
    } finally {
      this.#set({ isSwitching: false });
    }
  };

  readonly clearProblem = (): void => this.#set({ problem: undefined });

  /** The connected wallet itself. @throws {ProblemError} when none is connected */
  readonly provider = async (): Promise<Eip1193> => (await this.#open()).provider();

  #open(): Promise<WalletStack> {
    const site = this.#site;
    if (site === undefined) return Promise.reject(new Error('the configuration of this site is not loaded yet'));
    if (this.#stack === undefined) {
      this.#stack = import('./stack.ts').then(({ openWalletStack }) => {
        const stack = openWalletStack(site);
        stack.watch(() => this.#follow(stack));
        return stack;
      });
      // A chunk that did not arrive may arrive at the next try.
      this.#stack.catch(() => {
        this.#stack = undefined;
      });
    }
    return this.#stack;
  }

  #follow(stack: WalletStack): void {
    const options = stack.options();
    const connection = stack.connection();
    if (connection === undefined) {
      if (this.#state.status === 'connected' || this.#state.status === 'wrong-network') {
        this.#forget();
      }
      this.#set({ options });
      return;
    }
    if (this.#state.asking !== undefined) return;
    this.#set({
      status: connection.chainId === this.#site?.chainId ? 'connected' : 'wrong-network',
      address: connection.address,
      chainId: connection.chainId,
      wallet: connection.option,
      options,
    });
  }

  #forget(): void {
    this.#set({ status: 'disconnected', address: undefined, chainId: undefined, wallet: undefined });
  }

  #set(change: { readonly [key in keyof WalletState]?: WalletState[key] | undefined }): void {
    const next = Object.fromEntries(
      Object.entries({ ...this.#state, ...change }).filter(([, value]) => value !== undefined),
    ) as unknown as WalletState;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}
