import type { ReactNode } from 'react';
import { Link } from '../../components/Link.tsx';
import { Logo } from '../../components/Logo.tsx';
import { NavigationLinks } from './NavigationLinks.tsx';
import { MAIN_PLACES } from './navigation.ts';
import { PhoneMenu } from './PhoneMenu.tsx';

/** Name, places, and the visitor's own corner (`children`: activity and account). */
export function SiteHeader({ children }: { readonly children?: ReactNode }): ReactNode {
  return (
    <header className="sticky top-0 z-20 border-b border-line bg-surface">
      <div className="mx-auto flex h-14 max-w-6xl items-center gap-2 px-4 sm:px-6">
        <PhoneMenu />
        <Link href="/" className="flex items-center gap-2 font-semibold tracking-tight lg:mr-4">
          <Logo />
          Assay
        </Link>
        <nav aria-label="Main" className="max-lg:hidden">
          <ul className="flex items-center">
            <NavigationLinks places={MAIN_PLACES} look="bar" />
          </ul>
        </nav>
        <div className="ml-auto flex items-center gap-2">{children}</div>
      </div>
    </header>
  );
}
