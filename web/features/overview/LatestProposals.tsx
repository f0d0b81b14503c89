import type { ReactNode } from 'react';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Link } from '../../components/Link.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import { formatAgo, formatTime } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import type { ProposalRow } from './query.ts';

/** The newest questions to the token holders. */
export function LatestProposals({
  proposals,
  now,
}: {
  readonly proposals: readonly ProposalRow[] | undefined;
  readonly now: number | undefined;
}): ReactNode {
  return (
    <Card
      title="Governance"
      actions={
        <LinkButton size="small" variant="quiet" href="/governance/">
          All proposals
        </LinkButton>
      }
    >
      {proposals === undefined ? (
        <SkeletonRows rows={2} className="h-11" />
      ) : proposals.length === 0 ? (
        <EmptyState title="No proposal yet">Anybody with enough votes can make one.</EmptyState>
      ) : (
        <ul className="-my-2.5 divide-y divide-line text-sm">
          {proposals.map(({ id, title, createdAt }) => (
            <li key={id} className="py-2.5">
              <Link href={`/proposal/?id=${id}`} className="font-medium break-words hover:underline">
                <bdi>{title.trim() === '' ? 'Without a title' : safeText(title, 120)}</bdi>
              </Link>
              <span className="block text-xs text-muted">
                proposed {now === undefined ? formatTime(createdAt) : formatAgo(createdAt, now)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
