/**
 * Live versions with who serves them: one model by its name, or the one that is used most. Offers of the reader's own
 * gateways are asked for by themselves: fifty cheap offers that nobody can reach must not hide them.
 */
export const TRY_QUERY = `query Try($where: Model_filter!, $gateways: [String!]!) {
  models(first: 1, where: $where, orderBy: jobCount, orderDirection: desc) {
    id
    slug
    liveVersion {
      id
      exact
      offers(first: 50, where: { active: true }, orderBy: feeWei) { ...Offered }
      own: offers(first: 50, where: { active: true, worker_: { endpoint_in: $gateways } }, orderBy: feeWei) { ...Offered }
    }
  }
}
fragment Offered on Offer {
  feeWei
  worker { id endpoint hotKey stakeWei }
}`;

export interface TryAnswer {
  readonly models: readonly {
    readonly id: string;
    readonly slug: string;
    readonly liveVersion: {
      readonly id: string;
      readonly exact: boolean;
      readonly offers: readonly OfferRow[];
      readonly own: readonly OfferRow[];
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

/** Every way that an endpoint can be registered which is the same server. */
export const spellingsOf = (gateways: readonly string[]): readonly string[] => [
  ...new Set(gateways.flatMap((url) => [url, url.replace(/\/+$/, ''), `${url.replace(/\/+$/, '')}/`])),
];

/** Each worker's offer once, cheapest first. */
export function allOffers({
  offers,
  own,
}: {
  readonly offers: readonly OfferRow[];
  readonly own: readonly OfferRow[];
}) {
  const byWorker = new Map([...own, ...offers].map((offer) => [offer.worker.id, offer]));
  return [...byWorker.values()].sort(
    (a, b) => Number(BigInt(a.feeWei) > BigInt(b.feeWei)) - Number(BigInt(a.feeWei) < BigInt(b.feeWei)),
  );
}
