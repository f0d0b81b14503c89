import type { ReactNode } from 'react';
import { CopyButton } from '../../components/CopyButton.tsx';
import { safeText } from '../../lib/safeText.ts';

/** Facts of a preview that have to be exact: every character of addresses and values is shown. */
export function ExactList({ children }: { readonly children: ReactNode }): ReactNode {
  return <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-[auto_minmax(0,1fr)]">{children}</dl>;
}

export function Exact({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactNode {
  return (
    <>
      <dt className="text-muted max-sm:-mb-2">{safeText(label, 60)}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

/** A whole address under the name of the contract that it is. */
export function ExactAddress({ address, name }: { readonly address: string; readonly name?: string }): ReactNode {
  return (
    <>
      {name === undefined ? (
        <span className="block text-caution">No contract of this protocol</span>
      ) : (
        <span className="block">{name}</span>
      )}
      <code className="font-mono text-[0.8125rem] break-all">{address}</code>
      <CopyButton value={address} label="address" />
    </>
  );
}
