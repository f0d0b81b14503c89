import type { Metadata } from 'next';
import { Suspense } from 'react';
import { Skeleton } from '../../components/Skeleton.tsx';
import { JobsPage } from '../../features/jobs/JobsPage.tsx';

export const metadata: Metadata = { title: 'Jobs' };

export default function Jobs() {
  return (
    <Suspense fallback={<Skeleton className="h-96 w-full" />}>
      <JobsPage />
    </Suspense>
  );
}
