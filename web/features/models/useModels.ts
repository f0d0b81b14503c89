import { type SubgraphResult, useSubgraph } from '../../lib/subgraph.ts';
import type { Card } from './card.ts';
import type { CatalogueModel, LiveVersion } from './catalogue.ts';
import { type LiveVersionRow, MODELS_QUERY, type ModelRow, type ModelsAnswer } from './query.ts';
import { useCards } from './useCards.ts';

function liveOf(row: LiveVersionRow, minStakeWei: bigint): LiveVersion {
  const fees = row.offers
    .filter(({ worker }) => BigInt(worker.stakeWei) >= minStakeWei)
    .map(({ feeWei }) => BigInt(feeWei));
  const [cheapest] = fees.toSorted((a, b) => (a < b ? -1 : 1));
  return {
    id: row.id,
    licence: row.licence,
    sizeBytes: Number(row.sizeBytes),
    isExact: row.exact,
    workerCount: fees.length,
    ...(cheapest === undefined ? {} : { priceWei: cheapest }),
  };
}

/** A row of the index with what its card says; the card may still be on its way. */
export function catalogueModel(row: ModelRow, minStakeWei: bigint, card: Card | undefined): CatalogueModel {
  return {
    id: row.id,
    slug: row.slug,
    author: row.author.id,
    updatedAt: Number(row.updatedAt),
    versionCount: row.versionCount,
    jobCount: row.jobCount,
    ...(row.liveVersion === null ? {} : { live: liveOf(row.liveVersion, minStakeWei) }),
    ...(card?.task === undefined ? {} : { task: card.task }),
    tags: card?.tags ?? [],
    summary: card?.summary ?? '',
  };
}

/** The card of what is live, else the one the model was registered with. */
const cardCidOf = ({ liveVersion, metadataCid }: ModelRow): string =>
  liveVersion === null || liveVersion.cardCid === '' ? metadataCid : liveVersion.cardCid;

/** Every model with its card. */
export function useModels(): SubgraphResult<readonly CatalogueModel[]> {
  const { data, ...rest } = useSubgraph<ModelsAnswer>(MODELS_QUERY);
  const rows = data?.models ?? [];
  const cards = useCards(rows.map(cardCidOf));
  if (data === undefined) return rest;
  const minStakeWei = BigInt(data.parameter?.value ?? 0);
  return { ...rest, data: rows.map((row, at) => catalogueModel(row, minStakeWei, cards[at])) };
}
