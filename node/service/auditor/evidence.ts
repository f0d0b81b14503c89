import { readTensor } from '../../core/codec/answerFile.ts';
import type { Digest } from '../../core/codec/hex.ts';
import { sameAddress } from '../../core/codec/hex.ts';
import type { JobTerms } from '../../core/codec/job.ts';
import type { Sha256 } from '../../core/codec/sha256.ts';
import { ProtocolError } from '../../core/errors.ts';
import { tensorCommitment } from '../../core/merkle/tensorCommitment.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import type { Directory } from '../../ports/Directory.ts';
import type { Http } from '../../ports/Http.ts';

/** Largest answer of a gateway that is read, bytes: 64 MiB of tensor in base64. */
const MAX_BYTES = 90 << 20;
const TIMEOUT_MS = 15_000;

/** The input of a job could not be had from its worker. */
export class InputUnavailable extends ProtocolError {
  override readonly code = 'INPUT_UNAVAILABLE';
  override readonly retryable = true;
}

export interface EvidenceOptions {
  readonly directory: Pick<Directory, 'workers'>;
  readonly http: Http;
  readonly sha256: Sha256;
}

/**
 * The input of a submitted job from its worker's gateway (`GET /v1/jobs/{jobId}/input`). It is the input that the job's
 * terms commit to, or an error.
 * @throws {InputUnavailable} {@link TermsUnknown}
 */
export async function fetchInput(
  jobId: Digest,
  terms: JobTerms | undefined,
  { directory, http, sha256 }: EvidenceOptions,
): Promise<Tensor> {
  if (terms === undefined) throw new TermsUnknown(jobId);
  const unavailable = (why: string, cause?: unknown): InputUnavailable =>
    new InputUnavailable({
      what: 'The input of an audited job could not be had',
      why,
      fix: "It is asked for again; in the end the withheld input is reported, and the Court's forced opening decides.",
      meta: { jobId, worker: terms.worker },
      cause,
    });
  const record = (await directory.workers()).find(({ worker }) => sameAddress(worker, terms.worker));
  if (record === undefined) throw unavailable(`the registry has no worker ${terms.worker}`);
  let input: Tensor;
  try {
    input = await ask(http, `${record.endpoint}/v1/jobs/${jobId}/input`);
  } catch (error) {
    throw unavailable(error instanceof Error ? error.message : String(error), error);
  }
  const root = tensorCommitment(input, { sha256 });
  if (root !== terms.inputRoot) throw unavailable(`its worker sent input ${root}, the job is about ${terms.inputRoot}`);
  return input;
}

async function ask(http: Http, url: string): Promise<Tensor> {
  const { status, body } = await http(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    length += part.length;
    if (status !== 200 || length > MAX_BYTES) break;
    parts.push(part);
  }
  if (status !== 200) throw unusable(`the worker answers with status ${status}`);
  if (length > MAX_BYTES) throw unusable(`the worker sends more than ${MAX_BYTES} bytes`);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return readTensor(JSON.parse(new TextDecoder().decode(bytes)), 'input');
}

const unusable = (why: string): InputUnavailable =>
  new InputUnavailable({ what: 'The worker does not give the input', why, fix: 'Ask again later.' });

/** The chain's events do not give the terms behind a job's id. */
export class TermsUnknown extends ProtocolError {
  override readonly code = 'TERMS_UNKNOWN';
  override readonly retryable = true;
  constructor(jobId: Digest) {
    super({
      what: 'The terms of a job are not known',
      why: `no endpoint gives events that hash to ${jobId}`,
      fix: 'Use an RPC endpoint that keeps the logs of the last weeks.',
      meta: { jobId },
    });
  }
}
