import { formatDuration } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { type ProposalRecord, type ProposalState, stateOf } from '../governance/proposal.ts';

/** Something that happened, or is about to, and concerns an account. */
export interface Notice {
  /** The same for the same news, also after a reload. */
  readonly id: string;
  readonly title: string;
  readonly detail: string;
  readonly href: `/${string}`;
  /** Unix seconds. */
  readonly at: number;
}

/** `account` and `id` are the same address: links compare as text, ids as bytes. */
export const NOTICES_QUERY = `query Notices($id: ID!, $account: String!) {
  account(id: $id) { votesWei worker { thawingWei thawEndsAt } }
  clientJobs: jobs(where: { client: $account }, orderBy: createdAt, orderDirection: desc, first: 25) {
    id state endedAt model { slug } claim { id filedAt outcome finalAt }
  }
  workerClaims: claims(where: { worker: $account }, orderBy: filedAt, orderDirection: desc, first: 25) {
    id filedAt outcome finalAt job { id }
  }
  proposals(orderBy: createdAt, orderDirection: desc, first: 25) {
    id title proposer { id } status createdAt snapshotAt deadlineAt etaAt executedAt canceledAt
    forWei againstWei abstainWei
  }
  votes(where: { voter: $account }, orderBy: at, orderDirection: desc, first: 100) { proposal { id } }
  protocol(id: "assay") { supplyWei quorumPercent }
}`;

export interface NoticedJob {
  readonly id: string;
  readonly state: string;
  readonly endedAt: string | null;
  readonly model: { readonly slug: string } | null;
  readonly claim: NoticedClaim | null;
}

export interface NoticedClaim {
  readonly id: string;
  readonly filedAt: string;
  readonly outcome: string;
  readonly finalAt: string | null;
}

export interface NoticedProposal extends ProposalRecord {
  readonly id: string;
  readonly title: string;
  readonly proposer: { readonly id: string };
  readonly createdAt: string;
  readonly executedAt: string | null;
  readonly canceledAt: string | null;
}

export interface NoticesAnswer {
  readonly account: {
    readonly votesWei: string;
    readonly worker: { readonly thawingWei: string; readonly thawEndsAt: string | null } | null;
  } | null;
  readonly clientJobs: readonly NoticedJob[];
  readonly workerClaims: readonly NoticedClaim[];
  readonly proposals: readonly NoticedProposal[];
  readonly votes: readonly { readonly proposal: { readonly id: string } }[];
  readonly protocol: { readonly supplyWei: string; readonly quorumPercent: string } | null;
}

const MOST = 40;
/** Votes that end within this, or within the last quarter of their time, end soon. */
const SOON_SECONDS = 86_400;

/** News for an account, newest first. */
export function noticesOf(answer: NoticesAnswer, account: string, nowSeconds: number): readonly Notice[] {
  return [
    ...jobNotices(answer.clientJobs),
    ...claimNotices(answer.workerClaims, 'One of your answers'),
    ...thawNotices(answer, nowSeconds),
    ...proposalNotices(answer, account, nowSeconds),
  ]
    .filter(({ at }) => at <= nowSeconds + 60)
    .toSorted((a, b) => b.at - a.at)
    .slice(0, MOST);
}

const ENDS: Readonly<Record<string, readonly [title: string, detail: string]>> = {
  COMPLETED: ['Your job is done', 'The answer stood and its worker was paid'],
  REJECTED: ['Your job was rejected', 'The answer was false; your fee came back as credit'],
  EXPIRED: ['Your job expired', 'No answer came in time; your fee came back as credit'],
};

function jobNotices(jobs: readonly NoticedJob[]): readonly Notice[] {
  return jobs.flatMap(({ id, state, endedAt, model, claim }) => {
    const end = ENDS[state];
    const slug = model === null ? '' : ` (${safeText(model.slug, 60)})`;
    const ended: Notice[] =
      end === undefined || endedAt === null
        ? []
        : [
            {
              id: `job-${id}-${state}`,
              title: `${end[0]}${slug}`,
              detail: end[1],
              href: `/job/?id=${id}`,
              at: Number(endedAt),
            },
          ];
    return [...ended, ...(claim === null ? [] : claimNotices([claim], 'The answer to your job'))];
  });
}

