import type { Metadata } from 'next';
import { Suspense } from 'react';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import { GovernanceView } from '../../features/governance/GovernanceView.tsx';

export const metadata: Metadata = { title: 'Governance' };

export default function Page() {
  return (
    <Suspense fallback={<SkeletonRows rows={6} className="h-16" />}>
      <GovernanceView />
    </Suspense>
  );
}
