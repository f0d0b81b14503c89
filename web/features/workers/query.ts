import type { JobState } from '../overview/query.ts';

/** What the index keeps of a worker. All texts were written by strangers. */
export interface WorkerRow {
  readonly id: `0x${string}`;
  readonly endpoint: string;
  readonly hotKey: `0x${string}`;
  readonly registeredAt: string;
  readonly stakeWei: string;
  readonly lockedWei: string;
  readonly thawingWei: string;
  readonly slashedWei: string;
  readonly slashCount: number;
  readonly offerCount: number;
  readonly jobCount: number;
  readonly jobsCompleted: number;
  readonly jobsRejected: number;
  readonly jobsExpired: number;
  readonly feesWei: string;
  readonly settlementSeconds: string;
  readonly claims: number;
  readonly claimsStood: number;
  readonly claimsFallen: number;
  readonly gamesWon: number;
  readonly gamesLost: number;
  readonly lastJobAt: string | null;
  readonly offers: readonly WorkerOffer[];
}

export interface WorkerOffer {
  readonly id: string;
  readonly feeWei: string;
  readonly active: boolean;
  readonly version: { readonly id: string; readonly model: { readonly id: string; readonly slug: string } };
}

export const WORKER_FIELDS = `
  id endpoint hotKey registeredAt stakeWei lockedWei thawingWei slashedWei slashCount offerCount jobCount jobsCompleted
  jobsRejected jobsExpired feesWei settlementSeconds claims claimsStood claimsFallen gamesWon gamesLost lastJobAt
  offers(first: 100, where: { active: true }) { id feeWei active version { id model { id slug } } }
`;

export const WORKERS_QUERY = `query Workers($first: Int!, $skip: Int!) {
  workers(first: $first, skip: $skip, orderBy: stakeWei, orderDirection: desc) { ${WORKER_FIELDS} }
  parameters(where: { key: 0 }) { value }
  protocol(id: "assay") { workerBps }
}`;

export const WORKER_QUERY = `query Worker($id: ID!, $worker: String!) {
  worker(id: $id) {
    ${WORKER_FIELDS}
    thawEndsAt reserveWei
    jobs(first: 20, orderBy: createdAt, orderDirection: desc) { id state held feeWei createdAt version { id model { slug } } }
  }
  games(first: 20, where: { worker: $worker }, orderBy: openedAt, orderDirection: desc) { id ended result openedAt challenger { id } claim { id } }
}`;

export interface WorkerDetail extends WorkerRow {
  readonly thawEndsAt: string | null;
  readonly reserveWei: string;
  readonly jobs: readonly {
    readonly id: string;
    readonly state: JobState;
    readonly held: boolean;
    readonly feeWei: string;
    readonly createdAt: string;
    readonly version: { readonly id: string; readonly model: { readonly slug: string } } | null;
  }[];
}

export interface WorkerGame {
  readonly id: string;
  readonly ended: boolean;
  readonly result: string | null;
  readonly openedAt: string;
  readonly challenger: { readonly id: string };
  readonly claim: { readonly id: string };
}

/** Part of ended jobs that did not end in payment, 0 to 1; undefined before the first. */
export function failureRate({ jobsCompleted, jobsRejected, jobsExpired }: WorkerRow): number | undefined {
  const ended = jobsCompleted + jobsRejected + jobsExpired;
  return ended === 0 ? undefined : (jobsRejected + jobsExpired) / ended;
}

/** Mean seconds from an answer on chain to its payment. */
export const meanSettlement = ({ settlementSeconds, jobsCompleted }: WorkerRow): number | undefined =>
  jobsCompleted === 0 ? undefined : Number(settlementSeconds) / jobsCompleted;

/** Lowest fee of all offers in wei. */
export function lowestFee({ offers }: Pick<WorkerRow, 'offers'>): bigint | undefined {
  const fees = offers.map(({ feeWei }) => BigInt(feeWei)).sort((a, b) => (a < b ? -1 : 1));
  return fees[0];
}
