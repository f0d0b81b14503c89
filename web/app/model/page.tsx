import type { Metadata } from 'next';
import { Suspense } from 'react';
import { Skeleton } from '../../components/Skeleton.tsx';
import { ModelPage } from '../../features/model/ModelPage.tsx';

export const metadata: Metadata = { title: 'Model' };

export default function Model() {
  return (
    <Suspense fallback={<Skeleton className="h-96 w-full" />}>
      <ModelPage />
    </Suspense>
  );
}
