'use client';

import type { ReactNode } from 'react';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { besides } from '../../components/later.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { useQueryString } from '../../lib/useQueryString.ts';
import { mainVersionOf } from './model.ts';
import { useModel } from './useModel.ts';

const ModelBody = besides(
  () => import('./ModelBody.tsx').then((file) => file.ModelBody),
  <Skeleton className="h-96 w-full" />,
);

/** The model that the address names, and its version if the address names one. */
export function ModelPage(): ReactNode {
  const [params] = useQueryString();
  const id = params.get('id') ?? '';
  const { data: model, error, refetch } = useModel(/^\d{1,78}$/.test(id) ? id : '');
  const version = model?.versions.find((one) => one.id === params.get('version')) ?? (model && mainVersionOf(model));
  if (model != null && version !== undefined && version !== null)
    return <ModelBody key={version.id} model={model} version={version} />;
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
