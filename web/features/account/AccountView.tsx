'use client';

import { useSearchParams } from 'next/navigation';
import type { ReactNode } from 'react';
import { type Address, isAddress } from '../../../node/core/codec/hex.ts';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { HashTag } from '../../components/HashTag.tsx';
import { Identicon } from '../../components/Identicon.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import { useConfig } from '../../lib/config.ts';
import { shortHex } from '../../lib/format.ts';
import { usePetnames } from '../../lib/petnames.ts';
import { safeText } from '../../lib/safeText.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { useWallet } from '../../lib/wallet.tsx';
import { ChainLink } from '../transactions/ChainLink.tsx';
import { labelOfAddress } from '../transactions/contractLabel.ts';
import { ActivityTable, RewardTable, VoteTable } from './AccountTables.tsx';
import { Balances } from './Balances.tsx';
import { ACCOUNT_QUERY, type AccountAnswer } from './query.ts';

/** `/account/?address=`: balances, votes, rewards and history of any address; one's own when none is named. */
export function AccountView(): ReactNode {
  const named = useSearchParams().get('address');
  const { address: own, connect } = useWallet();
  const address = named ?? own ?? '';
  if (isAddress(address))
    return <Account address={address.toLowerCase() as Address} isOwn={own?.toLowerCase() === address.toLowerCase()} />;
  return (
    <>
      <PageHeader title="Account" />
      <Card>
        <EmptyState
          title={named === null ? 'No account is chosen' : 'This is not an address'}
          action={
            <button type="button" className="link" onClick={connect}>
              Connect a wallet to see your own
            </button>
          }
        >
          Follow any address on this site to see what it holds and did.
        </EmptyState>
      </Card>
    </>
  );
}

function Account({ address, isOwn }: { readonly address: Address; readonly isOwn: boolean }): ReactNode {
  const site = useConfig();
  const petname = usePetnames()[address];
  const { data, error, isLoading, refetch } = useSubgraph<AccountAnswer>(ACCOUNT_QUERY, {
    id: address,
    account: address,
  });
  const role = site === undefined ? undefined : labelOfAddress(site, address);
  const title = petname ?? role ?? (isOwn ? 'Your account' : `Account ${shortHex(address)}`);
  return (
    <>
      <PageHeader
        title={
          <span className="flex items-center gap-3">
            <Identicon address={address} className="size-8" />
            <bdi>{safeText(title, 60)}</bdi>
          </span>
        }
        lead={
          <span className="flex flex-wrap items-center gap-x-3">
            <HashTag value={address} label="address" full />
            <ChainLink kind="address" value={address}>
              Show on chain
            </ChainLink>
          </span>
        }
        actions={
          isOwn && (
            <LinkButton size="small" href="/staking/">
              Stake and claim
            </LinkButton>
          )
        }
      />
      <div className="space-y-6">
        <Balances address={address} record={data?.account ?? undefined} />
        {error !== undefined && data === undefined && <ErrorState problem={error} onRetry={refetch} />}
        {isLoading && <SkeletonRows rows={4} className="h-14" />}
        {data !== undefined && data.account === null && (
          <Card>
            <EmptyState title="Nothing happened with this address yet">
              The index has never seen it in the protocol.
            </EmptyState>
          </Card>
        )}
        {data !== undefined && data.account !== null && (
          <>
            <ActivityTable rows={data.activities} />
            <div className="grid items-start gap-6 lg:grid-cols-2">
              <RewardTable rows={data.rewards} />
              <VoteTable rows={data.votes} />
            </div>
          </>
        )}
      </div>
    </>
  );
}
