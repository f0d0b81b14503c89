import type { Metadata } from 'next';
import { Suspense } from 'react';
import { PageHeader } from '../../components/PageHeader.tsx';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import { ModelsPage } from '../../features/models/ModelsPage.tsx';

export const metadata: Metadata = { title: 'Models' };

export default function Models() {
  return (
    <>
      <PageHeader
        title="Models"
        lead="Registered on chain, served by workers. A vote decides which version of a model is live."
      />
      <Suspense fallback={<SkeletonRows rows={3} className="h-31" />}>
        <ModelsPage />
      </Suspense>
    </>
  );
}
