'use client';

import { type ReactNode, useState } from 'react';
import type { Address } from '../../../node/core/codec/hex.ts';
import { Button } from '../../components/Button.tsx';
import { CONTROL, Field } from '../../components/Field.tsx';
import { useTransactions } from '../../lib/transactions.tsx';
import { ballotFault, castPlan, MAX_BALLOT_CHARS, parseBallot } from './ballot.ts';

/** Brings a vote that somebody else signed to the chain. */
export function CastBallot({
  place,
  onCast,
}: {
  readonly place: { readonly chainId: number; readonly governor: Address; readonly proposalId: bigint };
  readonly onCast: () => void;
}): ReactNode {
  const { send } = useTransactions();
  const [text, setText] = useState('');
  const ballot = text.trim() === '' ? undefined : parseBallot(text);
  const fault = ballot === undefined ? 'This is no ballot of these pages.' : ballotFault(ballot, place);
  const cast = async (): Promise<void> => {
    const sent = ballot === undefined ? undefined : await send(castPlan(ballot));
    if (sent === undefined) return;
    setText('');
    await sent.settled.then(onCast);
  };
  return (
    <details className="mt-4 border-t border-line pt-3 text-sm">
      <summary className="cursor-pointer text-muted">Send a ballot that somebody signed</summary>
      <div className="mt-3 space-y-3">
        <Field label="Ballot" {...(text.trim() === '' || fault === undefined ? {} : { error: fault })}>
          {(control) => (
            <textarea
              {...control}
              rows={4}
              maxLength={MAX_BALLOT_CHARS}
              value={text}
              spellCheck={false}
              onChange={(event) => setText(event.target.value)}
              className={`${CONTROL} font-mono text-xs`}
            />
          )}
        </Field>
        <Button disabled={ballot === undefined || fault !== undefined} onClick={() => void cast()}>
          Look at the ballot
        </Button>
      </div>
    </details>
  );
}
