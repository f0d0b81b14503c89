import type { ReactNode } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Badge } from '../../components/Badge.tsx';
import { Countdown } from '../../components/Countdown.tsx';
import { Link } from '../../components/Link.tsx';
import { formatPercent, formatTime } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { type ProposalState, shareOf, type Tally } from './proposal.ts';
import type { ProposalRow } from './query.ts';
import { STATE_WORDS } from './words.ts';

export interface ListedProposal {
  readonly row: ProposalRow;
  /** Undefined until the clock is known. */
  readonly state: ProposalState | undefined;
  readonly tally: Tally;
}

/** Proposals with their state and how the vote stands. */
export function ProposalList({ proposals }: { readonly proposals: readonly ListedProposal[] }): ReactNode {
  return (
    <ul className="divide-y divide-line">
      {proposals.map((proposal) => (
        <li key={proposal.row.id} className="px-4 py-4 sm:px-5">
          <Item {...proposal} />
        </li>
      ))}
    </ul>
  );
}

export const titleOf = (title: string): string => {
  const text = title.replace(/^#+\s*/, '').trim();
  return text === '' ? 'Without a title' : safeText(text, 200);
};

function Item({ row, state, tally }: ListedProposal): ReactNode {
  const words = state === undefined ? undefined : STATE_WORDS[state];
  const { totalWei } = tally;
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1">
        <Link
          href={`/proposal/?id=${encodeURIComponent(row.id)}`}
          className="min-w-0 font-medium break-words hover:underline"
        >
          <bdi>{titleOf(row.title)}</bdi>
        </Link>
        {words !== undefined && <Badge tone={words[1]}>{words[0]}</Badge>}
      </div>
      <div className="mt-1.5 flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted">
        <span>
          by <AddressTag address={row.proposer.id} copy={false} />
        </span>
        <When row={row} state={state} />
        <span data-figures>
          {totalWei === 0n
            ? 'no votes'
            : `${formatPercent(shareOf(tally.forWei, totalWei))} for, ${formatPercent(shareOf(tally.againstWei, totalWei))} against, ${tally.quorumReached ? 'quorum reached' : `${formatPercent(shareOf(tally.countedWei, tally.quorumWei))} of the quorum`}`}
        </span>
      </div>
      {totalWei > 0n && (
        <div aria-hidden className="mt-2 flex h-1.5 overflow-hidden rounded-full bg-sunken">
          <span className="bg-positive" style={{ width: `${shareOf(tally.forWei, totalWei) * 100}%` }} />
          <span className="bg-critical" style={{ width: `${shareOf(tally.againstWei, totalWei) * 100}%` }} />
          <span className="bg-line-strong" style={{ width: `${shareOf(tally.abstainWei, totalWei) * 100}%` }} />
        </div>
      )}
    </>
  );
}

function When({ row, state }: Pick<ListedProposal, 'row' | 'state'>): ReactNode {
  switch (state) {
    case 'pending':
      return (
        <span>
          voting begins in <Countdown until={row.snapshotAt} />
        </span>
      );
    case 'active':
      return (
        <span>
          voting ends in <Countdown until={row.deadlineAt} />
        </span>
      );
    case 'queued':
      return (
        <span>
          can be executed in <Countdown until={row.etaAt ?? '0'} />
        </span>
      );
    case 'executed':
      return <span>executed {formatTime(row.executedAt ?? row.deadlineAt)}</span>;
    case 'canceled':
      return <span>canceled {formatTime(row.canceledAt ?? row.createdAt)}</span>;
    case 'defeated':
    case 'succeeded':
      return <span>voting ended {formatTime(row.deadlineAt)}</span>;
    default:
      return <span>proposed {formatTime(row.createdAt)}</span>;
  }
}
