'use client';

import type { ReactNode } from 'react';
import { sameAddress } from '../../../node/core/codec/hex.ts';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Card } from '../../components/Card.tsx';
import { HashTag } from '../../components/HashTag.tsx';
import { Link } from '../../components/Link.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatNumber, formatTime, shortHex } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { ChainLink } from '../transactions/ChainLink.tsx';
import type { ClaimDetail } from './query.ts';

const ZERO = `0x${'0'.repeat(40)}`;

/** What is claimed, by whom, and what hangs on it. */
export function ClaimFacts({ claim }: { readonly claim: ClaimDetail }): ReactNode {
  const { version, job } = claim;
  return (
    <Card title="What is claimed">
      <dl className="grid gap-x-6 gap-y-3 text-sm grid-cols-[5.5rem_minmax(0,1fr)] [&_dt]:text-muted">
        <dt>By</dt>
        <dd>
          <Link href={`/worker/?id=${claim.worker.id}`} className="link mr-2">
            Worker
          </Link>
          <AddressTag address={claim.worker.id} />
        </dd>
        <dt>About</dt>
        <dd>
          {job === null ? (
            'a signed receipt'
          ) : (
            <Link href={`/job/?id=${job.id}`} className="link font-mono text-[0.8125rem]">
              job {shortHex(job.id, 10, 6)}
            </Link>
          )}
          {version !== null && (
            <>
              {' of '}
              <Link href={`/model/?id=${encodeURIComponent(version.model.id)}`} className="link">
                {safeText(version.model.slug, 60)}
              </Link>
              {`, version ${safeText(version.id, 20)}`}
            </>
          )}
        </dd>
        <Root name="Program" label="program root" value={claim.programRoot} />
        <Root name="Input" label="input root" value={claim.inputRoot} />
        <Root name="Output" label="output root" value={claim.outputRoot} />
        <dt>Steps</dt>
        <dd>{claim.traceCount === null ? 'not shown yet' : formatNumber(claim.traceCount)}</dd>
        <dt>At stake</dt>
        <dd>
          <TokenAmount wei={claim.lockWei} />
        </dd>
        <dt>Client</dt>
        <dd>{sameAddress(claim.beneficiary, ZERO) ? 'nobody known' : <AddressTag address={claim.beneficiary} />}</dd>
        <dt>Filed</dt>
        <dd className="flex flex-wrap items-center gap-x-3 gap-y-2 [&_a]:py-1">
          {formatTime(claim.filedAt)}
          <ChainLink kind="tx" value={claim.filedTx} />
        </dd>
        {claim.decidedTx !== null && claim.decidedAt !== null && (
          <>
            <dt>Verdict</dt>
            <dd className="flex flex-wrap items-center gap-x-3 gap-y-2 [&_a]:py-1">
              {formatTime(claim.decidedAt)}
              {claim.decidedBy !== null && <AddressTag address={claim.decidedBy} copy={false} />}
              <ChainLink kind="tx" value={claim.decidedTx} />
            </dd>
          </>
        )}
        {claim.finalAt !== null && claim.finalTx !== null && (
          <>
            <dt>Ended</dt>
            <dd className="flex flex-wrap items-center gap-x-3 gap-y-2 [&_a]:py-1">
              {formatTime(claim.finalAt)}
              <ChainLink kind="tx" value={claim.finalTx} />
            </dd>
          </>
        )}
      </dl>
      {claim.subjectFailed && (
        <p className="mt-4 text-sm text-caution">
          The contract behind the claim did not take the court's notice. Anybody can settle it there; nothing is lost.
        </p>
      )}
    </Card>
  );
}

function Root({
  name,
  label,
  value,
}: {
  readonly name: string;
  readonly label: string;
  readonly value: string | null;
}): ReactNode {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {value === null ? (
          <span className="text-muted">not revealed yet</span>
        ) : (
          <HashTag value={value} label={label} />
        )}
      </dd>
    </>
  );
}
