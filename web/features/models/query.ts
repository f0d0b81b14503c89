/** The catalogue. A network has hundreds of models, not thousands: one page of the index holds them, facets work on all. */
export const MODELS_QUERY = `query Models {
  parameter(id: "MinStakeWei") { value }
  models(first: 1000, orderBy: updatedAt, orderDirection: desc) {
    id
    slug
    author { id }
    updatedAt
    metadataCid
    versionCount
    jobCount
    liveVersion {
      id
      licence
      sizeBytes
      exact
      cardCid
      offers(first: 100, where: { active: true }, orderBy: feeWei) { feeWei worker { stakeWei } }
    }
  }
}`;

export interface ModelsAnswer {
  /** A worker with less active stake gets no jobs. */
  readonly parameter: { readonly value: string } | null;
  readonly models: readonly ModelRow[];
}

export interface ModelRow {
  readonly id: string;
  readonly slug: string;
  readonly author: { readonly id: string };
  readonly updatedAt: string;
  readonly metadataCid: string;
  readonly versionCount: number;
  readonly jobCount: number;
  readonly liveVersion: LiveVersionRow | null;
}

export interface LiveVersionRow {
  readonly id: string;
  readonly licence: string;
  readonly sizeBytes: string;
  readonly exact: boolean;
  readonly cardCid: string;
  readonly offers: readonly { readonly feeWei: string; readonly worker: { readonly stakeWei: string } }[];
}
