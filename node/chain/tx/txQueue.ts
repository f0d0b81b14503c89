import { setTimeout as sleep } from 'node:timers/promises';
import type { Abi } from 'viem';
import type { Address } from '../../core/codec/hex.ts';
import { invariant } from '../../core/errors.ts';
import type { Journal } from '../../ports/Journal.ts';
import type { Log } from '../../ports/Log.ts';
import type { AccountSigner, SignedTransaction } from '../../ports/Signer.ts';
import { RpcRefused } from '../rpc/errors.ts';
import type { ChainIdentity, Rpc } from '../rpc/rpc.ts';
import { ChainView, type Receipt, type View } from './chainView.ts';
import { BalanceTooLow, IntentChanged, TxQueueStopped } from './errors.ts';
import { bumpedFees, type Fees, replaces, suggestedFees } from './fees.ts';
import {
  type Attempt,
  hasNonce,
  type Intent,
  intentOf,
  isSent,
  type Sent,
  type TxOutcome,
  type TxRequest,
} from './intent.ts';
import { preflight, reasonOfFailure } from './preflight.ts';
import { fingerprint, TxStore } from './txStore.ts';
import { Wake } from './wake.ts';

export interface TxQueueOptions {
  readonly rpc: Rpc;
  readonly chain: ChainIdentity;
  readonly signer: AccountSigner;
  readonly journal: Journal;
  readonly log: Log;
  /** Errors of the contracts that are called, to decode refusals. */
  readonly errors: Abi;
  /** Blocks (its own counted) before an outcome is reported. @default 1 */
  readonly confirmations?: number;
  /** Blocks before an outcome can no longer be taken back; until then it is watched. @default 64 */
  readonly finalAfter?: number;
  /** Nonces in flight. @default 16 */
  readonly maxInFlight?: number;
  /** Longest pause between two looks at the chain while something is in flight, ms. @default 250 */
  readonly pollMs?: number;
  /** Pause between two looks when only known outcomes are watched, ms. @default 1000 */
  readonly watchMs?: number;
  /** Blocks that may pass before an unmined transaction gets a higher price. @default 5 */
  readonly stuckAfterBlocks?: number;
  /** Never offers more, wei per gas. @default 1000 gwei */
  readonly maxFeePerGas?: bigint;
}

interface Waiter {
  readonly done: (outcome: TxOutcome) => void;
  readonly failed: (error: unknown) => void;
}

/** What is known of a sent intent in this life of the process only. */
interface Memory {
  /** Monotonic ms of the last time its bytes went out. */
  sentAt: number;
  resendMs: number;
  /** Rounds in which the chain had used its nonce and showed no receipt of ours. */
  missing: number;
  /** Times the chain refused it for a reason that will not go away. */
  refusals: number;
  underpriced: boolean;
}

const FIRST_PAUSE_MS = 2;
const STOP_GRACE_MS = 2_000;
const FIRST_RESEND_MS = 500;
const MAX_RESEND_MS = 8_000;
/** Rounds to give a lagging endpoint before the blocks are searched for whoever used a nonce. */
const MISSING_ROUNDS = 4;
/** Blocks searched before the height at which an intent was signed: a chain may have been rolled back since. */
const SEARCH_BACK = 256;
const REFUSALS = 3;
const EMPTY_GAS = 21_000n;

/**
 * The one way transactions of one key reach the chain. Every intent is in the journal before its first byte leaves,
 * with its nonce and its signed bytes; whatever dies, the next life sends the same bytes again, and one nonce can be
 * mined once. So an intent takes effect at most once, and (as long as there are chain, gas and time) exactly once.
 *
 * One driver works in rounds, each a read of the chain followed by what it shows to be missing: record what was mined,
 * send again what was lost, raise the price of what is stuck, give nonces to what waits.
 */
