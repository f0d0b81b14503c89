import { type Digest, sameAddress, toHex } from '../../../node/core/codec/hex.ts';
import { sha256 } from '../../../node/core/codec/sha256.ts';
import type { SiteConfig } from '../config.ts';
import { fetchFile } from '../fetchFile.ts';
import { formatBytes } from '../format.ts';
import { ProblemError } from '../problem.ts';
import { readContract } from '../read.ts';

/** Files above this are not loaded into a page; the command line runs them. */
const MAX_ARTIFACT_BYTES = 256 * 1024 * 1024;
const CACHE = 'assay-artifacts';

/** What the chain itself says of a version, not the index. */
export interface VersionClaim {
  readonly versionId: bigint;
  readonly modelId: bigint;
  readonly cid: string;
  readonly sha256: Digest;
  readonly programRoot: Digest;
  readonly sizeBytes: number;
}

export async function readVersionClaim(config: SiteConfig, versionId: bigint): Promise<VersionClaim> {
  const version = await readContract(config, {
    contract: 'models',
    functionName: 'getVersion',
    args: [versionId],
  });
  return {
    versionId,
    modelId: version.modelId,
    cid: version.cid,
    sha256: version.sha256Hash as Digest,
    programRoot: version.programRoot as Digest,
    sizeBytes: Number(version.sizeBytes),
  };
}

export interface Artifact {
  readonly bytes: Uint8Array;
  /** From this browser's own store: nothing was downloaded. */
  readonly cached: boolean;
}

/**
 * The file of a version: from this browser's store, else from the gateways. Both are hashed and compared with what the
 * chain says, so neither is believed.
 * @throws {ProblemError}
 */
export async function loadArtifact(
  config: SiteConfig,
  claim: VersionClaim,
  onProgress?: (loaded: number, total: number) => void,
): Promise<Artifact> {
  if (claim.sizeBytes > MAX_ARTIFACT_BYTES)
    throw new ProblemError({
      what: 'This model is too large for a browser',
      why: `it has ${formatBytes(claim.sizeBytes)}, a page loads at most ${formatBytes(MAX_ARTIFACT_BYTES)}`,
      fix: 'Run it with the command line: assay pull, then assay run.',
    });
  const kept = await readCache(claim);
  if (kept !== undefined) return { bytes: kept, cached: true };
  const bytes = await fetchFile(config.gateways, claim.cid, {
    maxBytes: claim.sizeBytes,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  if (!isClaimed(bytes, claim))
    throw new ProblemError({
      what: 'The file is not the registered one',
      why: 'its SHA-256 is not what the chain says',
      fix: 'Do not use this version; tell its author.',
    });
  await writeCache(claim, bytes);
  return { bytes, cached: false };
}

const isClaimed = (bytes: Uint8Array, claim: VersionClaim): boolean =>
  bytes.length === claim.sizeBytes && sameAddress(toHex(sha256(bytes)), claim.sha256);

const keyOf = ({ cid }: VersionClaim): string => `/artifact/${encodeURIComponent(cid)}`;

/** Cache Storage is closed on pages without TLS other than this machine's, and in some private windows. */
const openCache = async (): Promise<Cache | undefined> =>
  'caches' in globalThis ? caches.open(CACHE).catch(() => undefined) : undefined;

async function readCache(claim: VersionClaim): Promise<Uint8Array | undefined> {
  const cache = await openCache();
  const kept = await cache?.match(keyOf(claim));
  if (kept === undefined) return undefined;
  const bytes = new Uint8Array(await kept.arrayBuffer());
  if (isClaimed(bytes, claim)) return bytes;
  await cache?.delete(keyOf(claim));
  return undefined;
}

async function writeCache(claim: VersionClaim, bytes: Uint8Array): Promise<void> {
  const cache = await openCache();
  // A full store costs a download the next time, nothing else.
  await cache?.put(keyOf(claim), new Response(bytes.slice())).catch(() => undefined);
}
