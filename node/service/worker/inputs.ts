import { readTensor, type TensorJson, tensorJson } from '../../core/codec/answerFile.ts';
import type { Digest } from '../../core/codec/hex.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import type { Clock } from '../../ports/Clock.ts';
import type { Journal, JournalTable } from '../../ports/Journal.ts';

interface InputRow {
  readonly keptAt: number;
  readonly input: TensorJson;
}

export interface InputsOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  /** How long inputs of paid jobs are kept, ms: longer than any claim can be challenged. @default 15 days */
  readonly keepMs?: number;
}

const DAY_MS = 86_400_000;
/** Rows looked at in one sweep. */
const SWEEP_ROWS = 64;

/** Inputs of paid jobs, kept while their claims can be audited or disputed: without its input nobody can check a claim. */
export class Inputs {
  readonly #options: InputsOptions;
  readonly #rows: JournalTable<InputRow>;

  constructor(options: InputsOptions) {
    this.#options = options;
    this.#rows = options.journal.table('inputs');
  }

  keep(jobId: Digest, input: Tensor): void {
    this.#rows.put(jobId, { keptAt: this.#options.clock.now(), input: tensorJson(input) });
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
    const { clock, keepMs = 15 * DAY_MS } = this.#options;
    let looked = 0;
    for (const [jobId, { keptAt }] of this.#rows.entries()) {
      if (keptAt + keepMs >= clock.now() || ++looked > SWEEP_ROWS) return;
      this.#rows.delete(jobId);
    }
  }
}
