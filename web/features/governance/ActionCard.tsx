'use client';

import { type ReactNode, useMemo } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { CodeBlock } from '../../components/CodeBlock.tsx';
import { useConfig } from '../../lib/config.ts';
import { formatEther } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { Changes } from '../transactions/Changes.tsx';
import { labelOfAddress } from '../transactions/contractLabel.ts';
import { Exact, ExactAddress, ExactList } from '../transactions/Exact.tsx';
import { showValue } from '../transactions/showValue.ts';
import { type Described, describeAction } from './describe.ts';
import type { Facts } from './facts.ts';
import type { Action } from './proposal.ts';
import type { Trial } from './simulate.ts';

/** All actions of a proposal in words, decoded and raw. */
export function ActionList({
  actions,
  facts,
  trials,
}: {
  readonly actions: readonly Action[];
  readonly facts: Facts;
  /** What trying them gave; by position. */
  readonly trials?: readonly Trial[];
}): ReactNode {
  const described = useMemo(() => actions.map((action) => describeAction(action, facts)), [actions, facts]);
  if (described.length === 0) return <p className="text-sm text-muted">It does nothing on chain.</p>;
  return (
    <ol className="space-y-6">
      {described.map((each, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: actions have no other name than their place, and never move
        <li key={at}>
          <ActionBody described={each} place={at + 1} {...(trials?.[at] === undefined ? {} : { trial: trials[at] })} />
        </li>
      ))}
    </ol>
  );
}

function ActionBody({
  described: { call, description },
  place,
  trial,
}: {
  readonly described: Described;
  readonly place: number;
  readonly trial?: Trial;
}): ReactNode {
  return (
    <div className="min-w-0 space-y-3" data-action={place}>
      <h3 className="text-sm font-semibold break-words">
        {place}. {safeText(description.sentence, 200)}
      </h3>
      <Changes changes={description.changes} />
      {description.warnings.map((warning) => (
        <p key={warning} className="rounded-md bg-caution-soft px-3 py-2 text-sm text-caution">
          {safeText(warning, 400)}
        </p>
      ))}
      {trial !== undefined && <TrialLine trial={trial} />}
      {description.inner.length > 0 && (
        <div className="border-l-2 border-line pl-4">
          {description.inner.map((each, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: see above
            <ActionBody key={at} described={each} place={at + 1} />
          ))}
        </div>
      )}
      <RawCall call={call} />
    </div>
  );
}

export function TrialLine({ trial }: { readonly trial: Trial }): ReactNode {
  if (trial.problem === undefined)
    return <p className="text-sm text-positive">Tried as the timelock at the newest block: it would succeed.</p>;
  const { what, why, fix } = trial.problem;
  return (
    <p className="rounded-md bg-critical-soft px-3 py-2 text-sm text-critical">
      Tried as the timelock at the newest block: it would fail. {safeText(what, 200)}: {safeText(why, 400)}.{' '}
      {safeText(fix, 300)}
    </p>
  );
}

/** The call as the chain gets it. */
function RawCall({ call }: { readonly call: Described['call'] }): ReactNode {
  const site = useConfig();
  const { action, signature, selector, args } = call;
  const label = site === undefined ? undefined : labelOfAddress(site, action.target);
  return (
    <details className="text-sm">
      <summary className="cursor-pointer text-muted hover:text-ink">Exact call</summary>
      <div className="mt-3 space-y-3">
        <ExactList>
          <Exact label="Contract">
            <ExactAddress address={action.target} {...(label === undefined ? {} : { name: label })} />
          </Exact>
          <Exact label="Function">
            <code className="font-mono text-[0.8125rem] break-all">{signature ?? `unknown (${selector})`}</code>
          </Exact>
          {args.map(({ name, type, value }) => (
            <Exact key={name} label={name}>
              {type === 'address' ? (
                <AddressTag address={String(value)} />
              ) : (
                <code className="font-mono text-[0.8125rem] break-all">{safeText(showValue(value), 2000)}</code>
              )}
            </Exact>
          ))}
          {action.valueWei > 0n && <Exact label="Ether">{formatEther(action.valueWei)}</Exact>}
        </ExactList>
        <CodeBlock label="Calldata" snippets={[{ label: 'Calldata', code: action.calldata }]} />
      </div>
    </details>
  );
}
