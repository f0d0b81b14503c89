'use client';

import { usePathname } from 'next/navigation';
import { type ReactNode, useEffect, useState } from 'react';
import { Drawer } from '../../components/Drawer.tsx';
import { useConfig } from '../../lib/config.ts';
import { NavigationLinks } from './NavigationLinks.tsx';
import { LOCAL_PLACE, MAIN_PLACES, OWN_PLACES } from './navigation.ts';

/** The menu of narrow windows. It closes when a page was chosen. */
export function PhoneMenu(): ReactNode {
  const [open, setOpen] = useState(false);
  const pathname = usePathname();
  const local = useConfig()?.local === true;
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
      <Drawer open={open} onClose={() => setOpen(false)} title="Assay">
        <nav aria-label="Menu">
          <ul className="space-y-0.5">
            <NavigationLinks places={MAIN_PLACES} look="list" />
          </ul>
          <ul className="mt-4 space-y-0.5 border-t border-line pt-4">
            <NavigationLinks places={local ? [...OWN_PLACES, LOCAL_PLACE] : OWN_PLACES} look="list" />
          </ul>
        </nav>
      </Drawer>
    </>
  );
}
