'use client';

import type { ReactNode } from 'react';
import { Button } from '../../components/Button.tsx';
import { useConfigProblem } from '../../lib/config.ts';
import { formatNumber } from '../../lib/format.ts';
import { type Health, useHealth } from '../../lib/health.ts';
import { safeText } from '../../lib/safeText.ts';

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** What to tell the reader; undefined while all is well. */
export function healthSentence(health: Health): string | undefined {
  switch (health.state) {
    case 'well':
      return undefined;
    case 'index-unreachable':
      return `The index does not answer: ${health.problem.why}. Lists stay as they were when it last answered; payments and votes still work.`;
    case 'index-failing':
      return `The index stopped at block ${formatNumber(health.indexBlock)} after an error. What happened later is missing from these pages.`;
    case 'index-behind':
      return `The index is ${formatNumber(health.blocks)} blocks behind the chain and catching up. Pages show the state at block ${formatNumber(health.indexBlock)}.`;
    case 'chain-unreachable':
      return `${capital(health.problem.why)}. You can read these pages; sending waits until the chain answers again.`;
  }
}

/** One line above every page when index or chain are not well. */
export function HealthBanner(): ReactNode {
  const faulty = useConfigProblem();
  const sentence = healthSentence(useHealth());
  const text = faulty === undefined ? sentence : `${faulty.problem.what}: ${faulty.problem.why}. ${faulty.problem.fix}`;
  return (
    <div role="status" data-health={text === undefined ? 'well' : 'unwell'}>
      {text !== undefined && (
        <div className="border-b border-caution/30 bg-caution-soft text-caution">
          <p className="mx-auto flex max-w-6xl flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2 text-sm sm:px-6">
            <span className="min-w-0 flex-1 basis-72">{safeText(text, 600)}</span>
            {faulty !== undefined && (
              <Button size="small" onClick={faulty.retry}>
                Try again
              </Button>
            )}
          </p>
        </div>
      )}
    </div>
  );
}
