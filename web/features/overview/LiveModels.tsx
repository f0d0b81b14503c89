import type { ReactNode } from 'react';
import { Badge } from '../../components/Badge.tsx';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Link } from '../../components/Link.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatNumber, formatTime } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { tryPath } from '../../lib/tryPath.ts';
import type { Card as ModelCard } from '../models/card.ts';
import type { LiveModelRow } from './query.ts';

/** Models that a vote made live, with what came of them. */
export function LiveModels({
  models,
  cards,
}: {
  readonly models: readonly LiveModelRow[] | undefined;
  readonly cards: readonly (ModelCard | undefined)[];
}): ReactNode {
  return (
    <Card title="Live models">
      {models === undefined ? (
        <Skeleton className="h-36 w-full" />
      ) : models.length === 0 ? (
        <EmptyState title="No model is live yet">A vote of the token holders makes a version live.</EmptyState>
      ) : (
        <ul className="-my-4 divide-y divide-line">
          {models.map((model, at) => (
            <LiveModel key={model.id} model={model} summary={cards[at]?.summary} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function LiveModel({
  model: { id, slug, liveSince, liveVersion },
  summary,
}: {
  readonly model: LiveModelRow;
  readonly summary: string | undefined;
}): ReactNode {
  const { jobsCompleted, jobsRejected, exact, offers } = liveVersion;
  return (
    <li className="py-4">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <Link href={`/model/?id=${id}`} className="font-semibold hover:underline">
              <bdi>{safeText(slug, 60)}</bdi>
            </Link>
            <Badge>version {safeText(liveVersion.id, 20)}</Badge>
            {exact && <Badge>integer-exact</Badge>}
          </p>
          <p className="mt-1 line-clamp-2 min-h-5 max-w-prose text-sm text-muted">{summary}</p>
        </div>
        <LinkButton size="small" href={tryPath(slug)}>
          Try it
        </LinkButton>
      </div>
      <p data-figures className="mt-2 text-sm">
        {formatNumber(jobsCompleted)} paid answers settled, {formatNumber(jobsRejected)} rejected
        {offers[0] !== undefined && (
          <>
            {' · '}
            from <TokenAmount wei={offers[0].feeWei} />
          </>
        )}
        {liveSince !== null && <span className="text-muted"> · live since {formatTime(liveSince)}</span>}
      </p>
    </li>
  );
}
