import type { Metadata } from 'next';
import { Suspense } from 'react';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import { AccountView } from '../../features/account/AccountView.tsx';

export const metadata: Metadata = { title: 'Account' };

export default function Page() {
  return (
    <Suspense fallback={<SkeletonRows rows={6} />}>
      <AccountView />
    </Suspense>
  );
}
