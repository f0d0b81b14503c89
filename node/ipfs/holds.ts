import type { CID } from 'multiformats/cid';
import { keyOf } from './cid.ts';

/** Keeps blocks from being swept while somebody still builds a DAG out of them. */
export class Holds {
  readonly #counts = new Map<string, number>();
  #sweep: Promise<unknown> = Promise.resolve();
  #sweeps = 0;

  open(): Hold {
    return new Hold(this);
  }

  isHeld(cid: CID): boolean {
    return this.#counts.has(keyOf(cid));
  }

  /** Waits for running sweeps, so that whoever holds a block first and looks for it then does not lose it in between. */
  async take(cid: CID): Promise<void> {
    while (this.#sweeps > 0) await this.#sweep;
    this.#counts.set(keyOf(cid), (this.#counts.get(keyOf(cid)) ?? 0) + 1);
  }

  give(cid: CID): void {
    const left = (this.#counts.get(keyOf(cid)) ?? 0) - 1;
    if (left > 0) this.#counts.set(keyOf(cid), left);
    else this.#counts.delete(keyOf(cid));
  }

  /** Runs `body` when no other sweep runs; nothing new is held meanwhile. */
  async sweep<T>(body: () => Promise<T>): Promise<T> {
    this.#sweeps++;
    const turn = this.#sweep.then(body).finally(() => {
      this.#sweeps--;
    });
    this.#sweep = turn.catch(() => undefined);
    return turn;
  }
}

/** The blocks of one running operation. */
export class Hold {
  readonly #held = new Map<string, { readonly cid: CID; readonly taken: Promise<void> }>();
  readonly #holds: Holds;

  constructor(holds: Holds) {
    this.#holds = holds;
  }

  async add(cid: CID): Promise<void> {
    const key = keyOf(cid);
    const held = this.#held.get(key) ?? { cid, taken: this.#holds.take(cid) };
    this.#held.set(key, held);
    await held.taken;
  }

  /** Call when every `add` has resolved. Idempotent. */
  release(): void {
    for (const { cid } of this.#held.values()) this.#holds.give(cid);
    this.#held.clear();
  }
}
