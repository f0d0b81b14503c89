'use client';

import type { ReactNode } from 'react';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { besides } from '../../components/later.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { useConfig } from '../../lib/config.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { useQueryString } from '../../lib/useQueryString.ts';
import { allOffers, spellingsOf, TRY_QUERY, type TryAnswer, tryFilter } from './query.ts';
import { LEAD, TITLE } from './words.ts';

const TryBody = besides(
  () => import('./TryBody.tsx').then((file) => file.TryBody),
  <Skeleton className="h-96 w-full" />,
);

/** `/try/?model=`: the model that the address names, or the one that is used most. */
export function TryPage(): ReactNode {
  const [params] = useQueryString();
  const slug = params.get('model');
  const gateways = spellingsOf(useConfig()?.gateways ?? []);
  const { data, error, refetch } = useSubgraph<TryAnswer>(
    TRY_QUERY,
    { where: tryFilter(slug), gateways },
    { refetchMs: 30_000 },
  );
  const model = data?.models[0];
  const version = model?.liveVersion ?? undefined;
  if (model !== undefined && version?.exact === true)
    return (
      <TryBody
        key={version.id}
        slug={model.slug}
        modelId={model.id}
        versionId={version.id}
        offers={allOffers(version)}
      />
    );
  return (
    <>
      <PageHeader title={TITLE} lead={LEAD} />
      {data === undefined && error !== undefined ? (
        <ErrorState problem={error} onRetry={refetch} />
      ) : data === undefined ? (
        <Skeleton className="h-96 w-full" />
      ) : (
        <EmptyState
          title={slug === null ? 'No model is live yet' : 'This model has no live exact version'}
          action={<LinkButton href="/models/">All models</LinkButton>}
        >
          {slug === null
            ? 'Models go live when the DAO votes for them.'
            : 'Choose another one, or vote for a version to go live.'}
        </EmptyState>
      )}
    </>
  );
}
