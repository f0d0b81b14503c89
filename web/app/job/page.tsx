import type { Metadata } from 'next';
import { Suspense } from 'react';
import { Skeleton } from '../../components/Skeleton.tsx';
import { JobPage } from '../../features/jobs/JobPage.tsx';

export const metadata: Metadata = { title: 'Job' };

export default function Job() {
  return (
    <Suspense fallback={<Skeleton className="h-96 w-full" />}>
      <JobPage />
    </Suspense>
  );
}
