/** A model as the catalogue lists it. */
export interface CatalogueModel {
  readonly id: string;
  readonly slug: string;
  readonly author: string;
  /** Unix seconds of the newest version. */
  readonly updatedAt: number;
  readonly versionCount: number;
  readonly jobCount: number;
  /** Undefined when the DAO made no version live. */
  readonly live?: LiveVersion;
  /** As Hugging Face names tasks. */
  readonly task?: string;
  /** No card says so: it was guessed from the shapes of input and output. */
  readonly isTaskGuessed?: boolean;
  readonly tags: readonly string[];
  readonly summary: string;
}

export interface LiveVersion {
  readonly id: string;
  readonly licence: string;
  readonly sizeBytes: number;
  /** Integer-exact: a false answer can be proven on chain. */
  readonly isExact: boolean;
  /** Workers that serve it. */
  readonly workerCount: number;
  /** Cheapest offer, undefined when nobody serves it. */
  readonly priceWei?: bigint;
}

export const SIZES = [
  { value: 'small', label: 'up to 1 MB', min: 0, max: 1_000_000 },
  { value: 'medium', label: '1 to 100 MB', min: 1_000_000, max: 100_000_000 },
  { value: 'large', label: 'above 100 MB', min: 100_000_000, max: Number.POSITIVE_INFINITY },
] as const;

const MILLI = 10n ** 15n;
export const PRICES = [
  { value: 'low', label: 'up to 0.001 ASSAY', min: 0n, max: MILLI },
  { value: 'middle', label: '0.001 to 1 ASSAY', min: MILLI + 1n, max: 1000n * MILLI },
  { value: 'high', label: 'above 1 ASSAY', min: 1000n * MILLI + 1n, max: undefined },
] as const;

export const VERIFICATIONS = [
  { value: 'exact', label: 'integer-exact' },
  { value: 'float', label: 'float' },
] as const;

export const SORTS = [
  { value: 'jobs', label: 'Most used' },
  { value: 'newest', label: 'Newest' },
  { value: 'cheapest', label: 'Cheapest' },
  { value: 'name', label: 'Name' },
] as const;
export type Sort = (typeof SORTS)[number]['value'];

/** What the reader looks for. It lives in the address bar, so that a search can be shared. */
export interface Search {
  readonly text: string;
  readonly task: string;
  readonly licence: string;
  readonly size: string;
  readonly price: string;
  /** `exact` or `float`. */
  readonly verification: string;
  readonly sort: Sort;
}

export const EVERYTHING: Search = {
  text: '',
  task: '',
  licence: '',
  size: '',
  price: '',
  verification: '',
  sort: 'jobs',
};

const NAMES = {
  text: 'q',
  task: 'task',
  licence: 'licence',
  size: 'size',
  price: 'price',
  verification: 'verification',
  sort: 'sort',
} as const satisfies Record<keyof Search, string>;
const FIELDS = Object.keys(NAMES) as readonly (keyof Search)[];
const isSort = (value: string): value is Sort => SORTS.some((sort) => sort.value === value);

/** From the query string of the address; what is not understood is left out. */
export function searchFrom(params: URLSearchParams): Search {
  const read = (field: keyof Search): string => (params.get(NAMES[field]) ?? '').slice(0, 80);
  const sort = read('sort');
  const found = Object.fromEntries(FIELDS.map((field) => [field, read(field)])) as unknown as Search;
  return { ...found, sort: isSort(sort) ? sort : EVERYTHING.sort };
}

/** The query string of a search, without what is not set: `searchFrom` gives the same search back. */
export function queryOf(search: Search): string {
  const params = new URLSearchParams();
  for (const field of FIELDS) if (search[field] !== EVERYTHING[field]) params.set(NAMES[field], search[field]);
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

const within = <T extends number | bigint>(value: T, range: { min: T; max: T | undefined } | undefined): boolean =>
  range === undefined || (value >= range.min && (range.max === undefined || value <= range.max));

export type Facet = Exclude<keyof Search, 'text' | 'sort'>;

const TESTS: Readonly<Record<Facet, (model: CatalogueModel, wanted: string) => boolean>> = {
  task: ({ task }, wanted) => task === wanted,
  licence: ({ live }, wanted) => live?.licence === wanted,
  size: ({ live }, wanted) =>
    live !== undefined &&
    within<number>(
      live.sizeBytes,
      SIZES.find(({ value }) => value === wanted),
    ),
  price: ({ live }, wanted) =>
    live?.priceWei !== undefined &&
    within<bigint>(
      live.priceWei,
      PRICES.find(({ value }) => value === wanted),
    ),
  verification: ({ live }, wanted) => live?.isExact === (wanted === 'exact'),
};
const FACETS = Object.keys(TESTS) as readonly Facet[];

function mentions({ slug, summary, tags, author, task }: CatalogueModel, text: string): boolean {
  const where = [slug, summary, author, task ?? '', ...tags].join('\n').toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((part) => where.includes(part));
}

const fits = (model: CatalogueModel, search: Search, without?: Facet): boolean =>
  mentions(model, search.text) &&
  FACETS.every((facet) => facet === without || search[facet] === '' || TESTS[facet](model, search[facet]));

/** No offer sorts behind every price. */
const byPrice = (a: CatalogueModel, b: CatalogueModel): number => {
  const [left, right] = [a.live?.priceWei, b.live?.priceWei];
  if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
  return left < right ? -1 : left > right ? 1 : 0;
};
const ORDERS: Readonly<Record<Sort, (a: CatalogueModel, b: CatalogueModel) => number>> = {
  jobs: (a, b) => b.jobCount - a.jobCount,
  newest: (a, b) => b.updatedAt - a.updatedAt,
  cheapest: byPrice,
  name: (a, b) => a.slug.localeCompare(b.slug, 'en'),
};

/** Models that fit, in the wanted order; equal ones by name. */
export const findModels = (models: readonly CatalogueModel[], search: Search): readonly CatalogueModel[] =>
  models.filter((model) => fits(model, search)).toSorted((a, b) => ORDERS[search.sort](a, b) || ORDERS.name(a, b));

/** How many models each value of a facet would leave, everything else staying as it is. */
export function countFacet(
  models: readonly CatalogueModel[],
  search: Search,
  facet: Facet,
  values: readonly string[],
): ReadonlyMap<string, number> {
  const others = models.filter((model) => fits(model, search, facet));
  return new Map(values.map((value) => [value, others.filter((model) => TESTS[facet](model, value)).length]));
}

/** Values that occur, for facets without fixed steps. */
export const valuesOf = (models: readonly CatalogueModel[], facet: 'task' | 'licence'): readonly string[] =>
  [...new Set(models.flatMap(({ task, live }) => (facet === 'task' ? task : live?.licence) ?? []))].sort();
