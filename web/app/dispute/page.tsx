import type { Metadata } from 'next';
import { Suspense } from 'react';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import { DisputeView } from '../../features/disputes/DisputeView.tsx';

export const metadata: Metadata = { title: 'Dispute' };

export default function Page() {
  return (
    <Suspense fallback={<SkeletonRows rows={6} className="h-16" />}>
      <DisputeView />
    </Suspense>
  );
}
