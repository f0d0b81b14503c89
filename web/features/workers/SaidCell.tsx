import type { ReactNode } from 'react';
import { formatDuration } from '../../lib/format.ts';
import type { HostFacts } from '../../lib/hostFacts.ts';

/** Something that only the worker says of itself. */
export function SaidCell({ text }: { readonly text: string | undefined }): ReactNode {
  return text === undefined ? (
    <span className="text-muted">–</span>
  ) : (
    <span title="As the worker says; nobody checks it">{text}</span>
  );
}

export const upTime = (host: HostFacts | undefined): string | undefined =>
  host === undefined ? undefined : formatDuration(host.upSeconds);
