'use client';

import { useRouter } from 'next/navigation';
import { type ReactNode, useMemo } from 'react';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { CONTROL, Field } from '../../components/Field.tsx';
import { Markdown } from '../../components/Markdown.tsx';
import { Select } from '../../components/Select.tsx';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import { TextInput } from '../../components/TextInput.tsx';
import { formatAssay } from '../../lib/format.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { useTransactions } from '../../lib/transactions.tsx';
import { useWallet } from '../../lib/wallet.tsx';
import { ActionList } from './ActionCard.tsx';
import { ActionFields } from './ActionFields.tsx';
import { describeAction } from './describe.ts';
import {
  type Draft,
  type DraftKind,
  descriptionOf,
  EMPTY_DRAFT,
  type Encoded,
  encodeActions,
  MAX_ACTIONS,
  NEW_ACTIONS,
} from './draft.ts';
import type { Facts } from './facts.ts';
import { hashDescription, hashProposal } from './hashProposal.ts';
import { PowerCard } from './PowerCard.tsx';
import { proposePlan } from './plans.ts';
import { type Action, withProposer } from './proposal.ts';
import { CHOICES_QUERY, type ChoicesAnswer, type ModelChoice } from './query.ts';
import { useDraft } from './useDraft.ts';
import { useFacts } from './useFacts.ts';
import { useTrials } from './useTrials.ts';
import { useVotingPower } from './useVotingPower.ts';

const KINDS: readonly { readonly value: DraftKind; readonly label: string }[] = [
  { value: 'live', label: 'Make a version live' },
  { value: 'parameter', label: 'Change a parameter' },
  { value: 'shares', label: 'Change the fee shares' },
  { value: 'pay', label: 'Pay from the treasury' },
  { value: 'setting', label: 'Change how votes go' },
  { value: 'retire', label: 'Retire a model' },
  { value: 'custom', label: 'Another call (advanced)' },
];
const NO_MODELS: readonly ModelChoice[] = [];

/** Actions built from forms, tried before anything is signed. */
export function ProposeForm(): ReactNode {
  const [draft, setDraft] = useDraft();
  const { data } = useSubgraph<ChoicesAnswer>(CHOICES_QUERY);
  const models = data?.models ?? NO_MODELS;
  const base = useFacts(NO_ACTIONS);
  const facts = useMemo(() => (base === undefined ? undefined : withChoices(base, models)), [base, models]);
  const isReady = facts !== undefined && data !== undefined && Object.keys(facts.parameters).length > 0;
  return (
    <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <div className="min-w-0 space-y-6">
        <TextCard draft={draft} onChange={setDraft} />
        {isReady ? (
          <Builder draft={draft} onChange={setDraft} facts={facts} models={models} />
        ) : (
          <SkeletonRows rows={3} className="h-24" />
        )}
      </div>
      <div className="min-w-0 space-y-6">
        <PowerCard />
      </div>
    </div>
  );
}

const NO_ACTIONS: readonly Action[] = [];

/** The builder knows all models and versions; so its words do. */
const withChoices = (facts: Facts, models: readonly ModelChoice[]): Facts => ({
  ...facts,
  models: Object.fromEntries(
    models.map(({ id, slug, liveVersion }) => [id, { slug, liveVersion: liveVersion?.id ?? null }]),
  ),
  versions: Object.fromEntries(
    models.flatMap((model) =>
      model.versions.map(({ id, cid, sha256, exact }) => [id, { model: model.id, cid, sha256, exact }]),
    ),
  ),
});

interface Editing {
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
}

function TextCard({ draft, onChange }: Editing): ReactNode {
  return (
    <Card title="What and why">
      <div className="space-y-4">
        <TextInput
          label="Title"
          value={draft.title}
          maxLength={150}
          spellCheck
          placeholder="Make version 2 of digits live"
          onChange={(title) => onChange({ ...draft, title })}
        />
        <Field label="Reasons" hint="Markdown. Pictures and HTML are not shown.">
          {(control) => (
            <textarea
              {...control}
              rows={6}
              maxLength={20_000}
              value={draft.body}
              onChange={(event) => onChange({ ...draft, body: event.target.value })}
              className={CONTROL}
            />
          )}
        </Field>
        {draft.body.trim() !== '' && (
          <details>
            <summary className="cursor-pointer text-sm text-muted hover:text-ink">Preview</summary>
            <div className="mt-3 rounded-md border border-line p-4">
              <Markdown source={draft.body} />
            </div>
          </details>
        )}
      </div>
    </Card>
  );
}

