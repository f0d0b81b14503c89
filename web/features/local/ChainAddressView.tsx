'use client';

import type { ReactNode } from 'react';
import type { Address } from '../../../node/core/codec/hex.ts';
import { Card } from '../../components/Card.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { HashTag } from '../../components/HashTag.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { Stat, StatList } from '../../components/Stat.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import type { SiteConfig } from '../../lib/config.ts';
import { formatEther, formatNumber } from '../../lib/format.ts';
import { useRead } from '../../lib/read.ts';
import { labelOfAddress } from '../transactions/contractLabel.ts';
import { useAccountRecord } from './blocks.ts';
import { TransactionTable } from './TransactionTable.tsx';

/** One address of the local chain, as the blocks show it. */
export function ChainAddressView({
  address,
  site,
}: {
  readonly address: Address;
  readonly site: SiteConfig;
}): ReactNode {
  const { data, error, isLoading, refetch } = useAccountRecord(address);
  const tokens = useRead({ contract: 'token', functionName: 'balanceOf', args: [address] });
  return (
    <>
      <PageHeader
        title={labelOfAddress(site, address) ?? 'Address'}
        back={{ href: '/local/', label: 'Local network' }}
        lead={<HashTag value={address} label="address" full />}
        actions={
          <LinkButton size="small" href={`/account/?address=${address}`}>
            Account page
          </LinkButton>
        }
      />
      {error !== undefined && <ErrorState problem={error} onRetry={refetch} />}
      <div className="space-y-6">
        <Card>
          <StatList>
            <Stat
              label="Ether"
              isLoading={isLoading}
              value={data === undefined ? undefined : formatEther(BigInt(data.balance))}
            />
            <Stat
              label="ASSAY"
              isLoading={tokens.isLoading}
              value={tokens.data === undefined ? undefined : <TokenAmount wei={tokens.data} unit={false} />}
            />
            <Stat
              label="Transactions sent"
              isLoading={isLoading}
              value={data === undefined ? undefined : formatNumber(Number(data.nonce))}
            />
            <Stat
              label="Code"
              isLoading={isLoading}
              value={
                data === undefined ? undefined : data.codeBytes === 0 ? 'none' : `${formatNumber(data.codeBytes)} bytes`
              }
            />
          </StatList>
        </Card>
        <Card
          title={
            data === undefined
              ? 'Transactions'
              : `Transactions in the newest ${formatNumber(data.searchedBlocks)} blocks`
          }
          flush
        >
          <TransactionTable site={site} transactions={data?.transactions} />
        </Card>
      </div>
    </>
  );
}
