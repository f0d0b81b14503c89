import { ProblemError } from './problem.ts';

/** What a worker's endpoint says of a model (Open Inference Protocol v2, GET /v2/models/{name}), checked and cut down. */
export interface ModelMetadata {
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  /** -1 stands for any number of rows. */
  readonly shape: readonly number[];
}

const TIMEOUT_MS = 10_000;
const MAX_CHARS = 256 * 1024;
/** Names go into code that people copy: nothing that a shell or a quote could read differently. */
const NAME = /^[A-Za-z0-9_./-]{1,64}$/;

function tensorsOf(value: unknown): readonly TensorMetadata[] | undefined {
  if (!Array.isArray(value) || value.length > 32) return undefined;
  const tensors = value.map((one: unknown) => {
    const { name, datatype, shape } = (one ?? {}) as Record<string, unknown>;
    return typeof name === 'string' &&
      NAME.test(name) &&
      typeof datatype === 'string' &&
      /^[A-Z0-9]{2,8}$/.test(datatype) &&
      Array.isArray(shape) &&
      shape.length <= 8 &&
      shape.every((size) => Number.isSafeInteger(size))
      ? { name, datatype, shape: shape as number[] }
      : undefined;
  });
  return tensors.every((tensor) => tensor !== undefined) ? tensors : undefined;
}

/** Asks an endpoint for a model's inputs and outputs. @throws {ProblemError} */
async function fetchModelMetadata(endpoint: string, slug: string, signal?: AbortSignal): Promise<ModelMetadata> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(`${endpoint.replace(/\/+$/, '')}/v2/models/${encodeURIComponent(slug)}`, {
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  });
  const text = response.ok ? await response.text() : '';
  const refused = (why: string): ProblemError =>
    new ProblemError({
      what: 'The worker does not describe this model',
      why,
      fix: 'Try again, or choose another gateway in the settings.',
    });
  if (!response.ok)
    throw refused(response.status === 404 ? 'it does not serve it' : `it answers HTTP ${response.status}`);
  if (text.length > MAX_CHARS) throw refused('its answer is too large');
  const { inputs, outputs } = (JSON.parse(text) ?? {}) as Record<string, unknown>;
  const [ins, outs] = [tensorsOf(inputs), tensorsOf(outputs)];
  if (ins === undefined || outs === undefined) throw refused('its answer is not what the protocol describes');
  return { inputs: ins, outputs: outs };
}

/** The first of the gateways that serves the model, and what it says of it. @throws {ProblemError} */
export async function describeModel(
  gateways: readonly string[],
  slug: string,
  signal?: AbortSignal,
): Promise<{ readonly endpoint: string; readonly metadata: ModelMetadata }> {
  let last: unknown = new ProblemError({
    what: 'No worker describes this model',
    why: 'no gateway is configured',
    fix: 'Add one in the settings.',
  });
  for (const endpoint of gateways) {
    try {
      return { endpoint, metadata: await fetchModelMetadata(endpoint, slug, signal) };
    } catch (cause) {
      if (signal?.aborted === true) throw cause;
      last = cause;
    }
  }
  throw last;
}
