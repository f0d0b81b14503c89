import type { ReactNode } from 'react';
import { formatDuration } from '../../lib/format.ts';
import type { HostFacts } from '../../lib/hostFacts.ts';

/** A line that only the worker says of itself; nothing while it has not been asked. */
export function Said({ text }: { readonly text: string | undefined }): ReactNode {
  return text === undefined ? null : (
    <span title="As the worker says; nobody checks it" className="block text-xs text-muted">
      {text}
    </span>
  );
}

export const upText = (host: HostFacts | undefined): string | undefined =>
  host === undefined ? undefined : `up for ${formatDuration(host.upSeconds)}`;
