import type { ReactNode } from 'react';
import { Drawer } from '../../components/Drawer.tsx';
import { useConfig } from '../../lib/config.ts';
import { NavigationLinks } from './NavigationLinks.tsx';
import { LOCAL_PLACE, MAIN_PLACES, OWN_PLACES } from './navigation.ts';

/** What the menu button of narrow windows opens. */
export function PhoneMenuDrawer({ onClose }: { readonly onClose: () => void }): ReactNode {
  const local = useConfig()?.local === true;
  return (
    <Drawer open onClose={onClose} title="Assay">
      <nav aria-label="Menu">
        <ul className="space-y-0.5">
          <NavigationLinks places={MAIN_PLACES} look="list" />
        </ul>
        <ul className="mt-4 space-y-0.5 border-t border-line pt-4">
          <NavigationLinks places={local ? [...OWN_PLACES, LOCAL_PLACE] : OWN_PLACES} look="list" />
        </ul>
      </nav>
    </Drawer>
  );
}
