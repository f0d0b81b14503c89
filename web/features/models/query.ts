/** The catalogue. A network has hundreds of models, not thousands: one page of the index holds them, facets work on all. */
export const MODELS_QUERY = `query Models {
  models(first: 1000, orderBy: registeredAt, orderDirection: desc) {
    id
    slug
    author { id }
    registeredAt
    metadataCid
    versionCount
    versions(first: 1, orderBy: publishedAt, orderDirection: desc) { publishedAt }
    liveVersion {
      id
      licence
      sizeBytes
      programRoot
      cardCid
      jobCount
      offers(first: 100, where: { active: true }, orderBy: feeWei) { feeWei worker { active } }
    }
  }
}`;

export interface ModelsAnswer {
  readonly models: readonly ModelRow[];
}

export interface ModelRow {
  readonly id: string;
  readonly slug: string;
  readonly author: { readonly id: string };
  readonly registeredAt: string;
  readonly metadataCid: string;
  readonly versionCount: number | string;
  readonly versions: readonly { readonly publishedAt: string }[];
  readonly liveVersion: LiveVersionRow | null;
}

export interface LiveVersionRow {
  readonly id: string;
  readonly licence: string;
  readonly sizeBytes: string;
  readonly programRoot: string;
  readonly cardCid: string;
  readonly jobCount: number | string;
  readonly offers: readonly { readonly feeWei: string; readonly worker: { readonly active: boolean } }[];
}
