'use client';

import type { ReactNode } from 'react';
import { useQueryString } from '../../lib/useQueryString.ts';
import { queryOf, searchFrom } from './catalogue.ts';
import { ModelsView } from './ModelsView.tsx';
import { useModels } from './useModels.ts';

/** The catalogue; what is searched for lives in the address bar. */
export function ModelsPage(): ReactNode {
  const [params, setQuery] = useQueryString();
  const { data, error, refetch } = useModels();
  return (
    <ModelsView
      models={data}
      error={error}
      search={searchFrom(params)}
      onSearch={(search) => setQuery(queryOf(search))}
      onRetry={refetch}
    />
  );
}
