/** What the index knows of an account. */
export const ACCOUNT_QUERY = `query Account($id: ID!, $account: String!) {
  account(id: $id) {
    id firstSeenAt balanceWei tokenVotesWei stakeVotesWei votesWei jobCount spentWei
    workerRewardsWei authorRewardsWei challengerRewardsWei auditorRewardsWei refundsWei
    marketCreditWei courtCreditWei auditCreditWei
    delegate { id } stakeDelegate { id }
    worker { id stakeWei thawingWei }
    models(first: 20) { id slug }
  }
  votes(first: 20, where: { voter: $account }, orderBy: at, orderDirection: desc) {
    id support weightWei at proposal { id }
  }
  rewards(first: 50, where: { account: $account }, orderBy: at, orderDirection: desc) { id kind amountWei at tx }
  activities(first: 50, where: { account: $account }, orderBy: ordinal, orderDirection: desc) {
    id kind subjectType subject amountWei at tx
  }
}`;

interface Reference {
  readonly id: string;
}

export interface AccountRecord {
  readonly id: string;
  readonly firstSeenAt: string;
  readonly balanceWei: string;
  readonly tokenVotesWei: string;
  readonly stakeVotesWei: string;
  readonly votesWei: string;
  readonly jobCount: number;
  readonly spentWei: string;
  readonly workerRewardsWei: string;
  readonly authorRewardsWei: string;
  readonly challengerRewardsWei: string;
  readonly auditorRewardsWei: string;
  readonly refundsWei: string;
  readonly marketCreditWei: string;
  readonly courtCreditWei: string;
  readonly auditCreditWei: string;
  readonly delegate: Reference | null;
  readonly stakeDelegate: Reference | null;
  readonly worker: { readonly id: string; readonly stakeWei: string; readonly thawingWei: string } | null;
  readonly models: readonly { readonly id: string; readonly slug: string }[];
}

export interface AccountVote {
  readonly id: string;
  readonly support: string;
  readonly weightWei: string;
  readonly at: string;
  readonly proposal: Reference;
}

export interface AccountReward {
  readonly id: string;
  readonly kind: string;
  readonly amountWei: string;
  readonly at: string;
  readonly tx: `0x${string}`;
}

export interface AccountActivity {
  readonly id: string;
  readonly kind: string;
  readonly subjectType: string;
  readonly subject: string;
  readonly amountWei: string | null;
  readonly at: string;
  readonly tx: `0x${string}`;
}

export interface AccountAnswer {
  readonly account: AccountRecord | null;
  readonly votes: readonly AccountVote[];
  readonly rewards: readonly AccountReward[];
  readonly activities: readonly AccountActivity[];
}

const PAGES: Readonly<Record<string, string>> = {
  job: 'job',
  game: 'dispute',
  proposal: 'proposal',
  model: 'model',
  worker: 'worker',
};

/** The page about what a line of history is about; undefined when there is none. */
export function pageOf({
  subjectType,
  subject,
}: Pick<AccountActivity, 'subjectType' | 'subject'>): { readonly href: `/${string}` } | undefined {
  const page = PAGES[subjectType];
  return page === undefined ? undefined : { href: `/${page}/?id=${encodeURIComponent(subject)}` };
}

/** `JobCompleted` as "Job completed". */
export function sentenceCase(kind: string): string {
  const words = kind.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
