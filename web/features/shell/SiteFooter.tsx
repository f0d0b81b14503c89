'use client';

import type { ReactNode } from 'react';
import { Link } from '../../components/Link.tsx';
import { useConfig } from '../../lib/config.ts';
import { formatNumber } from '../../lib/format.ts';
import { useHealth } from '../../lib/health.ts';
import { safeText } from '../../lib/safeText.ts';
import { LOCAL_PLACE, OWN_PLACES } from './navigation.ts';
import { ThemeSwitch } from './ThemeSwitch.tsx';

/** Which network this is, how fresh the pages are, and the quieter places. */
export function SiteFooter(): ReactNode {
  const config = useConfig();
  const health = useHealth();
  const block = 'indexBlock' in health ? health.indexBlock : undefined;
  const places = config?.local === true ? [...OWN_PLACES, LOCAL_PLACE] : OWN_PLACES;
  return (
    <footer className="mt-auto border-t border-line">
      <div className="mx-auto flex max-w-6xl flex-wrap items-center gap-x-6 gap-y-3 px-4 py-5 text-sm text-muted sm:px-6">
        <p data-figures className="min-w-0">
          {config === undefined ? 'Connecting' : safeText(config.chainName, 40)}
          {block !== undefined && ` · block ${formatNumber(block)}`}
        </p>
        <nav aria-label="Footer">
          <ul className="flex flex-wrap gap-x-5 gap-y-1">
            {places.map(({ href, label }) => (
              <li key={href}>
                <Link href={href} className="hover:text-ink hover:underline">
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="sm:ml-auto">
          <ThemeSwitch />
        </div>
      </div>
    </footer>
  );
}
