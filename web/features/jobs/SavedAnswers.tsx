import { type ReactNode, useEffect, useState } from 'react';
import type { Answer } from '../../../node/core/codec/answerFile.ts';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { Link } from '../../components/Link.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatTime, shortHex } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { onStored, readStored, SAVED_ANSWERS } from '../../lib/storage.ts';
import { download } from '../try/download.ts';
import { VerifyFile } from './VerifyFile.tsx';

async function save(answer: Answer): Promise<void> {
  const { encodeAnswer } = await import('../../../node/core/codec/answerFile.ts');
  download(`assay-${answer.receipt.receipt.jobId.slice(2, 10)}.json`, encodeAnswer(answer));
}

/** Receipts that this browser keeps, and a place to check anybody's. */
export function SavedAnswers(): ReactNode {
  const [answers, setAnswers] = useState<readonly Answer[]>([]);
  const [chosen, setChosen] = useState<Answer | undefined>();
  useEffect(() => {
    let isOver = false;
    const read = async (): Promise<void> => {
      if (readStored(SAVED_ANSWERS) === undefined) return setAnswers([]);
      const { savedAnswers } = await import('../../lib/inference/savedAnswers.ts');
      if (!isOver) setAnswers(savedAnswers());
    };
    void read();
    const stop = onStored(() => void read());
    return () => {
      isOver = true;
      stop();
    };
  }, []);
  return (
    <Card title="Receipts of this browser">
      <div className="space-y-5">
        {answers.length === 0 ? (
          <p className="text-sm text-muted">None yet. Answers that you pay for here are kept with their receipts.</p>
        ) : (
          <ul className="divide-y divide-line text-sm">
            {answers.map((answer) => {
              const { jobId, issuedAt } = answer.receipt.receipt;
              return (
                <li key={answer.receipt.signature} className="flex flex-wrap items-center justify-between gap-3 py-2">
                  <span className="flex flex-wrap items-center gap-x-4 gap-y-1">
                    <Link href={`/job/?id=${jobId}`} className="link font-mono text-[0.8125rem]">
                      {shortHex(jobId, 10, 6)}
                    </Link>
                    <span>{safeText(answer.model, 40)}</span>
                    <TokenAmount wei={answer.feeWei} />
                    <span className="text-muted">{formatTime(issuedAt)}</span>
                  </span>
                  <span className="flex gap-2">
                    <Button size="small" variant="secondary" onClick={() => setChosen(answer)}>
                      Verify
                    </Button>
                    <Button size="small" variant="quiet" onClick={() => void save(answer)}>
                      Save
                    </Button>
                  </span>
                </li>
              );
            })}
          </ul>
        )}
        <VerifyFile chosen={chosen} />
      </div>
    </Card>
  );
}
