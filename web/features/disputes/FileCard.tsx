'use client';

import type { ReactNode } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { Countdown } from '../../components/Countdown.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Link } from '../../components/Link.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { formatAssay } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { useNow } from '../../lib/useNow.ts';
import type { DisputableJob } from './query.ts';
import { useChallenge } from './useChallenge.ts';

/** A job whose answer nobody has disputed yet: the place to begin. */
export function FileCard({ job }: { readonly job: DisputableJob }): ReactNode {
  const now = useNow(1000);
  const { rules, isBusy, start } = useChallenge();
  const { deliverable, windowEndsAt, version } = job;
  const why =
    version?.exact === false
      ? 'The version computes with floats, which the chain cannot recompute.'
      : deliverable === null || job.state === 'OPEN' || job.state === 'FUNDED'
        ? 'The worker has not answered yet.'
        : job.state !== 'SUBMITTED'
          ? 'The job has ended.'
          : now !== undefined && windowEndsAt !== null && now >= Number(windowEndsAt)
            ? 'Its window for challenges is over.'
            : undefined;
  if (why !== undefined || deliverable === null)
    return (
      <Card>
        <EmptyState
          title="This answer is not disputed"
          action={<LinkButton href={`/job/?id=${job.id}`}>Show the job</LinkButton>}
        >
          {`${why} So there is nothing to file.`}
        </EmptyState>
      </Card>
    );
  return (
    <Card title="Dispute this answer">
      <div className="max-w-prose space-y-4 text-sm">
        <p>
          <AddressTag address={job.worker.id} /> answered with{' '}
          {version === null ? (
            'a model'
          ) : (
            <Link href={`/model/?id=${encodeURIComponent(version.model.id)}`} className="link">
              {safeText(version.model.slug, 60)}
            </Link>
          )}
          . You can dispute it for another{' '}
          <b className="font-medium">{windowEndsAt !== null && <Countdown until={windowEndsAt} />}</b>.
        </p>
        <p>
          The job is held, the worker must show his computation, and you point at what is wrong. Your bond is{' '}
          {rules === undefined ? '…' : formatAssay(rules.bondWei)}. Dispute only what you have computed yourself: who is
          wrong loses the bond.
        </p>
        <Button
          variant="danger"
          busy={isBusy}
          disabled={rules === undefined}
          onClick={() => start({ job: { id: job.id, deliverable } })}
        >
          File and challenge
        </Button>
      </div>
    </Card>
  );
}
