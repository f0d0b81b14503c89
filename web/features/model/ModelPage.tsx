'use client';

import { type ReactNode, useEffect } from 'react';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { useConfig } from '../../lib/config.ts';
import { safeText } from '../../lib/safeText.ts';
import { useQueryString } from '../../lib/useQueryString.ts';
import { useCard } from '../models/useCard.ts';
import { ModelView } from './ModelView.tsx';
import { type ModelDetail, mainVersionOf, sortOffers, type VersionDetail } from './model.ts';
import { useModel } from './useModel.ts';
import { useReplicas } from './useReplicas.ts';
import { useSnippets } from './useSnippets.ts';
import { useVerification } from './useVerification.ts';

/** The model that the address names, and its version if the address names one. */
export function ModelPage(): ReactNode {
  const [params] = useQueryString();
  const id = params.get('id') ?? '';
  const { data: model, error, refetch } = useModel(/^\d{1,78}$/.test(id) ? id : '');
  const version = model?.versions.find((one) => one.id === params.get('version')) ?? (model && mainVersionOf(model));
  if (model != null && version !== undefined && version !== null)
    return <Loaded key={version.id} model={model} version={version} />;
  if (error !== undefined && model === undefined)
    return <Failed>{<ErrorState problem={error} onRetry={refetch} />}</Failed>;
  if (model === undefined && /^\d{1,78}$/.test(id)) return <Skeleton className="h-96 w-full" />;
  return (
    <Failed>
      <EmptyState
        title={model == null ? 'There is no such model' : 'This model has no version yet'}
        action={<LinkButton href="/models/">All models</LinkButton>}
      />
    </Failed>
  );
}

function Failed({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <>
      <PageHeader title="Model" back={{ href: '/models/', label: 'Models' }} />
      {children}
    </>
  );
}

function Loaded({ model, version }: { readonly model: ModelDetail; readonly version: VersionDetail }): ReactNode {
  const gateway = useConfig()?.gateways[0];
  useEffect(() => {
    document.title = `${safeText(model.slug, 60)} · Assay`;
  }, [model.slug]);
  const price = sortOffers(version.offers).find(({ isActive }) => isActive)?.feeWei;
  return (
    <ModelView
      model={model}
      version={version}
      card={useCard(version.cardCid)}
      replicas={useReplicas(version.cid).replicas}
      snippets={useSnippets(model.slug, price)}
      verification={useVerification(version.id)}
      gateway={gateway}
    />
  );
}
