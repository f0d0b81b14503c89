import type { Metadata } from 'next';
import { Suspense } from 'react';
import { Skeleton } from '../../components/Skeleton.tsx';
import { TryPage } from '../../features/try/TryPage.tsx';

export const metadata: Metadata = { title: 'Try it' };

export default function Try() {
  return (
    <Suspense fallback={<Skeleton className="h-96 w-full" />}>
      <TryPage />
    </Suspense>
  );
}
