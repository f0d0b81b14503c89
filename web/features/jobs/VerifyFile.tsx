import { type ReactNode, useEffect, useState } from 'react';
import type { Answer } from '../../../node/core/codec/answerFile.ts';
import { ErrorState } from '../../components/ErrorState.tsx';
import { Field } from '../../components/Field.tsx';
import { later } from '../../components/later.tsx';
import { type SiteConfig, useConfig } from '../../lib/config.ts';
import type { AnswerCheck, AnswerVerdict } from '../../lib/inference/checkAnswer.ts';
import { type Problem, problemOf } from '../../lib/problem.ts';
import { CheckList } from '../try/CheckList.tsx';
import { VerdictBadge } from '../try/VerdictBadge.tsx';

const DisputeButton = later(() => import('../try/DisputeButton.tsx').then((file) => file.DisputeButton));

const MAX_FILE_BYTES = 64 * 1024 * 1024;

interface Run {
  readonly checks: readonly AnswerCheck[];
  readonly answer?: Answer;
  readonly verdict?: AnswerVerdict;
  readonly problem?: Problem;
}

/** Checks a saved answer, from the list or from a file of `assay infer --save`. */
export function VerifyFile({ chosen }: { readonly chosen: Answer | undefined }): ReactNode {
  const config = useConfig();
  const [run, setRun] = useState<Run>({ checks: [] });
  const start = (site: SiteConfig, read: () => Promise<Answer>): void => {
    setRun({ checks: [] });
    const add = (check: AnswerCheck): void => setRun((now) => ({ ...now, checks: [...now.checks, check] }));
    void (async () => {
      const answer = await read();
      setRun({ checks: [], answer });
      const { verifySaved } = await import('./verifySaved.ts');
      const verdict = await verifySaved(site, answer, add);
      setRun({ checks: verdict.checks, answer, verdict });
    })().catch((error: unknown) => setRun((now) => ({ ...now, problem: problemOf(error) })));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: a choice starts the check, nothing else does
  useEffect(() => {
    if (chosen !== undefined && config !== undefined) start(config, async () => chosen);
  }, [chosen, config]);
  const { verdict, answer } = run;
  return (
    <div className="space-y-4">
      <Field
        label="Check a saved answer"
        hint="A file of assay infer --save, or of “Save” on this site. It stays here."
      >
        {(control) => (
          <input
            {...control}
            type="file"
            accept="application/json,.json"
            className="block w-full text-sm text-muted file:mr-3 file:min-h-8 file:cursor-pointer file:rounded-md file:border file:border-solid file:border-line-strong file:bg-surface file:px-2.5 file:text-[0.8125rem] file:font-medium file:text-ink hover:file:bg-sunken"
            onChange={(event) => {
              const file = event.target.files?.[0];
              if (file === undefined || config === undefined) return;
              start(config, async () => {
                if (file.size > MAX_FILE_BYTES) throw new RangeError('the file is larger than any saved answer');
                const { decodeAnswer } = await import('../../../node/core/codec/answerFile.ts');
                return decodeAnswer(await file.text());
              });
            }}
          />
        )}
      </Field>
      <div aria-live="polite" className="space-y-3">
        {verdict !== undefined && (
          <p className="flex flex-wrap items-center gap-3">
            <VerdictBadge verdict={verdict} />
            {answer !== undefined && verdict.genuine && verdict.right === false && <DisputeButton answer={answer} />}
          </p>
        )}
        <CheckList checks={run.checks} />
        {run.problem !== undefined && <ErrorState problem={run.problem} />}
        {verdict?.problem !== undefined && <ErrorState problem={verdict.problem} />}
      </div>
    </div>
  );
}
