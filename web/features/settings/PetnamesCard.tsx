'use client';

import { type ReactNode, useState } from 'react';
import { isAddress } from '../../../node/core/codec/hex.ts';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { TextInput } from '../../components/TextInput.tsx';
import { type Petnames, setPetname } from '../../lib/petnames.ts';

/** The reader's own names for accounts. */
export function PetnamesCard({ petnames }: { readonly petnames: Petnames }): ReactNode {
  const [address, setAddress] = useState('');
  const [name, setName] = useState('');
  const entries = Object.keys(petnames);
  const fault = address !== '' && !isAddress(address) ? 'An address is 0x and 40 hexadecimal digits.' : undefined;
  const add = (): void => {
    setPetname(address, name);
    setAddress('');
    setName('');
  };
  return (
    <Card title="Names of accounts">
      <p className="mb-4 max-w-prose text-sm text-muted">
        Names you give are shown instead of addresses. They stay in this browser: nobody else sees them, and nobody else
        can set them.
      </p>
      <form
        className="grid items-start gap-3 sm:grid-cols-[1fr_12rem_auto]"
        onSubmit={(event) => {
          event.preventDefault();
          if (isAddress(address) && name.trim() !== '') add();
        }}
      >
        <TextInput
          label="Address"
          value={address}
          onChange={(text) => setAddress(text.trim())}
          placeholder="0x…"
          {...(fault === undefined ? {} : { error: fault })}
        />
        <TextInput label="Name" value={name} onChange={setName} maxLength={40} />
        <Button type="submit" className="sm:mt-6" disabled={!isAddress(address) || name.trim() === ''}>
          Add name
        </Button>
      </form>
      {entries.length === 0 ? (
        <EmptyState title="No names yet" />
      ) : (
        <ul className="mt-4 divide-y divide-line border-t border-line">
          {entries.map((entry) => (
            <li key={entry} className="flex flex-wrap items-center justify-between gap-2 py-2 text-sm">
              <AddressTag address={entry} />
              <code className="font-mono text-xs break-all text-muted max-sm:hidden">{entry}</code>
              <Button size="small" variant="quiet" onClick={() => setPetname(entry, '')}>
                Remove
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
