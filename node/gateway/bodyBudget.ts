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
  open(declared: string | undefined): BodyMeter {
    if (declared !== undefined && Number(declared) > this.#limits.maxBodyBytes)
      throw new BodyTooLarge(Number(declared), this.#limits.maxBodyBytes);
    return new BodyMeter(this.#limits, (bytes) => {
      this.#held += bytes;
      return this.#held <= this.#limits.maxBufferedBytes;
    });
  }
}

/** The bytes of one body. */
export class BodyMeter {
  #bytes = 0;
  readonly #limits: GatewayLimits;
  readonly #hold: (bytes: number) => boolean;

  constructor(limits: GatewayLimits, hold: (bytes: number) => boolean) {
    this.#limits = limits;
    this.#hold = hold;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Call before keeping a chunk. @throws {BodyTooLarge} {@link ServiceOverloaded} */
  add(bytes: number): void {
    this.#bytes += bytes;
    const fits = this.#hold(bytes);
    if (this.#bytes > this.#limits.maxBodyBytes) throw new BodyTooLarge(undefined, this.#limits.maxBodyBytes);
    if (!fits) {
      throw new ServiceOverloaded(
        {
          what: 'The node holds more request bytes than it can',
          why: `more than ${this.#limits.maxBufferedBytes} bytes of request bodies are in memory`,
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
