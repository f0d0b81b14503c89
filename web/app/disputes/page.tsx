import type { Metadata } from 'next';
import { Suspense } from 'react';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import { DisputesView } from '../../features/disputes/DisputesView.tsx';

export const metadata: Metadata = { title: 'Disputes' };

export default function Page() {
  return (
    <Suspense fallback={<SkeletonRows rows={6} className="h-16" />}>
      <DisputesView />
    </Suspense>
  );
}
