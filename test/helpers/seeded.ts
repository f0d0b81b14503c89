/** Repeatable randomness for tests and vectors: mulberry32 over a 32-bit seed. Never for keys or salts. */
export class Seeded {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  uint32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** An integer in low..high, both included; high - low < 2^32. */
  int(low: number, high: number): number {
    return low + (this.uint32() % (high - low + 1));
  }

  /** In [0, 1). */
  unit(): number {
    return this.uint32() / 2 ** 32;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.int(0, values.length - 1)]!;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.int(0, 255));
  }

  /** A whole number of exactly up to `bits` bits. */
  uint(bits: number): bigint {
    let value = 0n;
    for (const byte of this.bytes(Math.ceil(bits / 8))) value = (value << 8n) | BigInt(byte);
    return BigInt.asUintN(bits, value);
  }

  /** Standard normal (Box-Muller). */
  normal(): number {
    const u = (this.uint32() + 0.5) / 2 ** 32;
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.unit());
  }
}
