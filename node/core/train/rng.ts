/**
 * Seeded randomness that every language can repeat (federated 2.1). It shuffles, splits and initialises; it is never
 * used where an adversary must not guess it.
 */

/** FNV-1a over the UTF-8 bytes of an ASCII tag such as `digits|split|0`. */
export function fnv1a32(tag: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < tag.length; i++) hash = Math.imul(hash ^ tag.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * Sum in numpy's order: eight running sums, then in pairs, then the rest; halves above 128 terms. The partitions of
 * the reference depend on the last bit of such sums.
 */
export function pairwiseSum(terms: ArrayLike<number>, start = 0, count = terms.length): number {
  if (count > 128) {
    const half = Math.floor(count / 2) - (Math.floor(count / 2) % 8);
    return pairwiseSum(terms, start, half) + pairwiseSum(terms, start + half, count - half);
  }
  let sum = 0;
  const blocked = count < 8 ? 0 : count - (count % 8);
  if (blocked > 0) {
    const lanes = new Float64Array(8);
    for (let i = 0; i < blocked; i++) lanes[i % 8]! += terms[start + i]!;
    const [a, b, c, d, e, f, g, h] = lanes as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    sum = a + b + (c + d) + (e + f + (g + h));
  }
  for (let i = blocked; i < count; i++) sum += terms[start + i]!;
  return sum;
}

const TWO_32 = 4294967296;

/** The generator mulberry32, its state private to the instance. */
export class Rng {
  #state: number;

  /** @param seed a 32-bit number, or a tag that {@link fnv1a32} turns into one */
  constructor(seed: number | string) {
    this.#state = (typeof seed === 'string' ? fnv1a32(seed) : seed) >>> 0;
  }

  /** The next 32 bits. */
  u32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    const a = this.#state;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return this.u32() / TWO_32;
  }

  /** Uniform in (0, 1): safe under a logarithm. */
  #open(): number {
    return (this.u32() + 0.5) / TWO_32;
  }

  /** A permutation of 0..n-1: the stable order of n random keys. */
  permutation(n: number): Uint32Array {
    const keys = Uint32Array.from({ length: n }, () => this.u32());
    return Uint32Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]! || a - b);
  }

  /** `n` standard normals by Box-Muller, two from each pair of draws (an odd last one is thrown away). */
  normal(n: number): Float64Array {
    const values = new Float64Array(n);
    for (let i = 0; i < n; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(this.#open()));
      const angle = 2 * Math.PI * this.#open();
      values[i] = radius * Math.cos(angle);
      if (i + 1 < n) values[i + 1] = radius * Math.sin(angle);
    }
    return values;
  }

  /** Gamma(shape, 1) by Marsaglia and Tsang (2000). */
  gamma(shape: number): number {
    if (shape < 1) {
      const larger = this.gamma(shape + 1);
      return larger * this.#open() ** (1 / shape);
    }
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal(1)[0]!;
      const v = (1 + c * x) ** 3;
      const u = this.#open();
      if (v > 0 && Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  /** A point of the symmetric Dirichlet distribution over `n` shares. */
  dirichlet(concentration: number, n: number): Float64Array {
    const shares = Float64Array.from({ length: n }, () => this.gamma(concentration));
    const total = pairwiseSum(shares);
    return shares.map((share) => share / total);
  }
}
