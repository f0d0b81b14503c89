import { describeBytes, describeSeconds } from './times.ts';

/** Seconds that the speed is an average of. */
const WINDOW_SECONDS = 5;

/** Speed and time left of a transfer, from what it reported in the last seconds. */
export class Meter {
  readonly #now: () => number;
  readonly #seen: { at: number; bytes: number }[] = [];

  /** @param now milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Bytes per second; undefined until there is something to compare. */
  add(bytes: number): number | undefined {
    const at = this.#now();
    this.#seen.push({ at, bytes });
    while (this.#seen.length > 2 && at - this.#seen[0]!.at > WINDOW_SECONDS * 1000) this.#seen.shift();
    const [first] = this.#seen;
    const seconds = (at - first!.at) / 1000;
    return seconds > 0 ? (bytes - first!.bytes) / seconds : undefined;
  }

  /** `12.0 MiB of 64.0 MiB, 4.1 MiB/s, 13 s left`. */
  describe(bytes: number, total: number | undefined): string {
    const speed = this.add(bytes);
    const left =
      total === undefined || speed === undefined || speed <= 0
        ? ''
        : `, ${describeSeconds(BigInt(Math.ceil((total - bytes) / speed)))} left`;
    return `${describeBytes(bytes)}${total === undefined ? '' : ` of ${describeBytes(total)}`}${speed === undefined || speed <= 0 ? '' : `, ${describeBytes(Math.round(speed))}/s`}${left}`;
  }
}
