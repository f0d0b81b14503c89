import type { ReactNode } from 'react';
import { Identicon } from '../../components/Identicon.tsx';
import { Link } from '../../components/Link.tsx';
import type { SiteConfig } from '../../lib/config.ts';
import { shortHex } from '../../lib/format.ts';
import { labelOfAddress } from '../transactions/contractLabel.ts';

/** An address that leads to its page among the blocks. */
export function ChainAddress({ address, site }: { readonly address: string; readonly site: SiteConfig }): ReactNode {
  return (
    <Link
      href={`/local/?address=${address}`}
      title={address}
      className="inline-flex items-center gap-1.5 hover:underline"
    >
      <Identicon address={address} />
      {labelOfAddress(site, address) ?? <span className="font-mono text-[0.8125rem]">{shortHex(address)}</span>}
    </Link>
  );
}
