'use client';

import type { ReactNode } from 'react';
import { Card } from '../../components/Card.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { ActivityList } from './ActivityList.tsx';

/** `/activity/`: what this browser has sent. */
export function ActivityView(): ReactNode {
  return (
    <>
      <PageHeader
        title="Activity"
        lead="Transactions that were sent from this browser. The list is kept here only; the chain keeps what happened."
      />
      <Card>
        <ActivityList />
      </Card>
    </>
  );
}
