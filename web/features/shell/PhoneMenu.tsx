'use client';

import { usePathname } from 'next/navigation';
import { type ReactNode, useEffect, useState } from 'react';
import { later } from '../../components/later.tsx';

const PhoneMenuDrawer = later(() => import('./PhoneMenuDrawer.tsx').then((file) => file.PhoneMenuDrawer));

/** The menu of narrow windows. It closes when a page was chosen. */
export function PhoneMenu(): ReactNode {
  const [open, setOpen] = useState(false);
  const pathname = usePathname();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page is the signal, not a value that is read
  useEffect(() => setOpen(false), [pathname]);
  return (
    <>
      <button
        type="button"
        aria-label="Menu"
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(true)}
        className="-ml-2 grid size-10 place-items-center rounded-md hover:bg-sunken lg:hidden"
      >
        <svg aria-hidden viewBox="0 0 20 20" className="size-5" stroke="currentColor" strokeWidth="1.5">
          <path d="M3 6h14M3 10h14M3 14h14" />
        </svg>
      </button>
      {open && <PhoneMenuDrawer onClose={() => setOpen(false)} />}
    </>
  );
}
