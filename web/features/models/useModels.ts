import { type SubgraphResult, useSubgraph } from '../../lib/subgraph.ts';
import type { Card } from './card.ts';
import type { CatalogueModel, LiveVersion } from './catalogue.ts';
import { type LiveVersionRow, MODELS_QUERY, type ModelRow, type ModelsAnswer } from './query.ts';
import { useCards } from './useCards.ts';
import { type Untold, useTasks } from './useTasks.ts';

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
export function catalogueModel(
  row: ModelRow,
  minStakeWei: bigint,
  card: Card | undefined,
  guessedTask?: string,
): CatalogueModel {
  const task = card?.task ?? guessedTask;
  return {
    id: row.id,
    slug: row.slug,
    author: row.author.id,
    updatedAt: Number(row.updatedAt),
    versionCount: row.versionCount,
    jobCount: row.jobCount,
    ...(row.liveVersion === null ? {} : { live: liveOf(row.liveVersion, minStakeWei) }),
    ...(task === undefined ? {} : { task, isTaskGuessed: card?.task === undefined }),
    tags: card?.tags ?? [],
    summary: card?.summary ?? '',
  };
}

/** The card of what is live, else the one the model was registered with. */
const cardCidOf = ({ liveVersion, metadataCid }: ModelRow): string =>
  liveVersion === null || liveVersion.cardCid === '' ? metadataCid : liveVersion.cardCid;

/** A model that is served, and whose card names no task or is missing. A card that is on its way may still name one. */
function untoldOf(row: ModelRow, card: Card | undefined): Untold | undefined {
  const isSilent = card === undefined ? cardCidOf(row) === '' : card.task === undefined;
  const { slug, liveVersion } = row;
  return isSilent && liveVersion !== null && liveVersion.offers.length > 0
    ? { slug, versionId: liveVersion.id }
    : undefined;
}

/** Every model with its card. */
export function useModels(): SubgraphResult<readonly CatalogueModel[]> {
  const { data, ...rest } = useSubgraph<ModelsAnswer>(MODELS_QUERY);
  const rows = data?.models ?? [];
  const cards = useCards(rows.map(cardCidOf));
  const tasks = useTasks(rows.map((row, at) => untoldOf(row, cards[at])));
  if (data === undefined) return rest;
  const minStakeWei = BigInt(data.parameter?.value ?? 0);
  return { ...rest, data: rows.map((row, at) => catalogueModel(row, minStakeWei, cards[at], tasks[at])) };
}
