export const TREASURY_QUERY = `query Treasury($first: Int!, $skip: Int!, $where: TreasuryFlow_filter) {
  protocol(id: "assay") {
    timelock treasuryWei feesWei workerFeesWei authorFeesWei treasuryFeesWei
    supplyWei burnedWei slashedWei auditFundsWei workerBps authorBps treasuryBps
  }
  days(first: 120, orderBy: startedAt, orderDirection: desc) {
    id startedAt feesWei workerFeesWei authorFeesWei treasuryFeesWei treasuryInWei treasuryOutWei treasuryWei
  }
  treasuryFlows(first: $first, skip: $skip, where: $where, orderBy: at, orderDirection: desc) {
    id kind amountWei counterparty job { id } at tx
  }
}`;

export interface DayRow {
  readonly id: string;
  readonly startedAt: string;
  readonly feesWei: string;
  readonly workerFeesWei: string;
  readonly authorFeesWei: string;
  readonly treasuryFeesWei: string;
  readonly treasuryInWei: string;
  readonly treasuryOutWei: string;
  /** At the end of the day. */
  readonly treasuryWei: string;
}

export interface FlowRow {
  readonly id: string;
  readonly kind: string;
  readonly amountWei: string;
  readonly counterparty: string | null;
  readonly job: { readonly id: string } | null;
  readonly at: string;
  readonly tx: `0x${string}`;
}

export interface TreasuryAnswer {
  readonly protocol: {
    readonly timelock: `0x${string}` | null;
    readonly treasuryWei: string;
    readonly feesWei: string;
    readonly workerFeesWei: string;
    readonly authorFeesWei: string;
    readonly treasuryFeesWei: string;
    readonly supplyWei: string;
    readonly burnedWei: string;
    readonly slashedWei: string;
    readonly auditFundsWei: string;
    readonly workerBps: number;
    readonly authorBps: number;
    readonly treasuryBps: number;
  } | null;
  readonly days: readonly DayRow[];
  readonly treasuryFlows: readonly FlowRow[];
}

/** The newest rewards: a chart of a young network needs finer steps than days. */
export const RECENT_REWARDS_QUERY = `query RecentRewards {
  rewards(first: 1000, orderBy: at, orderDirection: desc) { kind amountWei at }
}`;

export interface RewardPoint {
  readonly kind: string;
  readonly amountWei: string;
  readonly at: string;
}

export const EARNERS_QUERY = `query Earners($first: Int!, $by: Account_orderBy!) {
  accounts(first: $first, orderBy: $by, orderDirection: desc) {
    id workerRewardsWei authorRewardsWei challengerRewardsWei auditorRewardsWei
    marketCreditWei courtCreditWei auditCreditWei
  }
}`;

export interface EarnerRow {
  readonly id: string;
  readonly workerRewardsWei: string;
  readonly authorRewardsWei: string;
  readonly challengerRewardsWei: string;
  readonly auditorRewardsWei: string;
  readonly marketCreditWei: string;
  readonly courtCreditWei: string;
  readonly auditCreditWei: string;
}

export const earnedWei = (row: EarnerRow): bigint =>
  BigInt(row.workerRewardsWei) +
  BigInt(row.authorRewardsWei) +
  BigInt(row.challengerRewardsWei) +
  BigInt(row.auditorRewardsWei);

export const waitingWei = (row: EarnerRow): bigint =>
  BigInt(row.marketCreditWei) + BigInt(row.courtCreditWei) + BigInt(row.auditCreditWei);
