/** What the first page shows, in one question. */
export const OVERVIEW_QUERY = `query Overview {
  protocol(id: "assay") {
    liveModels
    workers
    jobs
    jobsOpen
    jobsSubmitted
    jobsCompleted
    jobsRejected
    feesWei
    workerFeesWei
    authorFeesWei
    treasuryFeesWei
    stakeWei
    claims
    claimsFallen
    proposals
  }
  models(first: 3, where: { liveVersion_not: null }, orderBy: jobCount, orderDirection: desc) {
    id
    slug
    jobCount
    liveSince
    liveVersion {
      id
      exact
      cardCid
      jobsCompleted
      jobsRejected
      offers(first: 1, where: { active: true }, orderBy: feeWei) { feeWei }
    }
  }
  jobs(first: 8, orderBy: createdAt, orderDirection: desc) {
    id
    state
    held
    feeWei
    createdAt
    worker { id }
    model { id slug }
    deliverable
  }
  proposals(first: 3, orderBy: createdAt, orderDirection: desc) { id title status createdAt }
}`;

export type JobState = 'OPEN' | 'FUNDED' | 'SUBMITTED' | 'COMPLETED' | 'REJECTED' | 'EXPIRED';

export interface OverviewAnswer {
  /** Null until the first event was read. */
  readonly protocol: ProtocolRow | null;
  readonly models: readonly LiveModelRow[];
  readonly jobs: readonly JobRow[];
  readonly proposals: readonly ProposalRow[];
}

export interface ProtocolRow {
  readonly liveModels: number;
  readonly workers: number;
  readonly jobs: number;
  readonly jobsOpen: number;
  readonly jobsSubmitted: number;
  readonly jobsCompleted: number;
  readonly jobsRejected: number;
  readonly feesWei: string;
  readonly workerFeesWei: string;
  readonly authorFeesWei: string;
  readonly treasuryFeesWei: string;
  readonly stakeWei: string;
  readonly claims: number;
  readonly claimsFallen: number;
  readonly proposals: number;
}

export interface LiveModelRow {
  readonly id: string;
  readonly slug: string;
  readonly jobCount: number;
  readonly liveSince: string | null;
  readonly liveVersion: {
    readonly id: string;
    readonly exact: boolean;
    readonly cardCid: string;
    readonly jobsCompleted: number;
    readonly jobsRejected: number;
    readonly offers: readonly { readonly feeWei: string }[];
  };
}

export interface JobRow {
  readonly id: string;
  readonly state: JobState;
  readonly held: boolean;
  readonly feeWei: string;
  readonly createdAt: string;
  readonly worker: { readonly id: string };
  readonly model: { readonly id: string; readonly slug: string } | null;
  readonly deliverable: string | null;
}

export interface ProposalRow {
  readonly id: string;
  readonly title: string;
  readonly status: 'CREATED' | 'QUEUED' | 'EXECUTED' | 'CANCELED';
  readonly createdAt: string;
}
