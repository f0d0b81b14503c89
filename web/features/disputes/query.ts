export type Outcome = 'PENDING' | 'STANDS' | 'FALLEN' | 'VOID';
export type Result = 'CHALLENGER_LOST' | 'CHALLENGER_WON' | 'VOID' | 'WITHDRAWN';
export type MoveKind =
  | 'OPENED'
  | 'TRACE_ANSWERED'
  | 'NODE_OPENED'
  | 'NODE_PICKED'
  | 'TENSOR_OPENED'
  | 'LEAF_OPENED'
  | 'ELEMENT_PICKED'
  | 'PARTIALS_POSTED'
  | 'ENDED';

export interface ClaimRow {
  readonly id: string;
  readonly subject: string;
  readonly worker: { readonly id: string };
  readonly beneficiary: string;
  readonly job: { readonly id: string } | null;
  readonly version: { readonly id: string; readonly model: { readonly id: string; readonly slug: string } } | null;
  readonly filedAt: string;
  readonly windowEndsAt: string;
  readonly lockWei: string;
  readonly slashedWei: string;
  readonly verdict: Outcome;
  readonly outcome: Outcome;
  readonly gameCount: number;
  readonly openGames: number;
}

const CLAIM_ROW = `id subject worker { id } beneficiary job { id } version { id model { id slug } }
    filedAt windowEndsAt lockWei slashedWei verdict outcome gameCount openGames`;

export const DISPUTES_QUERY = `query Disputes($first: Int!, $skip: Int!, $where: Claim_filter) {
  protocol(id: "assay") { claims claimsFallen games gamesOpen slashedWei jobsCompleted }
  claims(first: $first, skip: $skip, where: $where, orderBy: filedAt, orderDirection: desc) {
    ${CLAIM_ROW}
  }
}`;

export interface DisputesAnswer {
  readonly protocol: {
    readonly claims: number;
    readonly claimsFallen: number;
    readonly games: number;
    readonly gamesOpen: number;
    readonly slashedWei: string;
    readonly jobsCompleted: number;
  } | null;
  readonly claims: readonly ClaimRow[];
}

export interface Move {
  readonly id: string;
  readonly kind: MoveKind;
  readonly by: 'WORKER' | 'CHALLENGER';
  readonly node: string | null;
  readonly child: string | null;
  readonly children: readonly string[] | null;
  readonly level: number | null;
  readonly index: number | string | null;
  readonly header: string | null;
  readonly data: string | null;
  readonly step: number | null;
  readonly element: string | null;
  readonly partials: readonly string[] | null;
  readonly deadline: string | null;
  readonly at: string;
  readonly tx: `0x${string}`;
}

export interface GameDetail {
  readonly id: `0x${string}`;
  readonly challenger: { readonly id: string };
  readonly bondWei: string;
  readonly clockSeconds: string;
  readonly replySeconds: string;
  readonly openedAt: string;
  readonly deadline: string;
  readonly turn: 'WORKER' | 'CHALLENGER' | null;
  readonly ended: boolean;
  readonly result: Result | null;
  readonly endedAt: string | null;
  readonly endedTx: `0x${string}` | null;
  readonly moves: readonly Move[];
}

export interface DemandRow {
  readonly id: string;
  readonly leaf: string;
  readonly requester: { readonly id: string };
  readonly priceWei: string;
  readonly deadline: string;
  readonly demandedAt: string;
  readonly supplier: { readonly id: string } | null;
  readonly suppliedAt: string | null;
}

export interface BondRow {
  readonly id: string;
  readonly account: { readonly id: string };
  readonly amountWei: string;
  readonly postedAt: string;
  readonly result: Result | null;
  readonly returnedWei: string | null;
  readonly settledAt: string | null;
}

export interface ClaimDetail extends ClaimRow {
  readonly revealed: boolean;
  readonly receiptJobId: string | null;
  readonly programRoot: string | null;
  readonly inputRoot: string | null;
  readonly outputRoot: string | null;
  readonly receiptIssuedAt: string | null;
  readonly filedTx: `0x${string}`;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  readonly decidedTx: `0x${string}` | null;
  readonly finalAt: string | null;
  readonly finalTx: `0x${string}` | null;
  readonly burnedWei: string | null;
  readonly beneficiaryWei: string | null;
  readonly challengersWei: string | null;
  readonly winners: number | null;
  readonly subjectFailed: boolean;
  readonly traceRoot: string | null;
  readonly traceCount: number | null;
  readonly games: readonly GameDetail[];
  readonly demands: readonly DemandRow[];
  readonly bonds: readonly BondRow[];
}

const CLAIM_DETAIL = `fragment Detail on Claim {
    ${CLAIM_ROW}
    revealed receiptJobId programRoot inputRoot outputRoot receiptIssuedAt filedTx
    decidedBy decidedAt decidedTx finalAt finalTx
    burnedWei beneficiaryWei challengersWei winners subjectFailed traceRoot traceCount
    games(first: 20, orderBy: openedAt) {
      id challenger { id } bondWei clockSeconds replySeconds openedAt deadline turn ended result endedAt endedTx
      moves(first: 200, orderBy: ordinal) {
        id kind by node child children level index header data step element partials deadline at tx
      }
    }
    demands(first: 50, orderBy: demandedAt) {
      id leaf requester { id } priceWei deadline demandedAt supplier { id } suppliedAt
    }
    bonds(first: 50, orderBy: postedAt) { id account { id } amountWei postedAt result returnedWei settledAt }
  }`;

/** The id may be that of a claim, of a game or of a job: links and explorers know one of them. */
export const DISPUTE_QUERY = `query Dispute($id: ID!) {
  claim(id: $id) { ...Detail }
  game(id: $id) { claim { ...Detail } }
  job(id: $id) {
    id state held feeWei submittedAt windowEndsAt deliverable
    worker { id } version { id exact model { id slug } } claim { ...Detail }
  }
}
${CLAIM_DETAIL}`;

export interface DisputableJob {
  readonly id: `0x${string}`;
  readonly state: string;
  readonly held: boolean;
  readonly feeWei: string;
  readonly submittedAt: string | null;
  readonly windowEndsAt: string | null;
  readonly deliverable: `0x${string}` | null;
  readonly worker: { readonly id: string };
  readonly version: {
    readonly id: string;
    readonly exact: boolean;
    readonly model: { readonly id: string; readonly slug: string };
  } | null;
  readonly claim: ClaimDetail | null;
}

export interface DisputeAnswer {
  readonly claim: ClaimDetail | null;
  readonly game: { readonly claim: ClaimDetail } | null;
  readonly job: DisputableJob | null;
}

export const claimOf = (answer: DisputeAnswer | undefined): ClaimDetail | undefined =>
  answer?.claim ?? answer?.game?.claim ?? answer?.job?.claim ?? undefined;
