'use client';

import { useRouter } from 'next/navigation';
import type { ReactNode } from 'react';
import { Button } from '../../components/Button.tsx';
import { useDraft } from '../governance/useDraft.ts';

/** The way from a version that is not live to a proposal that makes it live: a draft, which its author still looks at. */
export function ProposeLive({
  modelId,
  slug,
  versionId,
}: {
  readonly modelId: string;
  readonly slug: string;
  readonly versionId: string;
}): ReactNode {
  const [draft, save] = useDraft();
  const router = useRouter();
  const propose = (): void => {
    const action = { kind: 'live', modelId, versionId } as const;
    const isThere = draft.actions.some((each) => JSON.stringify(each) === JSON.stringify(action));
    save({
      ...draft,
      title: draft.title === '' ? `Make version ${versionId} of ${slug} live` : draft.title,
      actions: isThere ? draft.actions : [...draft.actions, action],
    });
    router.push('/propose/');
  };
  return <Button onClick={propose}>Propose to make it live</Button>;
}
