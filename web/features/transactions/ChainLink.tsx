import type { ReactNode } from 'react';
import { Link } from '../../components/Link.tsx';
import { SafeLink } from '../../components/SafeLink.tsx';
import { useConfig } from '../../lib/config.ts';

/** To a transaction or an address in the explorer of the network, or in our own block pages on a local chain. */
export function ChainLink({
  kind,
  value,
  children = 'Show in block',
}: {
  readonly kind: 'tx' | 'address';
  readonly value: string;
  /** What the link says on a local chain. @default 'Show in block' */
  readonly children?: ReactNode;
}): ReactNode {
  const site = useConfig();
  if (site?.local === true)
    return (
      <Link href={`/local/?${kind}=${encodeURIComponent(value)}`} className="link">
        {children}
      </Link>
    );
  if (site?.explorerUrl === undefined) return null;
  const base = site.explorerUrl.replace(/\/$/, '');
  return <SafeLink href={`${base}/${kind}/${encodeURIComponent(value)}`}>Explorer</SafeLink>;
}
