import type { Metadata } from 'next';
import { Suspense } from 'react';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import { WorkerView } from '../../features/workers/WorkerView.tsx';

export const metadata: Metadata = { title: 'Worker' };

export default function Page() {
  return (
    <Suspense fallback={<SkeletonRows rows={6} />}>
      <WorkerView />
    </Suspense>
  );
}
