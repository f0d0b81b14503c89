'use client';

import type { ReactNode } from 'react';
import { Drawer } from '../../components/Drawer.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { useTransactionsState, useTransactionsStore } from '../../lib/transactions.tsx';
import { ActivityList } from './ActivityList.tsx';

export function ActivityDrawer(): ReactNode {
  const store = useTransactionsStore();
  const { isDrawerOpen } = useTransactionsState();
  return (
    <Drawer
      open={isDrawerOpen}
      onClose={store.closeDrawer}
      title="Activity of this browser"
      footer={
        <LinkButton size="small" variant="quiet" href="/activity/">
          Open as a page
        </LinkButton>
      }
    >
      <ActivityList />
    </Drawer>
  );
}
