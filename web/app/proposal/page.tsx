import type { Metadata } from 'next';
import { Suspense } from 'react';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import { ProposalView } from '../../features/governance/ProposalView.tsx';

export const metadata: Metadata = { title: 'Proposal' };

export default function Page() {
  return (
    <Suspense fallback={<SkeletonRows rows={6} className="h-16" />}>
      <ProposalView />
    </Suspense>
  );
}
