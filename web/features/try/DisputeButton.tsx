import type { ReactNode } from 'react';
import type { Answer } from '../../../node/core/codec/answerFile.ts';
import { Button } from '../../components/Button.tsx';
import { deliverableOf } from '../../lib/inference/checkAnswer.ts';
import { useChallenge } from '../disputes/useChallenge.ts';

/** The worker signed a falsehood: anybody may prove it, and is paid for it. */
export function DisputeButton({ answer }: { readonly answer: Answer }): ReactNode {
  const challenge = useChallenge();
  const job = { id: answer.receipt.receipt.jobId, deliverable: deliverableOf(answer) };
  return (
    <Button variant="danger" size="small" busy={challenge.isBusy} onClick={() => challenge.start({ job })}>
      Dispute this answer
    </Button>
  );
}
