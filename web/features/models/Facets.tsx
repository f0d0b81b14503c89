import type { ReactNode } from 'react';
import { Button } from '../../components/Button.tsx';
import { Select } from '../../components/Select.tsx';
import { formatNumber } from '../../lib/format.ts';
import {
  type CatalogueModel,
  countFacet,
  EVERYTHING,
  type Facet,
  PRICES,
  queryOf,
  type Search,
  SIZES,
  SORTS,
  type Sort,
  VERIFICATIONS,
  valuesOf,
} from './catalogue.ts';

interface Choice {
  readonly value: string;
  readonly label: string;
}

const plain = (values: readonly string[]): readonly Choice[] => values.map((value) => ({ value, label: value }));

/** Narrows the catalogue down; each choice says how many models it leaves. */
export function Facets({
  models,
  search,
  onSearch,
}: {
  readonly models: readonly CatalogueModel[];
  readonly search: Search;
  readonly onSearch: (search: Search) => void;
}): ReactNode {
  const facet = (name: Facet, label: string, choices: readonly Choice[]): ReactNode => {
    const counts = countFacet(
      models,
      search,
      name,
      choices.map(({ value }) => value),
    );
    const options = choices.map(({ value, label: text }) => ({
      value,
      label: `${text} (${formatNumber(counts.get(value) ?? 0)})`,
    }));
    return (
      <Select
        label={label}
        value={search[name]}
        options={[{ value: '', label: 'Any' }, ...options]}
        onChange={(value) => onSearch({ ...search, [name]: value })}
      />
    );
  };
  const cleared = { ...EVERYTHING, sort: search.sort };
  return (
    <div className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-1">
      <Select
        label="Sort by"
        value={search.sort}
        options={SORTS}
        onChange={(sort) => onSearch({ ...search, sort: sort as Sort })}
      />
      {facet('task', 'Task', plain(valuesOf(models, 'task')))}
      {facet('licence', 'Licence', plain(valuesOf(models, 'licence')))}
      {facet('size', 'Size', SIZES)}
      {facet('price', 'Price', PRICES)}
      {facet('verification', 'Verification', VERIFICATIONS)}
      {queryOf(search) !== queryOf(cleared) && (
        <Button variant="quiet" className="self-end" onClick={() => onSearch(cleared)}>
          Clear
        </Button>
      )}
    </div>
  );
}
