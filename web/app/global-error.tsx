'use client';

import './globals.css';
import { Button } from '../components/Button.tsx';

/** The last resort, when even the frame of the site broke. */
export default function GlobalError({ reset }: { readonly reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <main className="mx-auto max-w-prose px-4 py-16">
          <h1 className="mb-4 text-2xl">The site broke</h1>
          <p className="mb-4">Reload the page. If that does not help, clear what this site stored in your browser.</p>
          <Button onClick={reset}>Try again</Button>
        </main>
      </body>
    </html>
  );
}
