import { useQuery } from '@tanstack/react-query';

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
      const response = await fetch(`/samples/${slug}.json`, { signal });
      if (!response.ok) return [];
      const { samples } = (await response.json()) as { readonly samples: readonly Sample[] };
      return samples.slice(0, MOST);
    },
    enabled: isKnown,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return (data ?? []).filter(({ values }) => values.length === elements);
}
