import { ServiceOverloaded } from '../service/inference.ts';
import { BodyTooLarge } from './errors.ts';
import type { GatewayLimits } from './limits.ts';

/** Counts the request bytes that are in memory, over all requests; slow or huge senders cannot exhaust it together. */
export class BodyBudget {
  #held = 0;
  readonly #limits: GatewayLimits;

  constructor(limits: GatewayLimits) {
    this.#limits = limits;
  }

  get heldBytes(): number {
    return this.#held;
  }

  /** A body that is about to arrive. `declared` is its Content-Length. @throws {BodyTooLarge} */
  open(declared: string | undefined, maxBytes = this.#limits.maxBodyBytes): BodyMeter {
    if (declared !== undefined && Number(declared) > maxBytes) throw new BodyTooLarge(Number(declared), maxBytes);
    return new BodyMeter(maxBytes, this.#limits.maxBufferedBytes, (bytes) => {
      this.#held += bytes;
      return this.#held <= this.#limits.maxBufferedBytes;
    });
  }
}

/** The bytes of one body. */
export class BodyMeter {
  #bytes = 0;
  readonly #maxBytes: number;
  readonly #maxBufferedBytes: number;
  readonly #hold: (bytes: number) => boolean;

  constructor(maxBytes: number, maxBufferedBytes: number, hold: (bytes: number) => boolean) {
    this.#maxBytes = maxBytes;
    this.#maxBufferedBytes = maxBufferedBytes;
    this.#hold = hold;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Call before keeping a chunk. @throws {BodyTooLarge} {@link ServiceOverloaded} */
  add(bytes: number): void {
    this.#bytes += bytes;
    const fits = this.#hold(bytes);
    if (this.#bytes > this.#maxBytes) throw new BodyTooLarge(undefined, this.#maxBytes);
    if (!fits) {
      throw new ServiceOverloaded(
        {
          what: 'The node holds more request bytes than it can',
          why: `more than ${this.#maxBufferedBytes} bytes of request bodies are in memory`,
          fix: 'Ask again in 1 s.',
        },
        1,
      );
    }
  }

  /** The body is no longer in memory. Idempotent. */
  close(): void {
    this.#hold(-this.#bytes);
    this.#bytes = 0;
  }
}
