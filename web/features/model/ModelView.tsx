import type { ReactNode } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Badge } from '../../components/Badge.tsx';
import { Card } from '../../components/Card.tsx';
import { CodeBlock } from '../../components/CodeBlock.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { Markdown } from '../../components/Markdown.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { formatTime } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { tryPath } from '../../lib/tryPath.ts';
import type { CardResult } from '../models/useCard.ts';
import { EvaluationsCard } from './EvaluationsCard.tsx';
import { HistoryCard } from './HistoryCard.tsx';
import { LineageCard } from './LineageCard.tsx';
import { lineageOf } from './lineage.ts';
import { isExact, type ModelDetail, type VersionDetail } from './model.ts';
import { OffersCard } from './OffersCard.tsx';
import { ProposeLive } from './ProposeLive.tsx';
import { ReplicasCard } from './ReplicasCard.tsx';
import type { Replica } from './useReplicas.ts';
import type { SnippetsResult } from './useSnippets.ts';
import type { VerificationRun } from './useVerification.ts';
import { VerificationCard } from './VerificationCard.tsx';
import { VersionFacts } from './VersionFacts.tsx';
import { VersionsCard } from './VersionsCard.tsx';

export interface ModelViewProps {
  readonly model: ModelDetail;
  readonly version: VersionDetail;
  readonly card: CardResult;
  readonly replicas: readonly Replica[] | undefined;
  readonly snippets: SnippetsResult;
  readonly verification: VerificationRun;
  /** Where ipfs: links in the card lead. */
  readonly gateway: string | undefined;
}

/** Everything about one version of a model, and the versions beside it. */
export function ModelView(props: ModelViewProps): ReactNode {
  const { model, version, card, replicas, snippets, verification, gateway } = props;
  const live = version.id === model.liveVersionId;
  return (
    <>
      <PageHeader
        back={{ href: '/models/', label: 'Models' }}
        title={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
            <bdi>{safeText(model.slug, 60)}</bdi>
            <span className="flex flex-wrap items-center gap-1.5">
              <Badge>version {safeText(version.id, 20)}</Badge>
              {live ? <Badge tone="accent">live</Badge> : <Badge tone="caution">not live</Badge>}
              <Badge>{isExact(version) ? 'integer-exact' : 'float'}</Badge>
            </span>
          </span>
        }
        lead={
          <span className="flex flex-wrap items-center gap-x-2 text-sm">
            by <AddressTag address={model.author} /> since {formatTime(model.registeredAt)}
          </span>
        }
        actions={
          <>
            {!live && isExact(version) && <ProposeLive modelId={model.id} slug={model.slug} versionId={version.id} />}
            {model.liveVersionId !== undefined && (
              <LinkButton href={tryPath(model.slug)} variant="primary">
                {live ? 'Try it' : `Try live version ${safeText(model.liveVersionId, 20)}`}
              </LinkButton>
            )}
          </>
        }
      />
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="min-w-0 space-y-6">
          <ModelCard card={card} cid={version.cardCid} gateway={gateway} />
          <VersionsCard model={model} shown={version.id} />
          <OffersCard offers={version.offers} />
          <LineageCard lineage={lineageOf(model)} />
          <UseCard snippets={snippets} />
          <HistoryCard history={model.liveHistory} />
        </div>
        <div className="min-w-0 space-y-6">
          <VerificationCard versionId={version.id} run={verification} />
          <VersionFacts version={version} />
          <EvaluationsCard version={version} card={card} />
          <ReplicasCard replicas={replicas} />
        </div>
      </div>
    </>
  );
}

function ModelCard({
  card: { card, error, refetch },
  cid,
  gateway,
}: {
  readonly card: CardResult;
  readonly cid: string;
  readonly gateway: string | undefined;
}): ReactNode {
  return (
    <Card title="Model card">
      {cid === '' ? (
        <EmptyState title="This version has no card">Its author published no description.</EmptyState>
      ) : error !== undefined ? (
        <ErrorState problem={error} onRetry={refetch} />
      ) : card === undefined ? (
        <Skeleton className="h-40 w-full" />
      ) : (
        <>
          <p className="mb-3 flex flex-wrap gap-1.5">
            {card.task !== undefined && <Badge tone="accent">{card.task}</Badge>}
            {card.tags.map((tag) => (
              <Badge key={tag}>{tag}</Badge>
            ))}
          </p>
          <Markdown source={card.body} {...(gateway === undefined ? {} : { gateway })} />
        </>
      )}
    </Card>
  );
}

function UseCard({ snippets: { snippets, error } }: { readonly snippets: SnippetsResult }): ReactNode {
  return (
    <Card title="Use it from code">
      {error !== undefined ? (
        <ErrorState problem={error} />
      ) : snippets === undefined ? (
        <Skeleton className="h-56 w-full" />
      ) : (
        <CodeBlock label="Language" snippets={snippets} />
      )}
    </Card>
  );
}
