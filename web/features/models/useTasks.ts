import { useQueries } from '@tanstack/react-query';
import { useConfig } from '../../lib/config.ts';

/** A model whose task only a worker that serves it can tell. */
export interface Untold {
  readonly slug: string;
  readonly versionId: string;
}

/** Tasks guessed from what workers say of the models, in the given order; undefined where nothing is asked or known. */
export function useTasks(models: readonly (Untold | undefined)[]): readonly (string | undefined)[] {
  const config = useConfig();
  return useQueries({
    queries: models.map((model, at) => ({
      queryKey: model === undefined ? ['task', at] : ['task', model.slug, model.versionId, config?.gateways],
      queryFn: async ({ signal }: { readonly signal: AbortSignal }) => {
        const [{ describeModel }, { taskOf }] = await Promise.all([import('../../lib/oip.ts'), import('./task.ts')]);
        const { metadata } = await describeModel(config!.gateways, model!.slug, signal);
        return taskOf(metadata) ?? null;
      },
      enabled: model !== undefined && config !== undefined,
      staleTime: Number.POSITIVE_INFINITY,
      retry: false,
    })),
    combine: (results) => results.map(({ data }) => data ?? undefined),
  });
}
