/** One model with everything the index knows about it. Strings come from strangers. */
export interface ModelDetail {
  readonly id: string;
  readonly slug: string;
  readonly author: string;
  /** Unix seconds. */
  readonly registeredAt: number;
  readonly liveVersionId?: string;
  /** Newest first. */
  readonly versions: readonly VersionDetail[];
  /** Newest first. */
  readonly liveHistory: readonly LiveChange[];
}

export interface VersionDetail {
  readonly id: string;
  readonly cid: string;
  readonly sha256: string;
  /** 32 zero bytes for a float version. */
  readonly programRoot: string;
  readonly sizeBytes: number;
  readonly licence: string;
  readonly cardCid: string;
  readonly publishedAt: number;
  readonly publishedIn: string;
  readonly parents: readonly Relative[];
  readonly children: readonly Relative[];
  readonly offers: readonly Offer[];
  readonly jobCount: number;
  readonly jobsCompleted: number;
  readonly jobsRejected: number;
}

/** A version that this one derives from, or that derives from it; perhaps of another model. */
export interface Relative {
  readonly id: string;
  readonly modelId: string;
  readonly slug: string;
}

export interface Offer {
  readonly worker: string;
  readonly endpoint: string;
  readonly feeWei: bigint;
  readonly isActive: boolean;
}

export interface LiveChange {
  readonly id: string;
  /** Undefined when the model was retired. */
  readonly versionId?: string;
  readonly at: number;
  readonly transaction: string;
}

const NO_PROGRAM = /^0x0{64}$/;

/** Whether the version's answers are integer-exact, so that a false one can be proven on chain. */
export const isExact = ({ programRoot }: Pick<VersionDetail, 'programRoot'>): boolean => !NO_PROGRAM.test(programRoot);

/** The version to show first: the live one, else the newest. */
export const mainVersionOf = ({ versions, liveVersionId }: ModelDetail): VersionDetail | undefined =>
  versions.find(({ id }) => id === liveVersionId) ?? versions[0];

/** Offers of workers that are taking jobs, cheapest first, then those of others. */
export const sortOffers = (offers: readonly Offer[]): readonly Offer[] =>
  offers.toSorted(
    (a, b) => Number(b.isActive) - Number(a.isActive) || (a.feeWei < b.feeWei ? -1 : a.feeWei > b.feeWei ? 1 : 0),
  );
