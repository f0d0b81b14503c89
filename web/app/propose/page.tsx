import type { Metadata } from 'next';
import { Suspense } from 'react';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import { ProposeView } from '../../features/governance/ProposeView.tsx';

export const metadata: Metadata = { title: 'New proposal' };

export default function Page() {
  return (
    <Suspense fallback={<SkeletonRows rows={6} className="h-16" />}>
      <ProposeView />
    </Suspense>
  );
}