export class TxQueue {
  readonly address: Address;
  readonly #options: Required<TxQueueOptions>;
  readonly #view: ChainView;
  readonly #store: TxStore;
  readonly #waiters = new Map<string, Waiter[]>();
  readonly #memory = new Map<string, Memory>();
  readonly #wake = new Wake();
  #running: Promise<void> | undefined;
  #stopped = false;
  #pauseMs = FIRST_PAUSE_MS;
  #checkedHead = '';
  #troubles = 0;

  constructor(options: TxQueueOptions) {
    this.#options = {
      confirmations: 1,
      finalAfter: 64,
      maxInFlight: 16,
      pollMs: 250,
      watchMs: 1_000,
      stuckAfterBlocks: 5,
      maxFeePerGas: 1_000_000_000_000n,
      ...options,
    };
    this.address = options.signer.address;
    this.#view = new ChainView(options.rpc, this.address);
    const { chainId, genesisHash = '0x' } = options.chain;
    this.#store = new TxStore(options.journal, `${chainId}_${genesisHash.slice(2, 10)}_${this.address.slice(2)}`);
  }

  /** Takes up what earlier lives left, and runs until {@link stop}. Idempotent. */
  start(): void {
    invariant(!this.#stopped, 'a stopped queue is not started again');
    this.#running ??= this.#drive();
  }

  /**
   * Records an intent and carries it out. When this returns (its promise still pending), the intent is in the journal
   * and will be carried out even if the process dies now. Asking again with the same id joins the first call or gives
   * its outcome; an id that had no effect (refused, or cancelled and final) is tried anew.
   * @throws {IntentChanged} {@link BalanceTooLow} or the signer's refusal (forgotten again: nothing was sent); {@link TxQueueStopped}; JournalWriteFailed
   */
  async enqueue(request: TxRequest): Promise<TxOutcome> {
    if (this.#stopped) throw new TxQueueStopped(request.describe);
    const known = this.#recorded(request);
    if (known !== undefined) return known;
    if (!this.#store.intents.has(request.id)) this.#store.add(intentOf(request));
    return new Promise<TxOutcome>((done, failed) => {
      const waiters = this.#waiters.get(request.id) ?? [];
      this.#waiters.set(request.id, [...waiters, { done, failed }]);
      this.#soon();
    });
  }

  /** The outcome of an id, if it has one. */
  outcomeOf(id: string): TxOutcome | undefined {
    return this.#store.intents.get(id)?.outcome ?? this.#store.settled(id)?.outcome;
  }

  /** Intents without an outcome, in order. */
  pending(): readonly { readonly id: string; readonly describe: string; readonly nonce: number | undefined }[] {
    return [...this.#store.intents.values()]
      .filter(({ state }) => state !== 'done')
      .map(({ id, describe, nonce }) => ({ id, describe, nonce }));
  }

  /**
   * Ends after the current round, or after two seconds when the chain does not answer: a round that is left behind can
   * record nothing in a closed journal, and what it cannot record it does not send. What is pending stays in the
   * journal for the next start.
   */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake.up();
    await Promise.race([this.#running, sleep(STOP_GRACE_MS, undefined, { ref: false })]);
    for (const [id, waiters] of this.#waiters) {
      const describe = this.#store.intents.get(id)?.describe ?? id;
      for (const { failed } of waiters) failed(new TxQueueStopped(describe));
    }
    this.#waiters.clear();
  }

  #recorded(request: TxRequest): TxOutcome | undefined {
    const { id } = request;
    const intent = intentOf(request);
    const live = this.#store.intents.get(id);
    const settled = live === undefined ? this.#store.settled(id) : undefined;
    const call = live === undefined ? settled?.call : fingerprint(live);
    if (call === undefined) return undefined;
    if (call !== fingerprint(intent)) throw new IntentChanged(id);
    const outcome = live?.outcome ?? settled?.outcome;
    const retry = settled !== undefined && outcome?.kind !== 'confirmed';
    return retry ? undefined : outcome;
  }

  #soon(): void {
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#wake.up();
  }

  async #drive(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#round();
        this.#troubles = 0;
      } catch (error) {
        this.#troubles += 1;
        this.#options.log.warn('transactions wait', { account: this.address, error });
      }
      if (!this.#stopped) await this.#wake.wait(this.#pause());
    }
  }

  #pause(): number | undefined {
    const { intents } = this.#store;
    if (intents.size === 0) return undefined;
    const { pollMs, watchMs } = this.#options;
    if (this.#troubles > 0) return Math.min(5_000, pollMs * 2 ** Math.min(this.#troubles, 6));
    if ([...intents.values()].every(({ state }) => state === 'done')) return watchMs;
    this.#pauseMs = Math.min(pollMs, this.#pauseMs * 2);
    return this.#pauseMs;
  }

  async #round(): Promise<void> {
    if (this.#store.intents.size === 0) return;
    const view = await this.#view.look();
    await this.#watch(view);
    await this.#collect(view);
    await this.#refresh(view);
    await this.#feed(view);
  }

  #sent(): Sent[] {
    return [...this.#store.intents.values()].filter(isSent);
  }

  /** Checks that outcomes still stand, forgets those that are final, and takes back those that are gone. */
  async #watch(view: View): Promise<void> {
    if (view.hash === this.#checkedHead) return;
    const done = [...this.#store.intents.values()].filter(
      ({ state, mined }) => state === 'done' && mined !== undefined,
    );
    const newest = done.reduce<Intent | undefined>(
      (best, each) => (best === undefined || each.mined!.blockNumber > best.mined!.blockNumber ? each : best),
      undefined,
    );
    // Blocks are linked by hash: when the newest still stands, so do all below it.
    if (
      newest?.mined !== undefined &&
      (await this.#view.blockHash(newest.mined.blockNumber)) !== newest.mined.blockHash
    ) {
      for (const intent of done) await this.#recheck(intent);
    }
    for (const { id } of done) {
      const intent = this.#store.intents.get(id);
      if (intent?.state !== 'done' || intent.mined === undefined || intent.outcome === undefined) continue;
      if (view.number - intent.mined.blockNumber >= this.#options.finalAfter) this.#settle(intent, intent.outcome);
    }
    this.#checkedHead = view.hash;
  }

  async #recheck(intent: Intent): Promise<void> {
    const receipt = await this.#receiptOf(intent);
    if (receipt !== undefined) {
      if (receipt.blockHash !== intent.mined?.blockHash) await this.#record(intent, receipt);
      return;
    }
    this.#options.log.warn('a reorganisation took a transaction back; it is sent again', {
      id: intent.id,
      nonce: intent.nonce,
      block: intent.mined?.blockNumber,
    });
    const { mined: _, ...rest } = intent;
    this.#store.put({ ...rest, state: 'sent' });
  }

  async #receiptOf(intent: Intent): Promise<Receipt | undefined> {
    // The last attempt is the most likely one.
    for (const { hash } of intent.attempts.toReversed()) {
      const receipt = await this.#view.receipt(hash);
      if (receipt !== undefined) return receipt;
    }
    return undefined;
  }

  /** Looks up every transaction whose nonce the chain has used. */
  async #collect(view: View): Promise<void> {
    const used = this.#sent().filter(({ nonce }) => nonce < view.nonce);
    await Promise.all(
      used.map(async (intent) => {
        const receipt = await this.#receiptOf(intent);
        if (receipt === undefined) return this.#mystery(intent, view);
        if (view.number - receipt.blockNumber + 1 < this.#options.confirmations) return;
        await this.#record(intent, receipt);
      }),
    );
  }

  async #record(intent: Intent, receipt: Receipt): Promise<void> {
    const outcome = await this.#outcomeOf(intent, receipt);
    const { hash, blockNumber, blockHash } = receipt;
    const before = intent.outcome?.kind;
    if (before !== undefined && before !== outcome.kind) {
      this.#options.log.error('a reorganisation changed an outcome', { id: intent.id, before, now: outcome.kind });
    }
    this.#store.put({ ...intent, state: 'done', mined: { hash, blockNumber, blockHash }, outcome });
    this.#memory.delete(intent.id);
    this.#options.log.debug('transaction mined', { id: intent.id, hash, blockNumber, outcome: outcome.kind });
    this.#tell(intent.id, outcome);
  }

  async #outcomeOf(intent: Intent, receipt: Receipt): Promise<TxOutcome> {
    const { hash, blockNumber, blockHash, gasUsed, succeeded } = receipt;
    const attempt = intent.attempts.find((each) => each.hash === hash);
    if (attempt?.empty === true) return { kind: 'cancelled', hash, why: intent.cancelled ?? 'cancelled' };
    if (succeeded) return { kind: 'confirmed', hash, blockNumber, blockHash, gasUsed };
    const { rpc, errors } = this.#options;
    const revert =
      gasUsed === intent.gasLimit
        ? { name: 'OutOfGas', args: [], sentence: `it used up its ${gasUsed} gas` }
        : await reasonOfFailure(rpc, this.address, intent, blockNumber, errors);
    return { kind: 'reverted', hash, revert };
  }

  /**
   * The chain has used our nonce and shows no receipt of ours. A lagging endpoint looks like that, so nothing is
   * concluded before the very transaction that used the nonce is found: only when it is not ours, and lies deep enough,
   * the intent gets a new nonce (else it could take effect twice).
   */
  async #mystery(intent: Sent, view: View): Promise<void> {
    const memory = this.#memoryOf(intent);
    memory.missing += 1;
    if (memory.missing < MISSING_ROUNDS) return;
    memory.missing = 0;
    const from = Math.max(0, Math.min(...intent.attempts.map(({ madeAt }) => madeAt)) - SEARCH_BACK);
    for (let block = view.number; block >= from; block--) {
      const hash = await this.#view.withNonce(intent.nonce, block);
      if (hash === undefined) continue;
      const ours = intent.attempts.some((attempt) => attempt.hash === hash);
      if (!ours && view.number - block + 1 >= Math.max(12, this.#options.confirmations)) {
        this.#options.log.warn('somebody else used our nonce; the transaction gets a new one', {
          id: intent.id,
          nonce: intent.nonce,
          by: hash,
        });
        this.#memory.delete(intent.id);
        const { nonce: _, gasLimit: __, ...rest } = intent;
        this.#store.put({ ...rest, state: 'queued', attempts: [] });
      }
      return;
    }
  }

  /** Sends again what the pool lost, raises the price of what is stuck, fills a gap that blocks the rest. */
  async #refresh(view: View): Promise<void> {
    const open = this.#sent()
      .filter(({ nonce }) => nonce >= view.nonce)
      .sort((a, b) => a.nonce - b.nonce);
    const first = open[0];
    if (first === undefined) return;
    if (first.nonce > view.nonce) return this.#fillGap(first, view);
    await this.#priceUp(first, view);
    for (const intent of open) await this.#resend(this.#store.intents.get(intent.id) as Sent);
  }

  async #resend(intent: Sent): Promise<void> {
    const memory = this.#memoryOf(intent);
    if (performance.now() - memory.sentAt < memory.resendMs) return;
    const attempt = intent.attempts.at(-1)!;
    memory.sentAt = performance.now();
    memory.resendMs = Math.min(MAX_RESEND_MS, Math.max(FIRST_RESEND_MS, memory.resendMs * 2));
    if (!(await this.#view.knows(attempt.hash))) await this.#send(intent, attempt);
  }

  async #priceUp(intent: Sent, view: View): Promise<void> {
    const last = intent.attempts.at(-1)!;
    const memory = this.#memoryOf(intent);
    const stuck = view.number - last.madeAt >= this.#options.stuckAfterBlocks && (await this.#view.knows(last.hash));
    if (!stuck && !memory.underpriced && last.maxFeePerGas >= view.baseFeePerGas) return;
    const fees = bumpedFees(last, await this.#fees(view), this.#options.maxFeePerGas);
    memory.underpriced = false;
    if (!replaces(fees, last)) {
      this.#options.log.warn('a transaction is stuck at the highest price allowed', { id: intent.id, ...fees });
      return;
    }
    this.#options.log.info('a transaction is stuck and gets a higher price', { id: intent.id, nonce: intent.nonce });
    await this.#attempt(intent, fees, view);
  }

  /**
   * Nonces below our oldest are unused and nobody holds a transaction for them: the chain was rolled back further than
   * we watch. An empty transaction to oneself takes the place, so that the rest can follow.
   */
  async #fillGap(first: Sent, view: View): Promise<void> {
    const memory = this.#memoryOf(first);
    memory.missing += 1;
    if (memory.missing < MISSING_ROUNDS) return;
    memory.missing = 0;
    this.#options.log.warn('a nonce is missing on the chain; an empty transaction fills it', { nonce: view.nonce });
    const filler = intentOf({ id: `fill nonce ${view.nonce}`, to: this.address, data: '0x', describe: 'fill a gap' });
    const sent: Sent = { ...filler, state: 'sent', nonce: view.nonce, gasLimit: EMPTY_GAS };
    await this.#attempt(sent, await this.#fees(view), view);
  }

  /** Gives nonces to waiting intents, in order, as long as there is room. */
  async #feed(view: View): Promise<void> {
    const queued = [...this.#store.intents.values()].filter(({ state }) => state === 'queued');
    if (queued.length === 0 || this.#sent().length >= this.#options.maxInFlight) return;
    const [fees, balanceWei, pendingNonce] = await Promise.all([
      this.#fees(view),
      this.#view.balance(),
      this.#view.pendingNonce(),
    ]);
    // Transactions of the same key that are not ours (a wallet, an older journal) keep their nonces.
    const floor = this.#sent().length === 0 ? Math.max(view.nonce, pendingNonce) : view.nonce;
    for (const intent of queued) {
      if (this.#sent().length >= this.#options.maxInFlight || this.#stopped) return;
      const gasLimit = await this.#admit(intent, fees, balanceWei);
      if (gasLimit === 'wait') return;
      if (gasLimit === 'ended') continue;
      const nonce = Math.max(floor, this.#nextNonce());
      await this.#attempt({ ...intent, state: 'sent', nonce, gasLimit }, fees, view);
      this.#pauseMs = FIRST_PAUSE_MS;
    }
  }

  #nextNonce(): number {
    return [...this.#store.intents.values()].filter(hasNonce).reduce((next, { nonce }) => Math.max(next, nonce + 1), 0);
  }

  /** Simulates an intent and looks at the balance. `ended`: it has its outcome or was refused; `wait`: ask again later. */
  async #admit(intent: Intent, fees: Fees, balanceWei: bigint): Promise<bigint | 'wait' | 'ended'> {
    const { rpc, errors } = this.#options;
    const inFlight = this.#sent().length;
    let result: Awaited<ReturnType<typeof preflight>>;
    try {
      result = await preflight(rpc, this.address, intent, errors, inFlight > 0 ? 'pending' : 'latest');
    } catch (error) {
      if (!(error instanceof RpcRefused) || ++this.#memoryOf(intent).refusals < REFUSALS) throw error;
      this.#refuse(intent, error);
      return 'ended';
    }
    // What is in flight may be what this call needs (an approval, a registration, money): judge when it has landed.
    if (result.kind !== 'passes' && inFlight > 0) return 'wait';
    if (result.kind === 'reverts') {
      this.#settle(intent, { kind: 'reverted', revert: result.revert });
      return 'ended';
    }
    const gasLimit = result.kind === 'passes' ? result.gasLimit : EMPTY_GAS;
    const neededWei = intent.value + gasLimit * fees.maxFeePerGas;
    const reservedWei = this.#sent().reduce((sum, each) => sum + costOf(each), 0n);
    if (result.kind === 'passes' && balanceWei >= neededWei + reservedWei) return gasLimit;
    if (inFlight > 0) return 'wait';
    this.#refuse(intent, new BalanceTooLow(intent.describe, this.address, balanceWei, neededWei));
    return 'ended';
  }

  async #fees(view: View): Promise<Fees> {
    return suggestedFees(view.baseFeePerGas, await this.#view.priorityFee(), this.#options.maxFeePerGas);
  }

  /** Signs, records, and only then sends. */
  async #attempt(intent: Sent, fees: Fees, view: View): Promise<void> {
    const { signer, chain } = this.#options;
    const empty = intent.cancelled !== undefined;
    const { nonce, gasLimit, to, data, value } = intent;
    const call = empty ? { to: this.address, gas: EMPTY_GAS } : { to, data, value, gas: gasLimit };
    let signed: SignedTransaction;
    try {
      signed = await signer.signTransaction({ chainId: chain.chainId, nonce, ...call, ...fees });
    } catch (error) {
      // A signer elsewhere may be away or say no. What has left is carried on; what has not is the caller's again.
      if (intent.attempts.length > 0) throw error;
      return this.#refuse(intent, error);
    }
    const attempt: Attempt = { ...signed, ...fees, madeAt: view.number, ...(empty ? { empty } : {}) };
    const recorded = { ...intent, attempts: [...intent.attempts, attempt] };
    this.#store.put(recorded);
    const memory = this.#memoryOf(recorded);
    memory.sentAt = performance.now();
    memory.resendMs = FIRST_RESEND_MS;
    await this.#send(recorded, attempt);
  }

  async #send(intent: Sent, attempt: Attempt): Promise<void> {
    const { rpc, log } = this.#options;
    try {
      await rpc.request('eth_sendRawTransaction', [attempt.raw]);
      log.debug('transaction sent', { id: intent.id, nonce: intent.nonce, hash: attempt.hash });
    } catch (error) {
      if (!(error instanceof RpcRefused)) throw error;
      this.#refused(intent, error);
    }
  }

  #refused(intent: Sent, error: RpcRefused): void {
    const why = error.rpcMessage;
    // It is there already, or its nonce is used: the next round finds out by which transaction.
    if (/already (known|imported|in)|known transaction|nonce too low/i.test(why)) return;
    const memory = this.#memoryOf(intent);
    if (/underpriced|fee.*(low|less)|less than block base fee/i.test(why)) {
      memory.underpriced = true;
      return;
    }
    this.#options.log.warn('the chain refuses a transaction', { id: intent.id, nonce: intent.nonce, why });
    if (/insufficient funds|nonce too high|txpool is full|pool limit/i.test(why)) return;
    memory.refusals += 1;
    if (memory.refusals < REFUSALS || intent.cancelled !== undefined) return;
    memory.underpriced = true;
    this.#store.put({ ...intent, cancelled: why.slice(0, 200) });
  }

  #memoryOf({ id }: Intent): Memory {
    let memory = this.#memory.get(id);
    if (memory === undefined) {
      memory = { sentAt: Number.NEGATIVE_INFINITY, resendMs: 0, missing: 0, refusals: 0, underpriced: false };
      this.#memory.set(id, memory);
    }
    return memory;
  }

  #settle(intent: Intent, outcome: TxOutcome): void {
    this.#store.settle(intent, outcome);
    this.#memory.delete(intent.id);
    this.#tell(intent.id, outcome);
  }

  #refuse(intent: Intent, error: unknown): void {
    this.#store.drop(intent.id);
    this.#memory.delete(intent.id);
    for (const { failed } of this.#waiters.get(intent.id) ?? []) failed(error);
    this.#waiters.delete(intent.id);
  }

  #tell(id: string, outcome: TxOutcome): void {
    for (const { done } of this.#waiters.get(id) ?? []) done(outcome);
    this.#waiters.delete(id);
  }
}

/** The most a sent intent can take from the balance. */
const costOf = ({ value, gasLimit, attempts }: Sent): bigint =>
  value + gasLimit * (attempts.at(-1)?.maxFeePerGas ?? 0n);
