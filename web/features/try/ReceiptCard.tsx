import type { ReactNode } from 'react';
import { type Answer, encodeAnswer } from '../../../node/core/codec/answerFile.ts';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Badge } from '../../components/Badge.tsx';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { HashTag } from '../../components/HashTag.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { formatTime } from '../../lib/format.ts';
import { CheckList } from './CheckList.tsx';
import { DisputeButton } from './DisputeButton.tsx';
import { download } from './download.ts';
import type { PaidAnswer } from './usePaidAnswer.ts';
import { VerdictBadge } from './VerdictBadge.tsx';

/** The receipt of a paid answer, every check of it, and what to do when it is false. */
export function ReceiptCard({
  paid,
  answer,
  sameAsHere,
}: {
  readonly paid: PaidAnswer;
  readonly answer: Answer;
  /** Undefined: this browser has no answer to the same input. */
  readonly sameAsHere: boolean | undefined;
}): ReactNode {
  const { receipt } = answer.receipt;
  const { verdict, checks, jobId } = paid;
  return (
    <Card
      title="Receipt"
      actions={
        <Button
          size="small"
          variant="secondary"
          onClick={() => download(`assay-${receipt.jobId.slice(2, 10)}.json`, encodeAnswer(answer))}
        >
          Save
        </Button>
      }
    >
      <div className="grid gap-6 lg:grid-cols-2">
        <div className="space-y-4">
          <p className="flex flex-wrap gap-2" aria-live="polite">
            {sameAsHere !== undefined && (
              <Badge tone={sameAsHere ? 'positive' : 'critical'}>
                {sameAsHere ? 'Same answer as this browser' : 'Not the answer of this browser'}
              </Badge>
            )}
            {verdict !== undefined && <VerdictBadge verdict={verdict} />}
          </p>
          <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2 text-sm">
            <dt className="text-muted">Worker</dt>
            <dd>
              <AddressTag address={receipt.worker} />
            </dd>
            <dt className="text-muted">Job</dt>
            <dd>
              <HashTag value={receipt.jobId} label="job id" />
            </dd>
            <dt className="text-muted">Program</dt>
            <dd>
              <HashTag value={receipt.programRoot} label="program root" />
            </dd>
            <dt className="text-muted">Input</dt>
            <dd>
              <HashTag value={receipt.inputRoot} label="input root" />
            </dd>
            <dt className="text-muted">Answer</dt>
            <dd>
              <HashTag value={receipt.outputRoot} label="output root" />
            </dd>
            <dt className="text-muted">Signed</dt>
            <dd>{formatTime(receipt.issuedAt)}</dd>
          </dl>
          <div className="flex flex-wrap gap-2">
            {jobId !== undefined && (
              <LinkButton href={`/job/?id=${jobId}`} variant="secondary" size="small">
                Follow the job
              </LinkButton>
            )}
            {verdict?.genuine === true && verdict.right === false && <DisputeButton answer={answer} />}
          </div>
          <p className="max-w-prose text-xs text-muted">
            {verdict?.right === true && 'The answer is true: there is nothing to dispute. '}A saved answer can be
            checked again by anybody, under Jobs or with <code>assay verify</code>.
          </p>
        </div>
        <div className="space-y-3">
          <CheckList checks={checks} />
          {verdict?.problem !== undefined && <ErrorState problem={verdict.problem} />}
        </div>
      </div>
    </Card>
  );
}
