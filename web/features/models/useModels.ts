import { type SubgraphResult, useSubgraph } from '../../lib/subgraph.ts';
import type { Card } from './card.ts';
import type { CatalogueModel, LiveVersion } from './catalogue.ts';
import { type LiveVersionRow, MODELS_QUERY, type ModelRow, type ModelsAnswer } from './query.ts';
import { useCards } from './useCard.ts';

const NO_PROGRAM = /^0x0{64}$/;

function liveOf(row: LiveVersionRow): LiveVersion {
  const fees = row.offers.filter(({ worker }) => worker.active).map(({ feeWei }) => BigInt(feeWei));
  const [first, ...others] = fees;
  return {
    id: row.id,
    licence: row.licence,
    sizeBytes: Number(row.sizeBytes),
    isExact: !NO_PROGRAM.test(row.programRoot),
    workerCount: fees.length,
    jobCount: Number(row.jobCount),
    ...(first === undefined ? {} : { priceWei: others.reduce((low, fee) => (fee < low ? fee : low), first) }),
  };
}

/** A row of the index with what its card says; the card may still be on its way. */
export function catalogueModel(row: ModelRow, card: Card | undefined): CatalogueModel {
  return {
    id: row.id,
    slug: row.slug,
    author: row.author.id,
    updatedAt: Number(row.versions[0]?.publishedAt ?? row.registeredAt),
    versionCount: Number(row.versionCount),
    ...(row.liveVersion === null ? {} : { live: liveOf(row.liveVersion) }),
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
  return {
    ...rest,
    ...(data === undefined ? {} : { data: rows.map((row, at) => catalogueModel(row, cards[at]?.card)) }),
  };
}
