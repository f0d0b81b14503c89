import { DTYPES, type DTypeArrays, type Tensor } from '../../core/tensor/tensor.ts';
import type { Session } from '../../ports/Runtime.ts';

export interface BatchingOptions {
  /** Runs that may be under way at the same time; requests join each other only while as many are. */
  readonly inFlight: number;
  /** Rows of one joined run. @default 16 */
  readonly maxRows?: number;
}

type Tensors = ReadonlyMap<string, Tensor>;

interface Waiting {
  readonly inputs: Tensors;
  readonly rows: number;
  /** Requests with equal keys differ in their rows only. */
  readonly key: string;
  readonly signal: AbortSignal | undefined;
  readonly done: (outputs: Tensors) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Joins requests that would wait for each other into one run over all their rows (dynamic batching, as Triton names
 * it): weights are read once for many rows. For programs that compute each row by itself, as exact programs do, the
 * bits of an answer are the same. Nothing waits for company: a request that finds the session idle runs at once.
 */
export function batching(session: Session, { inFlight, maxRows = 16 }: BatchingOptions): Session {
  const waiting: Waiting[] = [];
  let active = 0;

  const pump = (): void => {
    while (active < inFlight && waiting.length > 0) {
      const batch = take(waiting, maxRows);
      if (batch.length === 0) continue;
      active += 1;
      void runBatch(session, batch).finally(() => {
        active -= 1;
        pump();
      });
    }
  };

  return {
    inputs: session.inputs,
    outputs: session.outputs,
    close: () => session.close(),
    run: (inputs, options) =>
      new Promise((done, failed) => {
        waiting.push({ inputs, ...shapeOf(inputs), signal: options?.signal, done, failed });
        pump();
      }),
  };
}

function shapeOf(inputs: Tensors): { rows: number; key: string } {
  const rows = [...inputs.values()][0]?.dims[0] ?? 0;
  const alike = [...inputs.values()].every(({ dims }) => dims[0] === rows);
  const key = [...inputs].map(([name, { dtype, dims }]) => `${name} ${dtype} ${dims.slice(1)}`).join('|');
  // Inputs without a common row count never join anything: no other request has their key.
  return { rows, key: rows > 0 && alike ? key : `alone ${key}` };
}

/** The oldest request and, in order, those that can join it; requests whose client is gone are dropped. */
function take(waiting: Waiting[], maxRows: number): Waiting[] {
  for (let i = waiting.length - 1; i >= 0; i--) {
    const { signal, failed } = waiting[i]!;
    if (!signal?.aborted) continue;
    failed(signal.reason);
    waiting.splice(i, 1);
  }
  const batch: Waiting[] = [];
  let rows = 0;
  for (let i = 0; i < waiting.length; ) {
    const next = waiting[i]!;
    const joins =
      batch.length === 0 ||
      (next.key === batch[0]!.key && !next.key.startsWith('alone') && rows + next.rows <= maxRows);
    if (!joins) {
      i += 1;
      continue;
    }
    batch.push(next);
    rows += next.rows;
    waiting.splice(i, 1);
  }
  return batch;
}

async function runBatch(session: Session, batch: readonly Waiting[]): Promise<void> {
  if (batch.length > 1) {
    const shares = await joined(session, batch).catch(() => undefined);
    if (shares !== undefined) {
      batch.forEach(({ done }, i) => {
        done(shares[i]!);
      });
      return;
    }
  }
  // One request, or a joined run that failed: each for itself, so that nobody pays for another's failure.
  await Promise.all(
    batch.map(({ inputs, signal, done, failed }) =>
      session.run(inputs, signal === undefined ? {} : { signal }).then(done, failed),
    ),
  );
}

/** Undefined when an output is not one row per input row. */
async function joined(session: Session, batch: readonly Waiting[]): Promise<Tensors[] | undefined> {
  const names = [...batch[0]!.inputs.keys()];
  const inputs = new Map(names.map((name) => [name, concatRows(batch.map((item) => item.inputs.get(name)!))]));
  const outputs = await session.run(inputs);
  const rows = batch.reduce((sum, item) => sum + item.rows, 0);
  if ([...outputs.values()].some(({ dims }) => dims[0] !== rows)) return undefined;
  let start = 0;
  return batch.map((item) => {
    const from = start;
    start += item.rows;
    return new Map([...outputs].map(([name, output]) => [name, sliceRows(output, from, item.rows)]));
  });
}

function concatRows(tensors: readonly Tensor[]): Tensor {
  const { dtype, dims } = tensors[0]!;
  const data = DTYPES[dtype].make(tensors.reduce((sum, t) => sum + t.data.length, 0)) as DTypeArrays['uint8'];
  let at = 0;
  for (const t of tensors) {
    data.set(t.data as DTypeArrays['uint8'], at);
    at += t.data.length;
  }
  return { dtype, dims: [tensors.reduce((sum, t) => sum + t.dims[0]!, 0), ...dims.slice(1)], data };
}

function sliceRows({ dtype, dims, data }: Tensor, first: number, rows: number): Tensor {
  const width = data.length / dims[0]!;
  return {
    dtype,
    dims: [rows, ...dims.slice(1)],
    data: (data as DTypeArrays['uint8']).slice(first * width, (first + rows) * width),
  };
}
