import type { ReactNode } from 'react';
import { Badge } from '../../components/Badge.tsx';
import { Button } from '../../components/Button.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { Link } from '../../components/Link.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { TextInput } from '../../components/TextInput.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatBytes, formatNumber } from '../../lib/format.ts';
import type { Problem } from '../../lib/problem.ts';
import { safeText } from '../../lib/safeText.ts';
import { type CatalogueModel, EVERYTHING, findModels, type Search } from './catalogue.ts';
import { Facets } from './Facets.tsx';

export interface ModelsViewProps {
  /** Undefined while loading. */
  readonly models: readonly CatalogueModel[] | undefined;
  readonly error: Problem | undefined;
  readonly search: Search;
  readonly onSearch: (search: Search) => void;
  readonly onRetry: () => void;
}

const count = (models: number): string => `${formatNumber(models)} ${models === 1 ? 'model' : 'models'}`;

/** Search, facets and the models that fit. */
export function ModelsView({ models, error, search, onSearch, onRetry }: ModelsViewProps): ReactNode {
  const found = models === undefined ? undefined : findModels(models, search);
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[14rem_minmax(0,1fr)]">
      <div className="space-y-3 lg:sticky lg:top-20">
        <TextInput
          label="Search"
          type="search"
          value={search.text}
          maxLength={80}
          placeholder="name, tag, author"
          onChange={(text) => onSearch({ ...search, text })}
        />
        <Facets models={models ?? []} search={search} onSearch={onSearch} />
      </div>
      <section aria-label="Models" className="min-w-0">
        <p role="status" className="mb-3 text-sm text-muted">
          {found === undefined ? 'Loading' : count(found.length)}
        </p>
        {error !== undefined && models === undefined && <ErrorState problem={error} onRetry={onRetry} />}
        {found === undefined ? (
          error === undefined && <Loading />
        ) : found.length === 0 ? (
          <Nothing isFiltered={(models ?? []).length > 0} onClear={() => onSearch(EVERYTHING)} />
        ) : (
          <ul className="space-y-3">
            {found.map((model) => (
              <ModelRow key={model.id} model={model} />
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}

function Loading(): ReactNode {
  return (
    <div className="space-y-3">
      {['one', 'two', 'three'].map((row) => (
        <Skeleton key={row} className="h-31 w-full rounded-lg" />
      ))}
    </div>
  );
}

function Nothing({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }): ReactNode {
  return isFiltered ? (
    <EmptyState title="No model fits" action={<Button onClick={onClear}>Show all models</Button>}>
      Take a filter away, or search for another word.
    </EmptyState>
  ) : (
    <EmptyState title="No model is registered yet">
      Anybody can publish one: <code>assay model publish</code> puts a file on IPFS and its commitments on the chain.
    </EmptyState>
  );
}

function ModelRow({ model }: { readonly model: CatalogueModel }): ReactNode {
  const { id, slug, live, task, isTaskGuessed, summary, versionCount, jobCount } = model;
  return (
    <li className="relative rounded-lg border border-line bg-surface p-4 hover:border-line-strong sm:p-5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h2 className="min-w-0 text-base break-words">
          <Link href={`/model/?id=${id}`} className="after:absolute after:inset-0 hover:underline">
            <bdi>{safeText(slug, 60)}</bdi>
          </Link>
        </h2>
        {live === undefined ? <Badge tone="caution">not live</Badge> : <Badge tone="accent">live</Badge>}
        {task !== undefined && (
          <span title={isTaskGuessed ? 'Guessed from the shapes of its input and output' : 'As its card says'}>
            <Badge>{task}</Badge>
          </span>
        )}
        {live?.isExact === true && <Badge>integer-exact</Badge>}
      </div>
      <p className="mt-1.5 line-clamp-2 min-h-5 text-sm text-muted">{summary}</p>
      <dl data-figures className="mt-3 flex flex-wrap gap-x-6 gap-y-1 text-xs text-muted">
        <Fact name="price">
          {live?.priceWei === undefined ? 'nobody serves it' : <TokenAmount wei={live.priceWei} />}
        </Fact>
        <Fact name="workers">{formatNumber(live?.workerCount ?? 0)}</Fact>
        <Fact name="answers">{formatNumber(jobCount)}</Fact>
        {live !== undefined && <Fact name="size">{formatBytes(live.sizeBytes)}</Fact>}
        {live !== undefined && <Fact name="licence">{safeText(live.licence, 40)}</Fact>}
        <Fact name="versions">{formatNumber(versionCount)}</Fact>
      </dl>
    </li>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div className="flex gap-1.5">
      <dt>{name}</dt>
      <dd className="text-ink">{children}</dd>
    </div>
  );
}
