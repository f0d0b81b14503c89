'use client';

import type { ReactNode } from 'react';
import { type Hex, sameAddress } from '../../../node/core/codec/hex.ts';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { Countdown } from '../../components/Countdown.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { useConfig } from '../../lib/config.ts';
import type { TransactionPlan } from '../../lib/transactions/plan.ts';
import { useTransactions } from '../../lib/transactions.tsx';
import { useWallet } from '../../lib/wallet.tsx';
import { decodeCall, mentioned } from './decode.ts';
import { cancelPlan, executePlan, queuePlan } from './plans.ts';
import type { Action, ProposalState, Tally } from './proposal.ts';
import type { GovernanceTerms, ProposalDetail } from './query.ts';
import { nextStep } from './words.ts';

type PlanOf = (actions: readonly Action[], descriptionHash: Hex) => TransactionPlan;

const STEPS: Readonly<Partial<Record<ProposalState, readonly [label: string, plan: PlanOf]>>> = {
  succeeded: ['Queue', queuePlan],
  ready: ['Execute', executePlan],
};

/** What happens next, and the buttons that make it happen. */
export function StepCard({
  proposal,
  actions,
  state,
  tally,
  terms,
  guardian,
  descriptionHash,
  onDone,
}: {
  readonly proposal: ProposalDetail;
  readonly actions: readonly Action[];
  readonly state: ProposalState;
  readonly tally: Tally;
  readonly terms: GovernanceTerms | null | undefined;
  readonly guardian: string | null;
  /** Undefined while the whole description is not known: nothing can be sent then. */
  readonly descriptionHash: Hex | undefined;
  readonly onDone: () => void;
}): ReactNode {
  const { address } = useWallet();
  const { send } = useTransactions();
  const step = STEPS[state];
  const isSender = (who: string | null): boolean =>
    address !== undefined && who !== null && sameAddress(who as Hex, address);
  const isLive = state === 'pending' || state === 'active' || state === 'succeeded' || state === 'queued';
  const mayCancel =
    (state === 'pending' && isSender(proposal.proposer.id)) || ((isLive || state === 'ready') && isSender(guardian));
  const press = async (plan: PlanOf): Promise<void> => {
    if (descriptionHash === undefined) return;
    const sent = await send(plan(actions, descriptionHash));
    if (sent !== undefined) await sent.settled.then(onDone);
  };
  return (
    <Card title="What happens next">
      <p className="text-sm" data-testid="next-step">
        {nextStep(state, { ...proposal, ...tally }, terms)}
      </p>
      {state === 'active' && (
        <p className="mt-2 text-sm font-medium">
          Ends in <Countdown until={proposal.deadlineAt} />. Then it is queued and executed from here.
        </p>
      )}
      {state === 'executed' && <Results actions={actions} />}
      {(step !== undefined || mayCancel) && (
        <div className="mt-4 flex flex-wrap gap-2">
          {step !== undefined && (
            <Button variant="primary" disabled={descriptionHash === undefined} onClick={() => void press(step[1])}>
              {step[0]}
            </Button>
          )}
          {mayCancel && (
            <Button variant="danger" disabled={descriptionHash === undefined} onClick={() => void press(cancelPlan)}>
              Cancel the proposal
            </Button>
          )}
        </div>
      )}
    </Card>
  );
}

/** The models that were changed, to look at. */
function Results({ actions }: { readonly actions: readonly Action[] }): ReactNode {
  const site = useConfig();
  if (site === undefined) return null;
  const { models } = mentioned(actions.map((action) => decodeCall(action, site.contracts)));
  return (
    <div className="mt-4 flex flex-wrap gap-2 empty:hidden">
      {[...new Set(models)].map((id) => (
        <LinkButton key={id} href={`/model/?id=${id}`}>
          {models.length === 1 ? 'See the model' : `See model ${id}`}
        </LinkButton>
      ))}
    </div>
  );
}
