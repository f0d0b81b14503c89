import type { Metadata, Viewport } from 'next';
import localFont from 'next/font/local';
import type { ReactNode } from 'react';
import { NotificationBell } from '../features/notifications/NotificationBell.tsx';
import { HealthBanner } from '../features/shell/HealthBanner.tsx';
import { LateNotices } from '../features/shell/LateNotices.tsx';
import { SiteFooter } from '../features/shell/SiteFooter.tsx';
import { SiteHeader } from '../features/shell/SiteHeader.tsx';
import { ActivityButton } from '../features/transactions/ActivityButton.tsx';

import { NetworkBanner } from '../features/wallet/NetworkBanner.tsx';
import { WalletButton } from '../features/wallet/WalletButton.tsx';
import { Providers } from './providers.tsx';
import './globals.css';

const inter = localFont({
  src: '../../node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2',
  weight: '100 900',
  display: 'swap',
  variable: '--font-inter',
});

export const metadata: Metadata = {
  title: { default: 'Assay: AI answers that anyone can check', template: '%s · Assay' },
  description: 'A decentralised marketplace for AI models in which every paid answer is a claim that anyone can check.',
  referrer: 'no-referrer',
};
export const viewport: Viewport = {
  colorScheme: 'light dark',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#ffffff' },
    { media: '(prefers-color-scheme: dark)', color: '#14191a' },
  ],
};

export default function RootLayout({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <html lang="en" className={inter.variable} suppressHydrationWarning>
      <head>
        {/* Not async: it sets the theme before the first paint, and hears when other scripts are missing. */}
        <script src="/boot.js" />
      </head>
      <body>
        <Providers>
          <a
            href="#content"
            className="fixed top-2 left-2 z-50 -translate-y-20 rounded-md bg-accent px-4 py-2 text-sm text-accent-ink focus:translate-y-0"
          >
            Skip to content
          </a>
          <SiteHeader>
            <NotificationBell />
            <ActivityButton />
            <WalletButton />
          </SiteHeader>
          <NetworkBanner />
          <HealthBanner />
          <main id="content" tabIndex={-1} className="mx-auto w-full max-w-6xl px-4 py-8 outline-none sm:px-6 sm:py-10">
            {children}
          </main>
          <SiteFooter />
          <LateNotices />
        </Providers>
      </body>
    </html>
  );
}
