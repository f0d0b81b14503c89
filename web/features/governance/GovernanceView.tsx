'use client';

import { type ReactNode, useMemo } from 'react';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { besides, later } from '../../components/later.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { Pagination } from '../../components/Pagination.tsx';
import { Select } from '../../components/Select.tsx';
import { Skeleton, SkeletonRows } from '../../components/Skeleton.tsx';
import { Stat, StatList } from '../../components/Stat.tsx';
import { TextInput } from '../../components/TextInput.tsx';
import { formatAssay, formatDuration } from '../../lib/format.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { useNow } from '../../lib/useNow.ts';
import { useQueryString } from '../../lib/useQueryString.ts';
import type { ListedProposal } from './ProposalList.tsx';
import { isOpen, type ProposalState, stateOf, tallyOf } from './proposal.ts';
import { type GovernanceTerms, PROPOSALS_QUERY, type ProposalsAnswer } from './query.ts';
import { presentQuorum, useQuorums } from './useQuorums.ts';
import { STATE_WORDS } from './words.ts';

const ProposalList = besides(
  () => import('./ProposalList.tsx').then((file) => file.ProposalList),
  <SkeletonRows rows={4} className="h-16" />,
);
const DelegatesCard = later(
  () => import('./DelegatesCard.tsx').then((file) => file.DelegatesCard),
  <Skeleton className="h-96 w-full" />,
);
const PowerCard = later(
  () => import('./PowerCard.tsx').then((file) => file.PowerCard),
  <Skeleton className="h-44 w-full" />,
);
/** Newest first; older ones are found by their number. */
const MOST = 500;
const PER_PAGE = 15;

const FILTERS = [
  { value: 'all', label: 'All' },
  { value: 'open', label: 'Open' },
  ...Object.entries(STATE_WORDS).map(([value, [label]]) => ({ value, label })),
];

const matches = ({ row }: ListedProposal, text: string): boolean =>
  [row.title, row.id, row.proposer.id].some((field) => field.toLowerCase().includes(text.toLowerCase()));

const inState = (state: ProposalState | undefined, filter: string): boolean =>
  filter === 'all' || (state !== undefined && (filter === 'open' ? isOpen(state) : state === filter));

/** `/governance/`: proposals by state, the rules of voting, and who votes. */
export function GovernanceView(): ReactNode {
  const [params, setQuery] = useQueryString();
  const now = useNow(1000);
  const { data, error, refetch } = useSubgraph<ProposalsAnswer>(
    PROPOSALS_QUERY,
    { first: MOST, skip: 0 },
    { refetchMs: 5000 },
  );
  const filter = params.get('state') ?? 'all';
  const search = params.get('q') ?? '';
  const page = Math.max(1, Math.min(100, Number(params.get('page')) || 1));
  const undecided = useMemo(
    () => [...new Set((data?.proposals ?? []).filter((row) => row.status === 'CREATED').map((row) => row.snapshotAt))],
    [data],
  );
  const quorums = useQuorums(undecided.slice(0, 50), now, data?.protocol);
  const listed = (data?.proposals ?? []).map((row): ListedProposal => {
    const quorumWei = quorums.get(row.snapshotAt) ?? presentQuorum(data?.protocol);
    return { row, state: now === undefined ? undefined : stateOf(row, now, quorumWei), tally: tallyOf(row, quorumWei) };
  });
  const found = listed.filter((each) => inState(each.state, filter) && matches(each, search));
  const change = (changes: Readonly<Record<string, string>>): void => {
    const next = new URLSearchParams(params);
    next.delete('page');
    for (const [name, value] of Object.entries(changes))
      if (value === '' || value === 'all' || value === '1') next.delete(name);
      else next.set(name, value);
    setQuery(next.size === 0 ? '' : `?${next}`);
  };
  return (
    <>
      <PageHeader
        title="Governance"
        lead="Token holders decide which versions are live, and every number that may change. What passes is done by the chain; no person has a key."
        actions={
          <LinkButton variant="primary" href="/propose/">
            New proposal
          </LinkButton>
        }
      />
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="min-w-0 space-y-6">
          <Card title="Proposals" flush>
            <div className="grid gap-3 px-4 pb-4 sm:grid-cols-[minmax(0,1fr)_12rem] sm:px-5">
              <TextInput
                label="Search"
                placeholder="Title, number or proposer"
                value={search}
                onChange={(q) => change({ q })}
              />
              <Select label="State" value={filter} options={FILTERS} onChange={(state) => change({ state })} />
            </div>
            <div className="border-t border-line">
              {data === undefined && error !== undefined ? (
                <div className="p-4">
                  <ErrorState problem={error} onRetry={refetch} />
                </div>
              ) : data === undefined ? (
                <div className="p-4">
                  <SkeletonRows rows={4} className="h-16" />
                </div>
              ) : found.length === 0 ? (
                <EmptyState title={data.proposals.length === 0 ? 'No proposal yet' : 'No proposal matches'}>
                  {data.proposals.length === 0
                    ? 'Anybody with enough votes can make one.'
                    : 'Try another state or another word.'}
                </EmptyState>
              ) : (
                <ProposalList proposals={found.slice((page - 1) * PER_PAGE, page * PER_PAGE)} />
              )}
              <div className="px-4 pb-4">
                <Pagination
                  page={page}
                  pageCount={Math.max(1, Math.ceil(found.length / PER_PAGE))}
                  onPage={(to) => change({ page: String(to) })}
                />
              </div>
            </div>
          </Card>
          <DelegatesCard />
        </div>
        <div className="min-w-0 space-y-6">
          <PowerCard />
          <RulesCard terms={data?.protocol} />
        </div>
      </div>
    </>
  );
}

/** How a vote goes, with the numbers of now. */
function RulesCard({ terms }: { readonly terms: GovernanceTerms | null | undefined }): ReactNode {
  const isLoading = terms == null;
  return (
    <Card title="How a vote goes">
      <StatList>
        <Stat
          label="Votes to propose"
          isLoading={isLoading}
          value={terms && formatAssay(terms.proposalThresholdWei, { unit: false })}
        />
        <Stat label="Before voting" isLoading={isLoading} value={terms && formatDuration(terms.votingDelaySeconds)} />
        <Stat label="Voting" isLoading={isLoading} value={terms && formatDuration(terms.votingPeriodSeconds)} />
        <Stat
          label="Quorum"
          isLoading={isLoading}
          value={terms && `${terms.quorumPercent} %`}
          detail={terms && formatAssay(presentQuorum(terms))}
        />
        <Stat
          label="Delay in the timelock"
          isLoading={isLoading}
          value={terms && formatDuration(terms.timelockDelaySeconds)}
        />
        <Stat
          label="If the quorum is late"
          isLoading={isLoading}
          value={terms && `+${formatDuration(terms.lateQuorumExtensionSeconds)}`}
        />
      </StatList>
    </Card>
  );
}