function Builder({
  draft,
  onChange,
  facts,
  models,
}: Editing & { readonly facts: Facts; readonly models: readonly ModelChoice[] }): ReactNode {
  const { actions } = draft;
  const encoded = useMemo(() => encodeActions(actions, facts), [actions, facts]);
  const put = (at: number, ...replacement: Draft['actions']): void =>
    onChange({ ...draft, actions: [...actions.slice(0, at), ...replacement, ...actions.slice(at + 1)] });
  return (
    <>
      <Card title="What the chain shall do">
        <ol className="space-y-5">
          {actions.map((action, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: actions have no other name than their place
            <li key={at} className="rounded-md border border-line p-4">
              <div className="mb-3 flex flex-wrap items-end justify-between gap-2">
                <div className="min-w-0 grow">
                  <Select
                    label={`Action ${at + 1}`}
                    value={action.kind}
                    options={KINDS}
                    onChange={(kind) => put(at, NEW_ACTIONS[kind as DraftKind])}
                  />
                </div>
                <Button variant="quiet" aria-label={`Remove action ${at + 1}`} onClick={() => put(at)}>
                  Remove
                </Button>
              </div>
              <ActionFields draft={action} facts={facts} models={models} onChange={(next) => put(at, next)} />
              {encoded[at]?.fault !== undefined && (
                <p className="mt-3 text-sm text-caution" role="status">
                  {encoded[at].fault}
                </p>
              )}
            </li>
          ))}
        </ol>
        {actions.length < MAX_ACTIONS && (
          <div className={actions.length === 0 ? '' : 'mt-4'}>
            {actions.length === 0 && (
              <p className="mb-3 text-sm text-muted">
                A proposal needs at least one action. Several are done in order, all or none.
              </p>
            )}
            <div className="flex flex-wrap gap-2">
              {KINDS.map(({ value, label }) => (
                <Button key={value} size="small" onClick={() => put(actions.length, NEW_ACTIONS[value])}>
                  {label}
                </Button>
              ))}
            </div>
          </div>
        )}
      </Card>
      <SendCard draft={draft} encoded={encoded} facts={facts} onSent={() => onChange(EMPTY_DRAFT)} />
    </>
  );
}

function SendCard({
  draft,
  encoded,
  facts,
  onSent,
}: {
  readonly draft: Draft;
  readonly encoded: readonly Encoded[];
  readonly facts: Facts;
  readonly onSent: () => void;
}): ReactNode {
  const { address, connect } = useWallet();
  const { votesWei } = useVotingPower(address);
  const { send } = useTransactions();
  const router = useRouter();
  const actions = useMemo(() => encoded.flatMap((each) => (each.fault === undefined ? [each.action] : [])), [encoded]);
  const isComplete = actions.length > 0 && actions.length === encoded.length;
  const trials = useTrials(actions, isComplete);
  const threshold = facts.settings.proposalThresholdWei;
  const isShort = votesWei !== undefined && threshold !== undefined && votesWei < threshold;
  const wouldFail = trials?.some(({ problem }) => problem !== undefined) === true;
  const propose = async (): Promise<void> => {
    if (address === undefined) return connect();
    const description = withProposer(descriptionOf(draft), address);
    const sentences = actions.map((action) => describeAction(action, facts).description.sentence);
    const delay = facts.settings.votingDelaySeconds?.toString();
    const sent = await send(proposePlan(draft.title.trim(), actions, description, sentences, delay));
    if (sent === undefined) return;
    const { status } = await sent.settled;
    if (status !== 'confirmed') return;
    onSent();
    router.push(`/proposal/?id=${hashProposal(actions, hashDescription(description))}`);
  };
  return (
    <Card title="Look at it before you send">
      {actions.length === 0 ? (
        <p className="text-sm text-muted">What the actions do appears here.</p>
      ) : (
        <ActionList actions={actions} facts={facts} {...(trials === undefined ? {} : { trials })} />
      )}
      <div className="mt-5 space-y-3 border-t border-line pt-4 text-sm">
        {threshold !== undefined && votesWei !== undefined && (
          <p className={isShort ? 'text-caution' : 'text-muted'}>
            {isShort
              ? `You have ${formatAssay(votesWei)} of votes; a proposal needs ${formatAssay(threshold)}. Delegate your tokens to yourself, or ask a delegate to propose it.`
              : `A proposal needs ${formatAssay(threshold)} of votes; you have ${formatAssay(votesWei)}.`}
          </p>
        )}
        {wouldFail && (
          <p className="text-caution">
            An action would fail at present. You may propose it nevertheless, if something else has to happen first.
          </p>
        )}
        {draft.title.trim() === '' && actions.length > 0 && <p className="text-muted">It needs a title.</p>}
        <Button
          variant="primary"
          disabled={address !== undefined && (!isComplete || draft.title.trim() === '' || isShort)}
          onClick={() => void propose()}
        >
          {address === undefined ? 'Connect wallet to propose' : 'Propose'}
        </Button>
      </div>
    </Card>
  );
}
