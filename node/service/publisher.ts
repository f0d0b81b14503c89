import { type Digest, toHex } from '../core/codec/hex.ts';
import type { Sha256 } from '../core/codec/sha256.ts';
import { ProtocolError } from '../core/errors.ts';
import type { Directory } from '../ports/Directory.ts';
import type { Http } from '../ports/Http.ts';
import type { Authoring, VersionInput } from '../ports/Registry.ts';
import type { Cid, Store } from '../ports/Store.ts';
import { readArtifact } from './artifact.ts';

export interface PublishParts {
  readonly store: Store;
  readonly directory: Pick<Directory, 'models' | 'versions' | 'workers'>;
  readonly authoring: Authoring;
  readonly http: Http;
  readonly sha256: Sha256;
}

export interface PublishRequest {
  readonly slug: string;
  /** An exact model. */
  readonly bytes: Uint8Array;
  /** Model card, Markdown. */
  readonly card: string;
  readonly licence: string;
  readonly parents: readonly bigint[];
  /** Verified copies on workers to wait for. */
  readonly replicas: number;
  readonly signal?: AbortSignal;
  readonly onCopy?: (endpoint: string) => void;
}

export interface Published {
  readonly modelId: bigint;
  readonly versionId: bigint;
  readonly cid: Cid;
  readonly cardCid: Cid;
  readonly sha256: Digest;
  readonly programRoot: Digest;
  /** Endpoints that hold a copy they verified themselves. */
  readonly replicas: readonly string[];
}

/** The version is registered, but too few workers hold a copy. */
export class TooFewReplicas extends ProtocolError {
  override readonly code = 'TOO_FEW_REPLICAS';
  override readonly retryable = true;
}

/** A worker that hangs must not hang the publication. */
const UPLOAD_MS = 60_000;
/** Of what a worker says when it refuses. */
const MAX_REFUSAL_BYTES = 4096;

/**
 * Puts an exact model on IPFS and into the registry, then hands copies to workers, who hash every block. The model is
 * proven before anything is written, so a version that workers would refuse is never registered. Publishing the same
 * bytes under the same name again registers nothing new: it adds copies.
 * @throws {TooFewReplicas} and what proving a model, the chain and the store may throw
 */
export async function publishVersion(parts: PublishParts, request: PublishRequest): Promise<Published> {
  const { store, directory, authoring, sha256 } = parts;
  const { programRoot } = readArtifact(request.bytes, sha256);
  const { cid } = await store.add(request.bytes);
  const { cid: cardCid } = await store.add(new TextEncoder().encode(request.card));
  const known = (await directory.models()).find(({ slug }) => slug === request.slug);
  const modelId = known?.modelId ?? (await authoring.registerModel(request.slug, cardCid));
  const version = {
    cid,
    sha256: toHex(sha256(request.bytes)) as Digest,
    programRoot,
    sizeBytes: request.bytes.length,
    licence: request.licence,
    cardCid,
    parents: request.parents,
  };
  const same = known && (await directory.versions(modelId)).find((other) => isSame(other, version));
  const versionId = same?.versionId ?? (await authoring.publishVersion(modelId, version));
  const replicas = await replicate(parts, [cid, cardCid], request);
  return { modelId, versionId, cid, cardCid, sha256: version.sha256, programRoot, replicas };
}

const isSame = (a: VersionInput, b: VersionInput): boolean =>
  a.cid === b.cid &&
  a.sha256 === b.sha256 &&
  a.programRoot === b.programRoot &&
  a.licence === b.licence &&
  a.cardCid === b.cardCid &&
  a.parents.join() === b.parents.join();

async function replicate(
  { store, directory, http }: PublishParts,
  cids: readonly Cid[],
  request: PublishRequest,
): Promise<string[]> {
  const copies: string[] = [];
  const complaints: string[] = [];
  if (request.replicas === 0) return copies;
  for (const { endpoint, active } of await directory.workers()) {
    if (!active || copies.length >= request.replicas) continue;
    try {
      for (const cid of cids) await upload(http, endpoint, cid, await bytesOf(store.exportCar(cid)), request.signal);
      copies.push(endpoint);
      request.onCopy?.(endpoint);
    } catch (error) {
      request.signal?.throwIfAborted();
      complaints.push(`${endpoint}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (copies.length >= request.replicas) return copies;
  throw new TooFewReplicas({
    what: 'The version is registered, but too few workers hold a copy',
    why: `${copies.length} of ${request.replicas} copies are confirmed${complaints.length === 0 ? '; no other active worker is registered' : ` (${complaints.join('; ')})`}`,
    fix: 'Start more workers, or ask for fewer copies with --replicas; publishing again adds copies.',
  });
}

async function upload(
  http: Http,
  endpoint: string,
  cid: Cid,
  car: Uint8Array<ArrayBuffer>,
  signal?: AbortSignal,
): Promise<void> {
  const response = await http(`${endpoint.replace(/\/$/, '')}/ipfs/${cid}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/vnd.ipld.car; version=1' },
    body: car,
    redirect: 'error',
    signal: AbortSignal.any([AbortSignal.timeout(UPLOAD_MS), ...(signal === undefined ? [] : [signal])]),
  });
  if (response.status >= 300) {
    const text = new TextDecoder().decode(await bytesOf(response.body ?? [], MAX_REFUSAL_BYTES));
    throw new TooFewReplicas({
      what: 'A worker refused the copy',
      why: `HTTP ${response.status}: ${text.slice(0, 300)}`,
      fix: 'See what the worker says.',
    });
  }
}

async function bytesOf(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  enough = Number.POSITIVE_INFINITY,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    size += chunk.length;
    if (size >= enough) break;
  }
  return new Uint8Array(Buffer.concat(parts));
}
