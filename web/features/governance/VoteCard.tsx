'use client';

import { type ReactNode, useState } from 'react';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { Checkbox } from '../../components/Checkbox.tsx';
import { CodeBlock } from '../../components/CodeBlock.tsx';
import { CONTROL, Field } from '../../components/Field.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { useConfig } from '../../lib/config.ts';
import { useRead } from '../../lib/read.ts';
import { useTransactions } from '../../lib/transactions.tsx';
import { useWallet } from '../../lib/wallet.tsx';
import { ballotPlan, encodeBallot } from './ballot.ts';
import { CastBallot } from './CastBallot.tsx';
import { votePlan } from './plans.ts';
import type { ProposalState } from './proposal.ts';
import type { VoteSupport } from './query.ts';

const MAX_REASON = 1000;

/** The reader's vote: power at the snapshot, the choice, and a reason. */
export function VoteCard({
  id,
  snapshotAt,
  state,
}: {
  readonly id: string;
  readonly snapshotAt: string;
  readonly state: ProposalState | undefined;
}): ReactNode {
  const { address, connect } = useWallet();
  const { send, sign } = useTransactions();
  const site = useConfig();
  const [reason, setReason] = useState('');
  const [isSigning, setIsSigning] = useState(false);
  const [ballot, setBallot] = useState<string>();
  const hasBegun = state !== undefined && state !== 'pending';
  const { data: weightWei } = useRead({
    contract: 'votingPower',
    functionName: 'getPastVotes',
    args: [address!, Number(snapshotAt) as never],
    enabled: address !== undefined && hasBegun,
  });
  const { data: hasVoted, refetch } = useRead({
    contract: 'governor',
    functionName: 'hasVoted',
    args: [BigInt(id), address!],
    enabled: address !== undefined,
    refetchMs: 5000,
  });
  const { data: nonce, refetch: refetchNonce } = useRead({
    contract: 'governor',
    functionName: 'nonces',
    args: [address!],
    enabled: address !== undefined && isSigning,
  });
  if (state !== 'active' && state !== 'pending') return <AfterVote weightWei={weightWei} hasVoted={hasVoted} />;
  if (address === undefined)
    return (
      <Card title="Your vote">
        <p className="mb-4 text-sm">Connect a wallet to vote.</p>
        <Button variant="primary" onClick={connect}>
          Connect wallet
        </Button>
      </Card>
    );
  if (state === 'pending')
    return (
      <Card title="Your vote">
        <p className="text-sm">
          Your votes count as they are when voting begins. Delegate before that if you have not.
        </p>
      </Card>
    );
  const vote = async (support: VoteSupport): Promise<void> => {
    if (isSigning) return signBallot(support);
    const sent = await send(votePlan(BigInt(id), support, weightWei ?? 0n, reason.trim()));
    if (sent !== undefined) await sent.settled.then(refetch);
  };
  const place =
    site === undefined
      ? undefined
      : { chainId: site.chainId, governor: site.contracts.governor, proposalId: BigInt(id) };
  const signBallot = async (support: VoteSupport): Promise<void> => {
    if (place === undefined || nonce === undefined) return;
    const unsigned = { ...place, support, voter: address, reason: reason.trim() };
    const signature = await sign(ballotPlan(unsigned, nonce, weightWei ?? 0n));
    if (signature !== undefined) setBallot(encodeBallot({ ...unsigned, signature }));
    refetchNonce();
  };
  const canVote =
    hasVoted === false && (!isSigning || nonce !== undefined) && weightWei !== undefined && weightWei > 0n;
  return (
    <Card title="Your vote">
      <p className="text-sm">
        Your votes at the snapshot:{' '}
        <b className="font-medium" data-testid="votes-at-snapshot">
          {weightWei === undefined ? '…' : <TokenAmount wei={weightWei} />}
        </b>
      </p>
      {weightWei === 0n && (
        <p className="mt-2 text-sm text-caution">
          You had no votes when voting began: tokens vote only if they were delegated before, also to yourself. Delegate
          now, and you can vote on what comes next.
        </p>
      )}
      {hasVoted === true ? (
        <p className="mt-2 text-sm font-medium text-positive">You have voted. A vote cannot be changed.</p>
      ) : (
        <div className="mt-4 space-y-3">
          <Field
            label="Reason (optional, public for ever)"
            hint={reason.length > MAX_REASON - 200 ? `${MAX_REASON - reason.length} characters left` : undefined}
          >
            {(control) => (
              <textarea
                {...control}
                rows={3}
                maxLength={MAX_REASON}
                value={reason}
                disabled={!canVote}
                onChange={(event) => setReason(event.target.value)}
                className={CONTROL}
              />
            )}
          </Field>
          <div className="flex flex-wrap gap-2">
            <Button variant="primary" disabled={!canVote} onClick={() => void vote('FOR')}>
              Vote for
            </Button>
            <Button variant="danger" disabled={!canVote} onClick={() => void vote('AGAINST')}>
              Vote against
            </Button>
            <Button disabled={!canVote} onClick={() => void vote('ABSTAIN')}>
              Abstain
            </Button>
          </div>
          <Checkbox
            label="Only sign a ballot"
            hint="Costs nothing: whoever you hand the ballot to sends it, and pays the network fee"
            checked={isSigning}
            onChange={(on) => {
              setIsSigning(on);
              setBallot(undefined);
            }}
          />
          {ballot !== undefined && (
            <div role="status" className="space-y-2">
              <p className="text-sm">
                Signed. It counts when somebody sends it before the vote ends; who has it can do nothing else with it.
              </p>
              <CodeBlock label="Ballot" snippets={[{ label: 'Ballot', code: ballot }]} />
            </div>
          )}
        </div>
      )}
      {place !== undefined && <CastBallot place={place} onCast={refetch} />}
    </Card>
  );
}

function AfterVote({
  weightWei,
  hasVoted,
}: {
  readonly weightWei: bigint | undefined;
  readonly hasVoted: boolean | undefined;
}): ReactNode {
  if (weightWei === undefined || hasVoted === undefined) return null;
  return (
    <Card title="Your vote">
      <p className="text-sm">
        {hasVoted ? 'You voted, with ' : weightWei === 0n ? 'You had no votes: ' : 'You did not vote; you had '}
        <TokenAmount wei={weightWei} />.
      </p>
    </Card>
  );
}
