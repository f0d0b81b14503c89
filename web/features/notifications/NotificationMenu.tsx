'use client';

import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { Button } from '../../components/Button.tsx';
import { Checkbox } from '../../components/Checkbox.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { Link } from '../../components/Link.tsx';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import { formatAgo } from '../../lib/format.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { useNow } from '../../lib/useNow.ts';
import { askBrowser, canNotify, useBrowserNotifications } from './browserNotifications.ts';
import { NOTICES_QUERY, type Notice, type NoticesAnswer, noticesOf } from './notices.ts';
import { markRead, setBrowserOptIn, useBrowserOptIn, useReadNotices } from './readState.ts';

/** The bell with its count, and the drawer it opens. */
export function NotificationMenu({ account }: { readonly account: string }): ReactNode {
  const id = account.toLowerCase();
  const now = useNow(5000);
  const { data, error, refetch } = useSubgraph<NoticesAnswer>(NOTICES_QUERY, { id, account: id });
  const [isOpen, setIsOpen] = useState(false);
  const read = useReadNotices(id);
  const notices = useMemo(
    () => (data === undefined || now === undefined ? undefined : noticesOf(data, id, now)),
    [data, id, now],
  );
  const unread = (notices ?? []).filter((notice) => !read.has(notice.id));
  useBrowserNotifications(id, notices, read);
  const close = (): void => {
    markRead(
      id,
      unread.map((notice) => notice.id),
    );
    setIsOpen(false);
  };
  return (
    <>
      <button
        type="button"
        onClick={() => setIsOpen(true)}
        aria-haspopup="dialog"
        aria-label={unread.length === 0 ? 'Notifications' : `Notifications, ${unread.length} unread`}
        title="Notifications"
        className="relative grid size-10 place-items-center rounded-md text-muted hover:bg-sunken hover:text-ink"
      >
        <svg aria-hidden viewBox="0 0 20 20" className="size-5" fill="none" stroke="currentColor" strokeWidth="1.5">
          <path d="M5 8a5 5 0 0 1 10 0c0 4 1.5 5.5 1.5 5.5h-13S5 12 5 8ZM8.5 16.5h3" strokeLinejoin="round" />
        </svg>
        {unread.length > 0 && (
          <span
            aria-hidden
            className="absolute -top-0.5 -right-0.5 grid min-w-4.5 place-items-center rounded-full bg-accent px-1 text-[0.6875rem] leading-4.5 font-semibold text-accent-ink"
          >
            {unread.length > 9 ? '9+' : unread.length}
          </span>
        )}
      </button>
      <Dialog open={isOpen} onClose={close} shape="drawer" title="Notifications" footer={<OptIn />}>
        {error !== undefined && notices === undefined ? (
          <ErrorState problem={error} onRetry={refetch} />
        ) : notices === undefined ? (
          <SkeletonRows rows={3} className="h-14" />
        ) : notices.length === 0 ? (
          <EmptyState title="Nothing new">
            Votes, the end of a thaw, finished jobs and disputes of this account appear here.
          </EmptyState>
        ) : (
          <>
            {unread.length > 0 && (
              <Button
                size="small"
                variant="quiet"
                onClick={() =>
                  markRead(
                    id,
                    unread.map((notice) => notice.id),
                  )
                }
              >
                Mark all as read
              </Button>
            )}
            <NoticeList notices={notices} read={read} now={now} onFollow={close} />
          </>
        )}
      </Dialog>
    </>
  );
}

function NoticeList({
  notices,
  read,
  now,
  onFollow,
}: {
  readonly notices: readonly Notice[];
  readonly read: ReadonlySet<string>;
  readonly now: number | undefined;
  readonly onFollow: () => void;
}): ReactNode {
  return (
    <ul className="divide-y divide-line text-sm">
      {notices.map(({ id, title, detail, href, at }) => (
        <li key={id} data-unread={!read.has(id)} className="py-3">
          <Link href={href} onClick={onFollow} className="block hover:underline">
            <span className={read.has(id) ? 'text-muted' : 'font-medium'}>
              {title}
              {!read.has(id) && <span className="sr-only"> (unread)</span>}
            </span>
          </Link>
          <span className="block text-xs break-words text-muted">
            <bdi>{detail}</bdi>
            {now !== undefined && ` · ${formatAgo(at, now)}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Notifications of the browser come only after an explicit yes, here and to the browser's own question. */
function OptIn(): ReactNode {
  const isOn = useBrowserOptIn();
  const [isAllowed, setIsAllowed] = useState(true);
  useEffect(() => setIsAllowed(canNotify()), []);
  const change = async (on: boolean): Promise<void> => {
    const granted = on && (await askBrowser());
    setBrowserOptIn(granted);
    if (on) setIsAllowed(granted);
  };
  return (
    <div className="w-full">
      <Checkbox
        label="Also notify me through the browser"
        checked={isOn && isAllowed}
        onChange={(on) => void change(on)}
        hint={isAllowed ? 'Only while a page of this site is open' : 'Your browser does not allow it for this site'}
      />
    </div>
  );
}
