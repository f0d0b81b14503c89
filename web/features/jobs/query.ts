import type { JobState } from '../overview/query.ts';

export const JOBS_QUERY = `query Jobs($where: Job_filter!, $first: Int!, $skip: Int!) {
  jobs(first: $first, skip: $skip, where: $where, orderBy: createdAt, orderDirection: desc) {
    id
    state
    held
    feeWei
    createdAt
    submittedAt
    endedAt
    worker { id }
    client { id }
    model { id slug }
  }
}`;

export interface JobRow {
  readonly id: string;
  readonly state: JobState;
  readonly held: boolean;
  readonly feeWei: string;
  readonly createdAt: string;
  readonly submittedAt: string | null;
  readonly endedAt: string | null;
  readonly worker: { readonly id: string };
  readonly client: { readonly id: string };
  readonly model: { readonly id: string; readonly slug: string } | null;
}

export interface JobsAnswer {
  readonly jobs: readonly JobRow[];
}

export const JOB_QUERY = `query Job($id: ID!) {
  job(id: $id) {
    id
    state
    held
    feeWei
    claimLockWei
    workerBps
    authorBps
    createdAt
    expiresAt
    submittedAt
    windowEndsAt
    endedAt
    worker { id endpoint }
    client { id }
    author { id }
    evaluator
    model { id slug }
    version { id cid }
    inputRoot
    deliverable
    workerWei
    authorWei
    treasuryWei
    refundWei
    claim { id outcome gameCount openGames }
    audit { id outcome canary }
    events(first: 50, orderBy: ordinal) { id kind actor amountWei at tx }
  }
}`;

export interface JobDetail {
  readonly id: string;
  readonly state: JobState;
  readonly held: boolean;
  readonly feeWei: string;
  readonly claimLockWei: string;
  readonly workerBps: number;
  readonly authorBps: number;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly submittedAt: string | null;
  readonly windowEndsAt: string | null;
  readonly endedAt: string | null;
  readonly worker: { readonly id: string; readonly endpoint: string };
  readonly client: { readonly id: string };
  readonly author: { readonly id: string } | null;
  readonly evaluator: string;
  readonly model: { readonly id: string; readonly slug: string } | null;
  readonly version: { readonly id: string; readonly cid: string } | null;
  readonly inputRoot: string | null;
  readonly deliverable: string | null;
  readonly workerWei: string;
  readonly authorWei: string;
  readonly treasuryWei: string;
  readonly refundWei: string;
  readonly claim: {
    readonly id: string;
    readonly outcome: string;
    readonly gameCount: number;
    readonly openGames: number;
  } | null;
  readonly audit: { readonly id: string; readonly outcome: string; readonly canary: string } | null;
  readonly events: readonly JobEventRow[];
}

export interface JobEventRow {
  readonly id: string;
  readonly kind: string;
  readonly actor: string | null;
  readonly amountWei: string | null;
  readonly at: string;
  readonly tx: string;
}

export interface JobAnswer {
  readonly job: JobDetail | null;
}
