import { nearest } from '../../core/codec/nearest.ts';
import type { Sha256 } from '../../core/codec/sha256.ts';
import { ProtocolError } from '../../core/errors.ts';
import type { Directory, ModelRecord, VersionRecord } from '../../ports/Directory.ts';
import type { Progress, Store } from '../../ports/Store.ts';
import { type CheckedArtifact, checkArtifact, dagBytes } from '../artifact.ts';

/** A name that the registry does not know, or a model without a live version. */
export class ModelNotAvailable extends ProtocolError {
  override readonly code = 'MODEL_NOT_AVAILABLE';
}

export interface LocalVersion {
  readonly model: ModelRecord;
  readonly version: VersionRecord;
  readonly artifact: CheckedArtifact;
}

/**
 * The live version of a model, its artifact fetched by CID from any worker and proven here.
 * @throws {ModelNotAvailable} StoreFetchFailed ArtifactMismatch
 */
export async function openVersion(
  parts: { readonly directory: Directory; readonly store: Store; readonly sha256: Sha256 },
  slug: string,
  options: {
    readonly versionId?: bigint;
    readonly onProgress?: (progress: Progress) => void;
    readonly signal?: AbortSignal;
  } = {},
): Promise<LocalVersion> {
  const { directory, store, sha256 } = parts;
  const models = await directory.models();
  const model = models.find((record) => record.slug === slug);
  const versionId = options.versionId ?? model?.liveVersionId ?? 0n;
  if (model === undefined || versionId === 0n) {
    const meant = nearest(
      slug,
      models.map((record) => record.slug),
    );
    throw new ModelNotAvailable({
      what: `${JSON.stringify(slug)} cannot be used`,
      why:
        model === undefined
          ? `the registry knows ${models.map((record) => record.slug).join(', ') || 'no model'}`
          : 'the DAO has made no version of it live',
      fix:
        model !== undefined
          ? 'Propose one: `assay gov propose`.'
          : `${meant === undefined ? '' : `Did you mean ${meant}? `}Choose a name from \`assay model show\`.`,
    });
  }
  const version = await directory.version(versionId);
  if (version.modelId !== model.modelId) {
    throw new ModelNotAvailable({
      what: `Version ${versionId} cannot be used as ${JSON.stringify(slug)}`,
      why: `it belongs to ${models.find(({ modelId }) => modelId === version.modelId)?.slug ?? 'another model'}`,
      fix: 'Leave out --version-id for the live version, or give one of this model.',
    });
  }
  const budget = { maxBytes: dagBytes(version.sizeBytes) };
  const providers = (await directory.workers()).filter(({ active }) => active).map(({ endpoint }) => endpoint);
  const { onProgress, signal } = options;
  await store.fetch(version.cid, {
    ...budget,
    providers,
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(signal === undefined ? {} : { signal }),
  });
  return { model, version, artifact: checkArtifact(await store.read(version.cid, budget), version, sha256) };
}
