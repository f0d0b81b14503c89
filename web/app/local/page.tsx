import type { Metadata } from 'next';
import { Suspense } from 'react';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import { LocalView } from '../../features/local/LocalView.tsx';

export const metadata: Metadata = { title: 'Local network' };

export default function Page() {
  return (
    <Suspense fallback={<SkeletonRows rows={6} />}>
      <LocalView />
    </Suspense>
  );
}
