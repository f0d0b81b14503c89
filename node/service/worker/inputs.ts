import { readTensor, type TensorJson, tensorJson } from '../../core/codec/answerFile.ts';
import type { Digest } from '../../core/codec/hex.ts';
import { byteLength, type Tensor } from '../../core/tensor/tensor.ts';
import type { Clock } from '../../ports/Clock.ts';
import type { Journal, JournalTable } from '../../ports/Journal.ts';
import { ServiceOverloaded } from '../inference.ts';

interface InputRow {
  readonly input: TensorJson;
}

/** Apart from the bytes, so that counting does not read them. */
interface SizeRow {
  readonly keptAt: number;
  readonly bytes: number;
}

export interface InputsOptions {
  readonly journal: Journal;
  readonly clock: Pick<Clock, 'now'>;
  /** How long inputs of paid jobs are kept, ms: longer than any claim can be challenged. @default 15 days */
  readonly keepMs?: number;
  /** Bytes of all inputs together. @default 4 GiB */
  readonly maxBytes?: number;
}

const DAY_MS = 86_400_000;
const GIB = 2 ** 30;
/** Rows looked at in one sweep. */
const SWEEP_ROWS = 64;

/**
 * Inputs of paid jobs, kept while their claims can be audited or disputed: a worker who cannot show the input loses the
 * game. So no input makes room for another: when there is no room, no new job is taken.
 */
export class Inputs {
  readonly #options: InputsOptions;
  readonly #rows: JournalTable<InputRow>;
  readonly #sizes: JournalTable<SizeRow>;
  #bytes = 0;

  constructor(options: InputsOptions) {
    this.#options = options;
    this.#rows = options.journal.table('inputs');
    this.#sizes = options.journal.table('inputSizes');
    for (const [, { bytes }] of this.#sizes.entries()) this.#bytes += bytes;
  }

  /** @throws {ServiceOverloaded} when the input could not be kept; asked before any work */
  requireRoom(input: Tensor): void {
    const { maxBytes = 4 * GIB } = this.#options;
    if (this.#bytes + byteLength(input) <= maxBytes) return;
    throw new ServiceOverloaded(
      {
        what: 'The worker can keep no further input',
        why: `the inputs of jobs that may still be disputed fill ${this.#bytes} of ${maxBytes} bytes`,
        fix: 'Ask another worker, or send a smaller input.',
      },
      60,
    );
  }

  keep(jobId: Digest, input: Tensor): void {
    const bytes = byteLength(input);
    const before = this.#sizes.get(jobId)?.bytes ?? 0;
    this.#options.journal.transaction(() => {
      this.#rows.put(jobId, { input: tensorJson(input) });
      this.#sizes.put(jobId, { keptAt: this.#options.clock.now(), bytes });
    });
    this.#bytes += bytes - before;
  }

  find(jobId: Digest): Tensor | undefined {
    const row = this.#rows.get(jobId);
    return row === undefined ? undefined : readTensor(row.input, 'input');
  }

  /** As it is sent. */
  json(jobId: Digest): TensorJson | undefined {
    return this.#rows.get(jobId)?.input;
  }

  /** Forgets the oldest inputs that no game can need any more. */
  sweep(): void {
    const { clock, journal, keepMs = 15 * DAY_MS } = this.#options;
    const old: [string, SizeRow][] = [];
    for (const entry of this.#sizes.entries()) {
      if (entry[1].keptAt + keepMs >= clock.now() || old.length === SWEEP_ROWS) break;
      old.push([...entry]);
    }
    journal.transaction(() => {
      for (const [jobId] of old) {
        this.#rows.delete(jobId);
        this.#sizes.delete(jobId);
      }
    });
    for (const [, { bytes }] of old) this.#bytes -= bytes;
  }
}
