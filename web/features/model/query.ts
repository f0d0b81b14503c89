/** One model with its versions. Versions of one model are few; the newest 200 are shown. */
export const MODEL_QUERY = `query Model($id: ID!) {
  model(id: $id) {
    id
    slug
    author { id }
    registeredAt
    liveVersion { id }
    liveChanges(first: 100, orderBy: timestamp, orderDirection: desc) { id version { id } timestamp transaction }
    versions(first: 200, orderBy: publishedAt, orderDirection: desc) {
      id
      cid
      sha256
      programRoot
      sizeBytes
      licence
      cardCid
      publishedAt
      transaction
      jobCount
      parents { id model { id slug } }
      children { id model { id slug } }
      offers(first: 100, where: { active: true }, orderBy: feeWei) {
        feeWei
        worker { id endpoint active }
      }
    }
  }
}`;

interface RelativeRow {
  readonly id: string;
  readonly model: { readonly id: string; readonly slug: string };
}

interface VersionRow {
  readonly id: string;
  readonly cid: string;
  readonly sha256: string;
  readonly programRoot: string;
  readonly sizeBytes: string;
  readonly licence: string;
  readonly cardCid: string;
  readonly publishedAt: string;
  readonly transaction: string;
  readonly jobCount: number | string;
  readonly parents: readonly RelativeRow[];
  readonly children: readonly RelativeRow[];
  readonly offers: readonly {
    readonly feeWei: string;
    readonly worker: { readonly id: string; readonly endpoint: string; readonly active: boolean };
  }[];
}

export interface ModelAnswer {
  readonly model: {
    readonly id: string;
    readonly slug: string;
    readonly author: { readonly id: string };
    readonly registeredAt: string;
    readonly liveVersion: { readonly id: string } | null;
    readonly liveChanges: readonly {
      readonly id: string;
      readonly version: { readonly id: string } | null;
      readonly timestamp: string;
      readonly transaction: string;
    }[];
    readonly versions: readonly VersionRow[];
  } | null;
}
