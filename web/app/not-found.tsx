import type { Metadata } from 'next';
import { EmptyState } from '../components/EmptyState.tsx';
import { LinkButton } from '../components/LinkButton.tsx';

export const metadata: Metadata = { title: 'Page not found' };

export default function NotFound() {
  return (
    <>
      <h1 className="sr-only">Page not found</h1>
      <EmptyState
        title="There is no page at this address"
        action={<LinkButton href="/">Go to the overview</LinkButton>}
      >
        The link may be old, or a letter is missing.
      </EmptyState>
    </>
  );
}