function claimNotices(claims: readonly NoticedClaim[], what: string): readonly Notice[] {
  return claims.flatMap(({ id, filedAt, outcome, finalAt }) => {
    const href = `/dispute/?id=${id}` as const;
    const filed: Notice = {
      id: `claim-${id}-filed`,
      title: `${what} is disputed`,
      detail: 'The court decides; follow the dispute',
      href,
      at: Number(filedAt),
    };
    if (finalAt === null) return [filed];
    const words = outcome === 'FALLEN' ? 'was proven false' : outcome === 'STANDS' ? 'stands' : 'was judged impossible';
    return [
      filed,
      {
        id: `claim-${id}-${outcome}`,
        title: `${what} ${words}`,
        detail: 'The dispute has ended',
        href,
        at: Number(finalAt),
      },
    ];
  });
}

function thawNotices({ account }: NoticesAnswer, now: number): readonly Notice[] {
  const worker = account?.worker;
  if (worker == null || worker.thawEndsAt === null || worker.thawingWei === '0') return [];
  const at = Number(worker.thawEndsAt);
  if (at > now) return [];
  return [
    {
      id: `thaw-${at}`,
      title: 'Your stake has thawed',
      detail: 'You can withdraw it now',
      href: '/staking/',
      at,
    },
  ];
}

const CHANGES: Readonly<Partial<Record<ProposalState, string>>> = {
  succeeded: 'passed and can be queued',
  defeated: 'was defeated',
  queued: 'waits in the timelock',
  ready: 'can be executed',
  executed: 'was executed',
  canceled: 'was canceled',
};

function momentOf(row: NoticedProposal, state: ProposalState): number {
  if (state === 'executed') return Number(row.executedAt ?? row.deadlineAt);
  if (state === 'canceled') return Number(row.canceledAt ?? row.createdAt);
  return Number(state === 'ready' ? (row.etaAt ?? row.deadlineAt) : row.deadlineAt);
}

function proposalNotices(answer: NoticesAnswer, account: string, now: number): readonly Notice[] {
  const { proposals, votes, protocol } = answer;
  const quorumWei = protocol === null ? 0n : (BigInt(protocol.supplyWei) * BigInt(protocol.quorumPercent)) / 100n;
  const voted = new Set(votes.map(({ proposal }) => proposal.id));
  const hasVotes = answer.account !== null && answer.account.votesWei !== '0';
  return proposals.flatMap((row): Notice[] => {
    const state = stateOf(row, now, quorumWei);
    const isMine = row.proposer.id.toLowerCase() === account.toLowerCase();
    const base = { detail: safeText(row.title, 120), href: `/proposal/?id=${encodeURIComponent(row.id)}` } as const;
    if (state === 'active') return hasVotes && !voted.has(row.id) ? [voteNotice(row, base, now)] : [];
    const change = CHANGES[state];
    if (change === undefined || !(isMine || voted.has(row.id))) return [];
    const whose = isMine ? 'Your proposal' : 'A proposal you voted on';
    return [{ ...base, id: `proposal-${row.id}-${state}`, title: `${whose} ${change}`, at: momentOf(row, state) }];
  });
}

function voteNotice(row: NoticedProposal, base: Pick<Notice, 'detail' | 'href'>, now: number): Notice {
  const [begin, end] = [Number(row.snapshotAt), Number(row.deadlineAt)];
  const soonAt = Math.max(begin, end - Math.min(SOON_SECONDS, (end - begin) / 4));
  if (now >= soonAt)
    return {
      ...base,
      id: `proposal-${row.id}-ends`,
      title: `A vote ends in ${formatDuration(end - now)}, and you have not voted`,
      at: soonAt,
    };
  return { ...base, id: `proposal-${row.id}-begun`, title: 'A vote has begun', at: begin };
}
