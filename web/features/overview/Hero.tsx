import type { ReactNode } from 'react';
import { LinkButton } from '../../components/LinkButton.tsx';
import { safeText } from '../../lib/safeText.ts';
import { tryPath } from '../../lib/tryPath.ts';
import type { LiveModelRow } from './query.ts';

const STEPS = [
  { name: 'Ask', text: 'A worker computes the answer in exact integers and signs a receipt.' },
  { name: 'Check', text: 'Your browser computes it again. The same bits come out, on every machine.' },
  { name: 'Dispute', text: 'If they differ, the chain finds the one false step and the worker pays.' },
] as const;

/** What Assay is in one sentence, how it works in three, and the way in. */
export function Hero({
  model,
  isLoading,
}: {
  readonly model: LiveModelRow | undefined;
  readonly isLoading: boolean;
}): ReactNode {
  const href = tryPath(model?.slug ?? '');
  return (
    <header className="mb-10 grid gap-8 lg:grid-cols-[minmax(0,1fr)_22rem] lg:gap-12">
      <div>
        <h1 className="max-w-xl text-3xl tracking-tight sm:text-[2.5rem] sm:leading-[1.12]">
          AI answers that anyone can check
        </h1>
        <p className="mt-4 max-w-prose text-base text-muted">
          Assay is a marketplace for AI models in which every paid answer is a claim: anyone can compute it again, and a
          false one costs its worker the stake.
        </p>
        <div className="mt-6 flex flex-wrap gap-2">
          <LinkButton href={href} variant="primary">
            {isLoading || model === undefined ? 'Try a model' : `Try ${safeText(model.slug, 30)}`}
          </LinkButton>
          <LinkButton href="/models/">All models</LinkButton>
        </div>
      </div>
      <ol className="ml-2.5 self-end border-l border-line lg:ml-0">
        {STEPS.map(({ name, text }, at) => (
          <li key={name} className="relative pb-4 pl-6 last:pb-0">
            <span
              aria-hidden
              data-figures
              className="hallmark absolute top-0.5 -left-2.5 grid size-5 place-items-center bg-accent text-[0.6875rem] font-semibold text-accent-ink"
            >
              {at + 1}
            </span>
            <p className="text-sm font-semibold">{name}</p>
            <p className="text-sm text-muted">{text}</p>
          </li>
        ))}
      </ol>
    </header>
  );
}
