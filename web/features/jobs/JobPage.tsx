'use client';

import type { ReactNode } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Badge } from '../../components/Badge.tsx';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { Countdown } from '../../components/Countdown.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { HashTag } from '../../components/HashTag.tsx';
import { Link } from '../../components/Link.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { Stat, StatList } from '../../components/Stat.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatAssay, formatTime, shortHex } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { useTransactions } from '../../lib/transactions.tsx';
import { useNow } from '../../lib/useNow.ts';
import { useQueryString } from '../../lib/useQueryString.ts';
import { ChainLink } from '../transactions/ChainLink.tsx';
import { JOB_QUERY, type JobAnswer, type JobDetail } from './query.ts';
import { eventWords, jobStateIn } from './words.ts';

const BACK = { href: '/jobs/', label: 'Jobs' } as const;

/** `/job/?id=`: one paid answer, from order to settlement. */
export function JobPage(): ReactNode {
  const [params] = useQueryString();
  const id = (params.get('id') ?? '').toLowerCase();
  const isId = /^0x[0-9a-f]{64}$/.test(id);
  const { data, error, refetch } = useSubgraph<JobAnswer>(JOB_QUERY, { id }, { refetchMs: 2_000, enabled: isId });
  if (data?.job != null) return <Loaded job={data.job} />;
  return (
    <>
      <PageHeader title="Job" back={BACK} />
      {error !== undefined && data === undefined ? (
        <ErrorState problem={error} onRetry={refetch} />
      ) : isId && data === undefined ? (
        <Skeleton className="h-96 w-full" />
      ) : (
        <EmptyState title="There is no such job on the chain" action={<LinkButton href="/jobs/">All jobs</LinkButton>}>
          {isId
            ? 'A job that was just paid for is brought to the chain within seconds; this page looks again by itself. Answers that were free, or paid over x402, have no job.'
            : 'The address of this page names no job.'}
        </EmptyState>
      )}
    </>
  );
}

function Loaded({ job }: { readonly job: JobDetail }): ReactNode {
  const [words, tone] = jobStateIn(job);
  return (
    <>
      <PageHeader
        title={
          <>
            Job <span className="font-mono text-[0.85em]">{shortHex(job.id, 10, 6)}</span>
          </>
        }
        back={BACK}
        actions={<Badge tone={tone}>{words}</Badge>}
      />
      <div className="space-y-6">
        <Card>
          <StatList>
            <Stat label="Fee" value={<TokenAmount wei={job.feeWei} />} />
            <Stat label="Stake behind it" value={<TokenAmount wei={job.claimLockWei} />} />
            <Stat label="Ordered" value={formatTime(job.createdAt)} />
            <Window job={job} />
          </StatList>
        </Card>
        <div className="grid items-start gap-6 lg:grid-cols-2">
          <Facts job={job} />
          <History job={job} />
        </div>
        <Money job={job} />
      </div>
    </>
  );
}

function Window({ job }: { readonly job: JobDetail }): ReactNode {
  if (job.endedAt !== null) return <Stat label="Ended" value={formatTime(job.endedAt)} />;
  if (job.windowEndsAt !== null && !job.held)
    return <Stat label="Challenge window ends" value={<Countdown until={job.windowEndsAt} done="passed" />} />;
  return <Stat label="Expires" value={formatTime(job.expiresAt)} />;
}

function Facts({ job }: { readonly job: JobDetail }): ReactNode {
  return (
    <Card title="The claim">
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2.5 text-sm">
        <dt className="text-muted">Model</dt>
        <dd>
          {job.model === null ? (
            'unknown'
          ) : (
            <Link href={`/model/?id=${encodeURIComponent(job.model.id)}`} className="link">
              {safeText(job.model.slug, 40)}
              {job.version !== null && `, version ${job.version.id}`}
            </Link>
          )}
        </dd>
        <dt className="text-muted">Client</dt>
        <dd>
          <AddressTag address={job.client.id} />
        </dd>
        <dt className="text-muted">Worker</dt>
        <dd>
          <AddressTag address={job.worker.id} />
        </dd>
        <dt className="text-muted">Input</dt>
        <dd>{job.inputRoot === null ? 'not known' : <HashTag value={job.inputRoot} label="input root" />}</dd>
        <dt className="text-muted">Receipt</dt>
        <dd>
          {job.deliverable === null ? (
            'not submitted yet'
          ) : (
            <HashTag value={job.deliverable} label="digest of the receipt" />
          )}
        </dd>
        <dt className="text-muted">Dispute</dt>
        <dd>
          {job.claim === null ? (
            'nobody has disputed it'
          ) : (
            <Link href={`/dispute/?id=${encodeURIComponent(job.claim.id)}`} className="link">
              {job.claim.openGames > 0 ? 'being played' : 'see how it ended'}
            </Link>
          )}
        </dd>
        <dt className="text-muted">Audit</dt>
        <dd>{job.audit === null ? 'not drawn' : `drawn; ${job.audit.outcome.toLowerCase().replaceAll('_', ' ')}`}</dd>
      </dl>
    </Card>
  );
}

function History({ job }: { readonly job: JobDetail }): ReactNode {
  return (
    <Card title="What happened">
      <ol aria-live="polite" className="space-y-3 text-sm">
        {job.events.map(({ id, kind, amountWei, at, tx }) => (
          <li key={id} className="grid grid-cols-[auto_1fr] gap-3">
            <span aria-hidden className="mt-1.5 size-2 rounded-full bg-accent" />
            <span>
              {eventWords(kind)}
              {amountWei !== null && `: ${formatAssay(amountWei)}`}
              <span className="block text-xs text-muted">
                {formatTime(at)} ·{' '}
                <ChainLink kind="tx" value={tx}>
                  transaction
                </ChainLink>
              </span>
            </span>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Money({ job }: { readonly job: JobDetail }): ReactNode {
  const now = useNow();
  const { send } = useTransactions();
  const isLate = now !== undefined && Number(job.expiresAt) <= now;
  // An order that was never paid expires as well, but there is nothing to give back.
  const canRefund = isLate && job.state === 'FUNDED';
  return (
    <Card title="Where the fee goes">
      <div className="space-y-4">
        <StatList>
          <Stat label="Worker" value={<TokenAmount wei={job.workerWei} />} detail={`${job.workerBps / 100} %`} />
          <Stat label="Author" value={<TokenAmount wei={job.authorWei} />} detail={`${job.authorBps / 100} %`} />
          <Stat
            label="Treasury"
            value={<TokenAmount wei={job.treasuryWei} />}
            detail={`${(10_000 - job.workerBps - job.authorBps) / 100} %`}
          />
          <Stat label="Refunded" value={<TokenAmount wei={job.refundWei} />} />
        </StatList>
        {canRefund && (
          <Button
            variant="primary"
            onClick={() =>
              void send({
                title: 'Claim the refund of an expired job',
                summary: [
                  { label: 'Job', before: jobStateIn(job)[0], after: 'Expired' },
                  { label: 'Credited to the client', after: formatAssay(job.feeWei) },
                ],
                to: 'market',
                functionName: 'claimRefund',
                args: [BigInt(job.id)],
              })
            }
          >
            Claim the refund
          </Button>
        )}
      </div>
    </Card>
  );
}
