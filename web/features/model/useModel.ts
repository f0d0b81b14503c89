import { type SubgraphResult, useSubgraph } from '../../lib/subgraph.ts';
import type { ModelDetail, Relative, VersionDetail } from './model.ts';
import { MODEL_QUERY, type ModelAnswer } from './query.ts';

type ModelRow = NonNullable<ModelAnswer['model']>;
type VersionRow = ModelRow['versions'][number];

const relative = ({ id, model }: VersionRow['parents'][number]): Relative => ({
  id,
  modelId: model.id,
  slug: model.slug,
});

const versionOf = (row: VersionRow, minStakeWei: bigint): VersionDetail => ({
  id: row.id,
  cid: row.cid,
  sha256: row.sha256,
  programRoot: row.programRoot,
  sizeBytes: Number(row.sizeBytes),
  licence: row.licence,
  cardCid: row.cardCid,
  publishedAt: Number(row.publishedAt),
  publishedIn: row.publishedTx,
  jobCount: row.jobCount,
  jobsCompleted: row.jobsCompleted,
  jobsRejected: row.jobsRejected,
  parents: row.parents.map(relative),
  children: row.children.map(({ child }) => relative(child)),
  offers: row.offers.map(({ feeWei, worker }) => ({
    worker: worker.id,
    endpoint: worker.endpoint,
    feeWei: BigInt(feeWei),
    isActive: BigInt(worker.stakeWei) >= minStakeWei,
  })),
});

/** The index's row as the page needs it. */
export const modelOf = (row: ModelRow, minStakeWei: bigint): ModelDetail => ({
  id: row.id,
  slug: row.slug,
  author: row.author.id,
  registeredAt: Number(row.registeredAt),
  ...(row.liveVersion === null ? {} : { liveVersionId: row.liveVersion.id }),
  versions: row.versions.map((version) => versionOf(version, minStakeWei)),
  liveHistory: row.liveHistory.map(({ id, version, at, tx }) => ({
    id,
    ...(version === null ? {} : { versionId: version.id }),
    at: Number(at),
    transaction: tx,
  })),
});

/** A model by its id; `data` is null when there is none. */
export function useModel(id: string): SubgraphResult<ModelDetail | null> {
  const { data, ...rest } = useSubgraph<ModelAnswer>(MODEL_QUERY, { id }, { enabled: id !== '' });
  if (data === undefined) return rest;
  return { ...rest, data: data.model === null ? null : modelOf(data.model, BigInt(data.parameter?.value ?? 0)) };
}
