import type { ReactNode } from 'react';
import { Badge } from '../../components/Badge.tsx';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { formatBytes } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import type { VerificationRun } from './useVerification.ts';
import type { Check } from './verifyVersion.ts';

const MARKS = {
  passed: { sign: '✓', tone: 'text-positive', word: 'passed' },
  failed: { sign: '✕', tone: 'text-critical', word: 'failed' },
  skipped: { sign: '–', tone: 'text-muted', word: 'left out' },
} as const;

function CheckLine({ title, state, found }: Check): ReactNode {
  const { sign, tone, word } = MARKS[state];
  return (
    <li className="flex gap-2.5 py-1.5">
      <span aria-hidden className={`font-semibold ${tone}`}>
        {sign}
      </span>
      <span className="min-w-0">
        {title} <span className="sr-only">{word}</span>
        <span className="block font-mono text-xs break-all text-muted">{safeText(found, 200)}</span>
      </span>
    </li>
  );
}

/** The button that recomputes everything here, and what came out. */
export function VerificationCard({
  versionId,
  run: { checks, progress, isRunning, result, start },
}: {
  readonly versionId: string;
  readonly run: VerificationRun;
}): ReactNode {
  return (
    <Card
      title="Check it yourself"
      actions={
        result?.holds === true ? (
          <Badge tone="positive" stamp>
            verified here
          </Badge>
        ) : undefined
      }
    >
      <p className="mb-4 text-sm text-muted">
        Your browser reads version {safeText(versionId, 20)} from the chain, fetches its file, hashes every block,
        proves its program again, and compares the commitment. It trusts no server for that but the chain’s RPC.
      </p>
      <Button variant={result === undefined ? 'primary' : 'secondary'} onClick={start} busy={isRunning}>
        {result === undefined ? 'Verify this version' : 'Verify again'}
      </Button>
      <div aria-live="polite" className="text-sm">
        {checks.length > 0 && (
          <ol className="mt-4 divide-y divide-line border-y border-line">
            {checks.map((check) => (
              <CheckLine key={check.title} {...check} />
            ))}
          </ol>
        )}
        {isRunning && (
          <div className="mt-3">
            {progress === undefined ? (
              <ProgressBar label="Working" />
            ) : (
              <ProgressBar
                label="Fetching the file"
                value={progress.loaded}
                max={progress.total}
                detail={`${formatBytes(progress.loaded)} of ${formatBytes(progress.total)}`}
              />
            )}
          </div>
        )}
        {result?.holds === true && (
          <p className="mt-3 font-medium text-positive">This file is the registered version, bit for bit.</p>
        )}
        {result?.holds === false && result.problem === undefined && (
          <p role="alert" className="mt-3 font-medium text-critical">
            This file is not what the chain registered. Do not use it, and tell its author.
          </p>
        )}
      </div>
      {result?.problem !== undefined && (
        <div className="mt-3">
          <ErrorState problem={result.problem} onRetry={start} />
        </div>
      )}
    </Card>
  );
}
