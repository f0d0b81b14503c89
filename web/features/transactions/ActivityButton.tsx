'use client';

import type { ReactNode } from 'react';
import { later } from '../../components/later.tsx';
import { useTransactionsState, useTransactionsStore } from '../../lib/transactions.tsx';

const ActivityDrawer = later(() => import('./ActivityDrawer.tsx').then((file) => file.ActivityDrawer));
const PreviewDialog = later(() => import('./PreviewDialog.tsx').then((file) => file.PreviewDialog));

/** Opens the activity drawer; counts what is pending. Also holds the preview, which may open on any page. */
export function ActivityButton(): ReactNode {
  const store = useTransactionsStore();
  const { list, isDrawerOpen, request } = useTransactionsState();
  const pending = list.filter(({ status }) => status === 'pending').length;
  return (
    <>
      <button
        type="button"
        onClick={store.openDrawer}
        aria-haspopup="dialog"
        aria-label={pending === 0 ? 'Activity' : `Activity, ${pending} pending`}
        title="Activity"
        className="relative grid size-10 place-items-center rounded-md text-muted hover:bg-sunken hover:text-ink"
      >
        <svg aria-hidden viewBox="0 0 20 20" className="size-5" fill="none" stroke="currentColor" strokeWidth="1.5">
          <path d="M2.5 10.5h3.2l2.4-6 3.8 11 2.4-5h3.2" strokeLinejoin="round" strokeLinecap="round" />
        </svg>
        {pending > 0 && (
          <span
            aria-hidden
            className="absolute -top-0.5 -right-0.5 grid min-w-4.5 place-items-center rounded-full bg-accent px-1 text-[0.6875rem] leading-4.5 font-semibold text-accent-ink"
          >
            {pending}
          </span>
        )}
      </button>
      {isDrawerOpen && <ActivityDrawer />}
      {request !== undefined && <PreviewDialog />}
    </>
  );
}
