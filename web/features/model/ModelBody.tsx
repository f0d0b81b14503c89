'use client';

import { type ReactNode, useEffect } from 'react';
import { useConfig } from '../../lib/config.ts';
import { safeText } from '../../lib/safeText.ts';
import { useCard } from '../models/useCard.ts';
import { ModelView } from './ModelView.tsx';
import { type ModelDetail, sortOffers, type VersionDetail } from './model.ts';
import { useReplicas } from './useReplicas.ts';
import { useSnippets } from './useSnippets.ts';
import { useVerification } from './useVerification.ts';

/** Everything about a version, with what is fetched for it. */
export function ModelBody({
  model,
  version,
}: {
  readonly model: ModelDetail;
  readonly version: VersionDetail;
}): ReactNode {
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
