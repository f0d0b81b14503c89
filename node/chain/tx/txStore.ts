import { type Digest, toHex } from '../../core/codec/hex.ts';
import { keccak256 } from '../../core/codec/keccak256.ts';
import type { Journal, JournalTable } from '../../ports/Journal.ts';
import type { Intent, TxOutcome } from './intent.ts';

/** What remains of an intent when nothing can change it any more. */
interface Settled {
  readonly outcome: TxOutcome;
  /** Fingerprint of the call, so that another one under the same id is noticed. */
  readonly call: Digest;
}

/** The queue's two journal tables: live intents in order, and the outcomes of settled ones. */
export class TxStore {
  readonly #journal: Journal;
  readonly #live: JournalTable<Intent>;
  readonly #settled: JournalTable<Settled>;
  /** The live table's rows, in order; the journal is read once. */
  readonly intents = new Map<string, Intent>();

  /** @param scope names chain and account, so that one journal can serve several */
  constructor(journal: Journal, scope: string) {
    this.#journal = journal;
    this.#live = journal.table<Intent>(`tx_${scope}`);
    this.#settled = journal.table<Settled>(`tx_${scope}_settled`);
    for (const [id, intent] of this.#live.entries()) this.intents.set(id, intent);
  }

  add(intent: Intent): void {
    this.#journal.transaction(() => {
      this.#settled.delete(intent.id);
      this.#live.insert(intent.id, intent);
    });
    this.intents.set(intent.id, intent);
  }

  put(intent: Intent): void {
    this.#live.put(intent.id, intent);
    this.intents.set(intent.id, intent);
  }

  /** Forgets an intent that was never sent. */
  drop(id: string): void {
    this.#live.delete(id);
    this.intents.delete(id);
  }

  settle(intent: Intent, outcome: TxOutcome): void {
    this.#journal.transaction(() => {
      this.#live.delete(intent.id);
      this.#settled.put(intent.id, { outcome, call: fingerprint(intent) });
    });
    this.intents.delete(intent.id);
  }

  settled(id: string): Settled | undefined {
    return this.#settled.get(id);
  }
}

const utf8 = new TextEncoder();
export const fingerprint = (call: Pick<Intent, 'to' | 'data' | 'value'>): Digest =>
  toHex(keccak256(utf8.encode(`${call.to.toLowerCase()} ${call.data} ${call.value}`))) as Digest;
