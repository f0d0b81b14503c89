'use client';

import { useSearchParams } from 'next/navigation';
import type { ReactNode } from 'react';
import { type Hex, isAddress } from '../../../node/core/codec/hex.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { later } from '../../components/later.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { Skeleton, SkeletonRows } from '../../components/Skeleton.tsx';
import { type SiteConfig, useConfig } from '../../lib/config.ts';
import { BurnerCard } from './BurnerCard.tsx';
import { FaucetCard } from './FaucetCard.tsx';
import { TimeCard } from './TimeCard.tsx';

const BlockView = later(() => import('./BlockView.tsx').then((file) => file.BlockView), <SkeletonRows rows={6} />);
const TransactionView = later(
  () => import('./TransactionView.tsx').then((file) => file.TransactionView),
  <SkeletonRows rows={6} />,
);
const ChainAddressView = later(
  () => import('./ChainAddressView.tsx').then((file) => file.ChainAddressView),
  <SkeletonRows rows={6} />,
);

const BlocksCard = later(
  () => import('./BlocksCard.tsx').then((file) => file.BlocksCard),
  <Skeleton className="h-96 w-full" />,
);
/** `/local/`: what only a chain of one's own allows. On any other chain it says so and offers nothing. */
export function LocalView(): ReactNode {
  const site = useConfig();
  if (site === undefined) return <SkeletonRows rows={6} />;
  if (!site.local)
    return (
      <EmptyState title="This is not a local network" action={<LinkButton href="/">To the overview</LinkButton>}>
        Faucet, time travel and blocks are there when the site shows a chain of your own machine.
      </EmptyState>
    );
  return <Place site={site} />;
}

function Place({ site }: { readonly site: SiteConfig }): ReactNode {
  const wanted = useSearchParams();
  const [tx, block, address] = [wanted.get('tx'), wanted.get('block'), wanted.get('address')];
  if (tx !== null && /^0x[0-9a-fA-F]{64}$/.test(tx))
    return <TransactionView hash={tx.toLowerCase() as Hex} site={site} />;
  if (block !== null && /^\d{1,12}$/.test(block)) return <BlockView number={Number(block)} site={site} />;
  if (address !== null && isAddress(address)) return <ChainAddressView address={address} site={site} />;
  return (
    <>
      <PageHeader
        title="Local network"
        lead="This chain runs on your machine. Money is free, time can be moved, and every block can be looked into."
      />
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <FaucetCard site={site} />
        <div className="space-y-6">
          <TimeCard site={site} />
          <BurnerCard />
        </div>
        <div className="min-w-0 lg:col-span-2">
          <BlocksCard />
        </div>
      </div>
    </>
  );
}
