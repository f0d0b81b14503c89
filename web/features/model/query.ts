/** One model with its versions. Versions of one model are few; the newest 200 are shown. */
export const MODEL_QUERY = `query Model($id: ID!) {
  parameter(id: "MinStakeWei") { value }
  model(id: $id) {
    id
    slug
    author { id }
    registeredAt
    liveVersion { id }
    liveHistory(first: 100, orderBy: at, orderDirection: desc) { id version { id } at tx }
    versions(first: 200, orderBy: number, orderDirection: desc) {
      id
      cid
      sha256
      programRoot
      sizeBytes
      licence
      cardCid
      publishedAt
      publishedTx
      jobCount
      jobsCompleted
      jobsRejected
      parents { id model { id slug } }
      children(first: 50) { child { id model { id slug } } }
      offers(first: 100, where: { active: true }, orderBy: feeWei) {
        feeWei
        worker { id endpoint stakeWei }
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
  readonly publishedTx: string;
  readonly jobCount: number;
  readonly jobsCompleted: number;
  readonly jobsRejected: number;
  readonly parents: readonly RelativeRow[];
  readonly children: readonly { readonly child: RelativeRow }[];
  readonly offers: readonly {
    readonly feeWei: string;
    readonly worker: { readonly id: string; readonly endpoint: string; readonly stakeWei: string };
  }[];
}

export interface ModelAnswer {
  /** A worker with less active stake gets no jobs. */
  readonly parameter: { readonly value: string } | null;
  readonly model: {
    readonly id: string;
    readonly slug: string;
    readonly author: { readonly id: string };
    readonly registeredAt: string;
    readonly liveVersion: { readonly id: string } | null;
    readonly liveHistory: readonly {
      readonly id: string;
      readonly version: { readonly id: string } | null;
      readonly at: string;
      readonly tx: string;
    }[];
    readonly versions: readonly VersionRow[];
  } | null;
}
