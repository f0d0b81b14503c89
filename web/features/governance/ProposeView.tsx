'use client';

import type { ReactNode } from 'react';
import { besides } from '../../components/later.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { SkeletonRows } from '../../components/Skeleton.tsx';

const ProposeForm = besides(
  () => import('./ProposeForm.tsx').then((file) => file.ProposeForm),
  <SkeletonRows rows={5} className="h-24" />,
);

/** `/propose/`: the builder brings everything that encodes and decodes calls, so it comes after the page. */
export function ProposeView(): ReactNode {
  return (
    <>
      <PageHeader
        title="New proposal"
        back={{ href: '/governance/', label: 'Governance' }}
        lead="Choose what the chain shall do and say why. Your draft stays in this browser until you send it."
      />
      <ProposeForm />
    </>
  );
}
