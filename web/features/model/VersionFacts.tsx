import type { ReactNode } from 'react';
import { Card } from '../../components/Card.tsx';
import { HashTag } from '../../components/HashTag.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatBytes, formatNumber, formatTime } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { ChainLink } from '../transactions/ChainLink.tsx';
import { isExact, sortOffers, type VersionDetail } from './model.ts';

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-4 py-2">
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 text-right">{children}</dd>
    </div>
  );
}

/** What the chain registered for a version. */
export function VersionFacts({ version }: { readonly version: VersionDetail }): ReactNode {
  const { cid, sha256, programRoot, sizeBytes, licence, cardCid, publishedAt, publishedIn, jobCount } = version;
  const cheapest = sortOffers(version.offers).find(({ isActive }) => isActive);
  return (
    <Card title="Provenance">
      <dl data-figures className="-my-2 divide-y divide-line text-sm">
        <Fact name="Price from">
          {cheapest === undefined ? 'nobody serves it' : <TokenAmount wei={cheapest.feeWei} />}
        </Fact>
        <Fact name="Paid answers">{formatNumber(jobCount)}</Fact>
        <Fact name="Licence">{safeText(licence, 64)}</Fact>
        <Fact name="Size">{formatBytes(sizeBytes)}</Fact>
        <Fact name="Published">{formatTime(publishedAt)}</Fact>
        <Fact name="in transaction">
          <HashTag value={publishedIn} label="transaction" />{' '}
          <ChainLink kind="tx" value={publishedIn}>
            show
          </ChainLink>
        </Fact>
        <Fact name="CID">
          <HashTag value={cid} label="CID" />
        </Fact>
        <Fact name="SHA-256">
          <HashTag value={sha256} label="SHA-256" />
        </Fact>
        {isExact(version) && (
          <Fact name="programRoot">
            <HashTag value={programRoot} label="programRoot" />
          </Fact>
        )}
        {cardCid !== '' && (
          <Fact name="Card">
            <HashTag value={cardCid} label="CID of the card" />
          </Fact>
        )}
      </dl>
    </Card>
  );
}
