/** Live versions with who serves them: one model by its name, or the one that is used most. */
export const TRY_QUERY = `query Try($where: Model_filter!) {
  models(first: 1, where: $where, orderBy: jobCount, orderDirection: desc) {
    id
    slug
    liveVersion {
      id
      exact
      offers(first: 50, where: { active: true }, orderBy: feeWei) {
        feeWei
        worker { id endpoint hotKey stakeWei }
      }
    }
  }
}`;

export interface TryAnswer {
  readonly models: readonly {
    readonly id: string;
    readonly slug: string;
    readonly liveVersion: {
      readonly id: string;
      readonly exact: boolean;
      readonly offers: readonly OfferRow[];
    } | null;
  }[];
}

export interface OfferRow {
  readonly feeWei: string;
  readonly worker: {
    readonly id: string;
    readonly endpoint: string;
    readonly hotKey: string;
    readonly stakeWei: string;
  };
}

export const tryFilter = (slug: string | null): Readonly<Record<string, unknown>> =>
  slug === null || slug === '' ? { liveVersion_not: null } : { slug };
