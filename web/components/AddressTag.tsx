'use client';

import type { ReactNode } from 'react';
import { isAddress } from '../../node/core/codec/hex.ts';
import { shortHex } from '../lib/format.ts';
import { usePetnames } from '../lib/petnames.ts';
import { safeText } from '../lib/safeText.ts';
import { CopyButton } from './CopyButton.tsx';
import { Identicon } from './Identicon.tsx';
import { Link } from './Link.tsx';

/** An account: picture, the reader's own name for it, copy button, and a link to its page. */
export function AddressTag({
  address,
  name,
  link = true,
  copy = true,
}: {
  readonly address: string;
  /** Known role of the address ("Treasury"); the reader's own name wins. */
  readonly name?: string;
  readonly link?: boolean;
  readonly copy?: boolean;
}): ReactNode {
  const given = usePetnames()[address.toLowerCase()] ?? name;
  if (!isAddress(address)) return <code className="break-all">{safeText(address, 80)}</code>;
  const text = (
    <span className={given === undefined ? 'font-mono text-[0.8125rem]' : 'font-medium'}>
      {given === undefined ? shortHex(address) : <bdi>{safeText(given, 40)}</bdi>}
    </span>
  );
  return (
    <span title={address} className="inline-flex max-w-full items-center gap-1.5 align-middle">
      <Identicon address={address} />
      {link ? (
        <Link
          href={`/account/?address=${address.toLowerCase()}`}
          className="truncate decoration-line-strong underline-offset-3 hover:underline"
        >
          {text}
        </Link>
      ) : (
        <span className="truncate">{text}</span>
      )}
      {copy && <CopyButton value={address} label="address" />}
    </span>
  );
}
