'use client';

import { type ReactNode, useMemo } from 'react';
import type { Hex } from '../../../node/core/codec/hex.ts';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Badge } from '../../components/Badge.tsx';
import { Card } from '../../components/Card.tsx';
import { HashTag } from '../../components/HashTag.tsx';
import { Markdown } from '../../components/Markdown.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import { useConfig } from '../../lib/config.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { useNow } from '../../lib/useNow.ts';
import { ActionList } from './ActionCard.tsx';
import { hashDescription, hashProposal } from './hashProposal.ts';
import { PowerCard } from './PowerCard.tsx';
import { titleOf } from './ProposalList.tsx';
import { type ProposalState, stateOf, tallyOf, withoutProposer } from './proposal.ts';
import { actionsOf, type ProposalAnswer, type ProposalDetail } from './query.ts';
import { StepCard } from './StepCard.tsx';
import { TimelineCard } from './TimelineCard.tsx';
import { useFacts } from './useFacts.ts';
import { useQuorums } from './useQuorums.ts';
import { useTrials } from './useTrials.ts';
import { VoteBars } from './VoteBars.tsx';
import { VoteCard } from './VoteCard.tsx';
import { VotersCard } from './VotersCard.tsx';
import { STATE_WORDS } from './words.ts';

const BACK = { href: '/governance/', label: 'Governance' } as const;

/** A proposal with everything it would do, decoded and in words. */
export function ProposalBody({
  proposal,
  terms,
  refetch,
}: {
  readonly proposal: ProposalDetail;
  readonly terms: ProposalAnswer['protocol'];
  readonly refetch: () => void;
}): ReactNode {
  const now = useNow(1000);
  const quorumWei = useQuorums([proposal.snapshotAt], now, terms).get(proposal.snapshotAt) ?? 0n;
  const tally = tallyOf(proposal, quorumWei);
  const state = now === undefined ? undefined : stateOf(proposal, now, quorumWei);
  const { targets, values, calldatas } = proposal;
  const spelled = JSON.stringify([targets, values, calldatas]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: every answer of the index is a new object with the same calls
  const actions = useMemo(() => actionsOf(proposal), [spelled]);
  const descriptionHash = useDescriptionHash(proposal);
  const words = state === undefined ? undefined : STATE_WORDS[state];
  return (
    <>
      <PageHeader
        title={<bdi>{titleOf(proposal.title)}</bdi>}
        back={BACK}
        lead={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
            {words !== undefined && (
              <span data-testid="state">
                <Badge tone={words[1]}>{words[0]}</Badge>
              </span>
            )}
            <span>
              by <AddressTag address={proposal.proposer.id} />
            </span>
            <HashTag value={proposal.id} label="number of the proposal" />
          </span>
        }
      />
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="min-w-0 space-y-6">
          <EffectCard proposal={proposal} actions={actions} state={state} isProven={descriptionHash !== undefined} />
          <Card title="What the proposer says">
            <p className="mb-3 text-xs text-muted">
              Written by the proposer. Only the actions above happen, whatever this text promises.
            </p>
            <Description text={withoutProposer(proposal.description)} />
          </Card>
          <VotersCard id={proposal.id} count={proposal.voteCount} />
        </div>
        <div className="min-w-0 space-y-6">
          {state !== undefined && (
            <StepCard
              proposal={proposal}
              actions={actions}
              state={state}
              tally={tally}
              terms={terms}
              guardian={terms?.proposalGuardian ?? null}
              descriptionHash={descriptionHash}
              onDone={refetch}
            />
          )}
          <VoteCard id={proposal.id} snapshotAt={proposal.snapshotAt} state={state} />
          <Card title={state === 'pending' || state === 'active' ? 'Result so far' : 'Result'}>
            <VoteBars tally={tally} />
          </Card>
          <TimelineCard proposal={proposal} state={state} now={now} />
          <PowerCard />
        </div>
      </div>
    </>
  );
}

/** The description's hash, if with it the calls hash to the proposal's id: then the page shows what is voted on. */
function useDescriptionHash(proposal: ProposalDetail): Hex | undefined {
  const { id, description } = proposal;
  const local = useMemo(() => hashDescription(description), [description]);
  const isWhole = isId(proposal, local);
  // A description that is too long for the index is cut there; its hash is not.
  const { data } = useSubgraph<{ proposal: { descriptionHash: Hex } | null }>(
    'query DescriptionHash($id: ID!) { proposal(id: $id) { descriptionHash } }',
    { id },
    { enabled: !isWhole, refetchMs: 0 },
  );
  if (isWhole) return local;
  const told = data?.proposal?.descriptionHash;
  return told !== undefined && isId(proposal, told) ? told : undefined;
}

function isId(proposal: ProposalDetail, hash: Hex): boolean {
  try {
    return String(hashProposal(actionsOf(proposal), hash)) === proposal.id;
  } catch {
    // Values that no contract could have announced.
    return false;
  }
}

function EffectCard({
  proposal,
  actions,
  state,
  isProven,
}: {
  readonly proposal: ProposalDetail;
  readonly actions: ReturnType<typeof actionsOf>;
  readonly state: ProposalState | undefined;
  readonly isProven: boolean;
}): ReactNode {
  const facts = useFacts(actions, proposal.executedTx, proposal.executedAt);
  const isWaiting =
    state === 'pending' || state === 'active' || state === 'succeeded' || state === 'queued' || state === 'ready';
  const trials = useTrials(actions, isWaiting);
  return (
    <Card
      title="What it does"
      actions={
        isProven ? (
          <Badge tone="positive" stamp>
            Hashes to the proposal's number
          </Badge>
        ) : (
          <Badge tone="caution">Not checked</Badge>
        )
      }
    >
      {!isProven && (
        <p className="mb-4 rounded-md bg-caution-soft px-3 py-2 text-sm text-caution">
          These calls and this description do not hash to the number of the proposal. The index may be wrong: do not
          vote by what is shown here.
        </p>
      )}
      {proposal.executedTx !== null && (
        <p className="mb-4 text-sm text-muted">It was executed. On the left is how things stood just before.</p>
      )}
      {facts === undefined ? (
        <SkeletonRows rows={2} />
      ) : (
        <ActionList actions={actions} facts={facts} {...(trials === undefined ? {} : { trials })} />
      )}
    </Card>
  );
}

function Description({ text }: { readonly text: string }): ReactNode {
  const gateway = useConfig()?.gateways[0];
  if (text.trim() === '') return <p className="text-sm text-muted">Nothing.</p>;
  return <Markdown source={text} {...(gateway === undefined ? {} : { gateway })} />;
}
