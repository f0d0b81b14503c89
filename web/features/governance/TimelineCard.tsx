'use client';

import type { ReactNode } from 'react';
import { Card } from '../../components/Card.tsx';
import { Countdown } from '../../components/Countdown.tsx';
import { formatTime } from '../../lib/format.ts';
import { ChainLink } from '../transactions/ChainLink.tsx';
import type { ProposalState } from './proposal.ts';
import type { ProposalDetail } from './query.ts';

interface Moment {
  readonly label: string;
  readonly at?: string;
  readonly tx?: string | null;
  readonly note?: string;
}

function momentsOf(proposal: ProposalDetail, state: ProposalState | undefined): readonly Moment[] {
  const { createdAt, createdTx, snapshotAt, deadlineAt, extended, etaAt, executedAt, canceledAt } = proposal;
  const begun: Moment[] = [{ label: 'Proposed', at: createdAt, tx: createdTx }];
  if (canceledAt !== null) return [...begun, { label: 'Canceled', at: canceledAt, tx: proposal.canceledTx }];
  const voted: Moment[] = [
    ...begun,
    { label: 'Voting begins (snapshot)', at: snapshotAt },
    {
      label: 'Voting ends',
      at: deadlineAt,
      ...(extended ? { note: 'later than planned, because the quorum came late' } : {}),
    },
  ];
  if (state === 'defeated') return [...voted, { label: 'Defeated', at: deadlineAt }];
  return [
    ...voted,
    { label: 'Queued', tx: proposal.queuedTx, ...(proposal.queuedTx === null ? { note: 'by anybody' } : {}) },
    { label: 'May be executed', ...(etaAt === null ? {} : { at: etaAt }) },
    { label: 'Executed', ...(executedAt === null ? {} : { at: executedAt }), tx: proposal.executedTx },
  ];
}

/** Every step with its time: past, or counted down to. */
export function TimelineCard({
  proposal,
  state,
  now,
}: {
  readonly proposal: ProposalDetail;
  readonly state: ProposalState | undefined;
  readonly now: number | undefined;
}): ReactNode {
  return (
    <Card title="Timeline">
      <ol className="space-y-3 text-sm">
        {momentsOf(proposal, state).map(({ label, at, tx, note }) => {
          const isPast = tx != null || (at !== undefined && now !== undefined && now >= Number(at));
          return (
            <li key={label} className="flex gap-3">
              <span
                aria-hidden
                className={`mt-1.5 size-2 shrink-0 rounded-full ${isPast ? 'bg-accent' : 'border border-line-strong'}`}
              />
              <div className="min-w-0">
                <p className={isPast ? 'font-medium' : 'text-muted'}>{label}</p>
                {at !== undefined && (
                  <p className="text-xs text-muted">
                    {formatTime(at)}
                    {!isPast && now !== undefined && (
                      <>
                        {', in '}
                        <Countdown until={at} />
                      </>
                    )}
                  </p>
                )}
                {note !== undefined && <p className="text-xs text-muted">{note}</p>}
                {tx != null && (
                  <p className="text-xs">
                    <ChainLink kind="tx" value={tx} />
                  </p>
                )}
              </div>
            </li>
          );
        })}
      </ol>
    </Card>
  );
}
