'use client';

import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import { Link } from '../../components/Link.tsx';
import { isCurrent, type Place } from './navigation.ts';

const LOOKS = {
  bar: 'rounded-md px-2.5 py-1.5 text-sm text-muted hover:text-ink aria-[current]:text-ink aria-[current]:font-medium relative aria-[current]:after:absolute aria-[current]:after:inset-x-2.5 aria-[current]:after:-bottom-[0.8125rem] aria-[current]:after:h-0.5 aria-[current]:after:bg-accent',
  list: 'block rounded-md px-3 py-2.5 text-base aria-[current]:bg-accent-soft aria-[current]:font-medium aria-[current]:text-accent',
} as const;

export function NavigationLinks({
  places,
  look,
}: {
  readonly places: readonly Place[];
  readonly look: keyof typeof LOOKS;
}): ReactNode {
  const pathname = usePathname();
  return places.map(({ href, label }) => (
    <li key={href}>
      <Link href={href} aria-current={isCurrent(href, pathname) ? 'page' : undefined} className={LOOKS[look]}>
        {label}
      </Link>
    </li>
  ));
}
