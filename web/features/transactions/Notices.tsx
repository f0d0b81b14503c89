'use client';

import type { ReactNode } from 'react';
import { later } from '../../components/later.tsx';
import { useTransactionsState } from '../../lib/transactions.tsx';

const NoticeStack = later(() => import('./NoticeStack.tsx').then((file) => file.NoticeStack));

/** Short notices of transactions. The live region is always there, so that screen readers hear what comes into it. */
export function Notices(): ReactNode {
  const { list } = useTransactionsState();
  return (
    <div
      role="status"
      className="pointer-events-none fixed right-0 bottom-0 z-40 flex w-full max-w-sm flex-col gap-2 p-4 empty:hidden"
    >
      {list.length > 0 && <NoticeStack />}
    </div>
  );
}
