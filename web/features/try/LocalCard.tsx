import type { ReactNode } from 'react';
import { Card } from '../../components/Card.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { formatBytes } from '../../lib/format.ts';
import type { Reading } from '../../lib/inference/readOutput.ts';
import type { Problem } from '../../lib/problem.ts';
import { Scores } from './Scores.tsx';
import type { LocalModelState } from './useLocalModel.ts';

export interface LocalAnswer {
  readonly reading?: Reading;
  readonly milliseconds?: number;
  readonly problem?: Problem;
}

/** Runs in this browser: free, private, offline once loaded, and the same bits as everywhere. */
export function LocalCard({
  state,
  answer,
  isEmpty,
}: {
  readonly state: LocalModelState;
  readonly answer: LocalAnswer;
  readonly isEmpty: boolean;
}): ReactNode {
  const { model, progress, problem } = state;
  return (
    <Card title="In this browser, free">
      <div className="space-y-4">
        <p className="text-sm text-muted">
          Nothing leaves this page. The file is checked against the chain first; then it gives the same bits here as on
          every worker and in the contract that judges.
        </p>
        {problem !== undefined ? (
          <ErrorState problem={problem} onRetry={state.retry} />
        ) : model === undefined ? (
          progress === undefined ? (
            <Skeleton className="h-24 w-full" />
          ) : (
            <ProgressBar
              label="Loading the model"
              value={progress.loaded}
              max={progress.total}
              detail={`${formatBytes(progress.loaded)} of ${formatBytes(progress.total)}`}
            />
          )
        ) : (
          <>
            <p aria-live="polite" className="text-sm text-muted">
              {answer.milliseconds === undefined
                ? `Ready: ${formatBytes(model.artifact.length)}, ${model.program.steps} steps${model.cached ? ', kept from last time' : ''}`
                : `Computed in ${answer.milliseconds.toFixed(1)} ms`}
            </p>
            {answer.problem !== undefined && <ErrorState problem={answer.problem} onRetry={state.retry} />}
            {answer.reading !== undefined && !isEmpty && <Scores label="This browser says" reading={answer.reading} />}
            {isEmpty && <p className="text-sm">Draw something, or pick an example.</p>}
          </>
        )}
      </div>
    </Card>
  );
}
