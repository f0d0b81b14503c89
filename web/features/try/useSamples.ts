import { useQuery } from '@tanstack/react-query';
import { fetchSiteFile } from '../../lib/siteFile.ts';

export interface Sample {
  readonly label: string;
  readonly values: readonly number[];
}

const MOST = 40;

/** Real inputs that come with the site for models it knows; none for others. */
export function useSamples(slug: string | undefined, elements: number): readonly Sample[] {
  const isKnown = slug !== undefined && /^[a-z0-9-]{3,40}$/.test(slug);
  const { data } = useQuery({
    queryKey: ['samples', slug],
    queryFn: async ({ signal }) => {
      const file = await fetchSiteFile<{ readonly samples: readonly Sample[] }>(`/samples/${slug}.json`, signal);
      return (file?.samples ?? []).slice(0, MOST);
    },
    enabled: isKnown,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return (data ?? []).filter(({ values }) => values.length === elements);
}
