'use client';

import type { ReactNode } from 'react';
import { setTheme, type Theme, useTheme } from '../../lib/settings.ts';

const THEMES: readonly { readonly theme: Theme; readonly label: string }[] = [
  { theme: 'system', label: 'System' },
  { theme: 'light', label: 'Light' },
  { theme: 'dark', label: 'Dark' },
];

/** Three choices, so that "as my system" can be chosen again. */
export function ThemeSwitch(): ReactNode {
  const current = useTheme();
  return (
    <fieldset className="flex items-center rounded-md border border-line p-0.5 text-xs">
      <legend className="sr-only">Theme</legend>
      {THEMES.map(({ theme, label }) => (
        <button
          key={theme}
          type="button"
          aria-pressed={theme === current}
          onClick={() => setTheme(theme)}
          className="min-h-7 rounded px-2.5 text-muted hover:text-ink aria-pressed:bg-sunken aria-pressed:font-medium aria-pressed:text-ink"
        >
          {label}
        </button>
      ))}
    </fieldset>
  );
}
