import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type CatalogueModel,
  countFacet,
  EVERYTHING,
  findModels,
  queryOf,
  type Search,
  searchFrom,
  valuesOf,
} from '../../../../web/features/models/catalogue.ts';

const MILLI = 10n ** 15n;
const model = (slug: string, parts: Partial<CatalogueModel> = {}): CatalogueModel => ({
  id: slug,
  slug,
  author: `0x${'11'.repeat(20)}`,
  updatedAt: 0,
  versionCount: 1,
  jobCount: 0,
  tags: [],
  summary: '',
  ...parts,
});
const live = { id: '1', licence: 'mit', sizeBytes: 5000, isExact: true, workerCount: 1, priceWei: MILLI };
const MODELS = [
  model('digits', { task: 'image-classification', jobCount: 355, live, tags: ['exact'], summary: 'One digit' }),
  model('words', {
    task: 'text-generation',
    updatedAt: 9,
    live: { ...live, isExact: false, sizeBytes: 5e8, priceWei: 2000n * MILLI },
  }),
  model('asleep'),
];
const names = (search: Partial<Search>): string[] =>
  findModels(MODELS, { ...EVERYTHING, ...search }).map(({ slug }) => slug);

describe('findModels', () => {
  it('sorts by use, age, price and name; without an offer comes last', () => {
    assert.deepEqual(names({}), ['digits', 'asleep', 'words']);
    assert.deepEqual(names({ sort: 'newest' }), ['words', 'asleep', 'digits']);
    assert.deepEqual(names({ sort: 'cheapest' }), ['digits', 'words', 'asleep']);
    assert.deepEqual(names({ sort: 'name' }), ['asleep', 'digits', 'words']);
  });
  it('finds every word, anywhere, in any letter case', () => {
    assert.deepEqual(names({ text: 'DIGIT exact' }), ['digits']);
    assert.deepEqual(names({ text: 'digit words' }), []);
  });
  it('narrows down by each facet', () => {
    assert.deepEqual(names({ task: 'text-generation' }), ['words']);
    assert.deepEqual(names({ verification: 'exact' }), ['digits']);
    assert.deepEqual(names({ verification: 'float' }), ['words']);
    assert.deepEqual(names({ size: 'small' }), ['digits']);
    assert.deepEqual(names({ size: 'large' }), ['words']);
    assert.deepEqual(names({ price: 'low' }), ['digits']);
    assert.deepEqual(names({ price: 'high' }), ['words']);
    assert.deepEqual(names({ licence: 'mit' }), ['digits', 'words']);
    assert.deepEqual(names({ licence: 'mit', size: 'large', verification: 'exact' }), []);
  });
  it('treats text as text, not as a pattern', () => assert.deepEqual(names({ text: '.*(' }), []));
});

describe('facets', () => {
  it('count what a choice would leave, whatever this facet is set to', () => {
    const search = { ...EVERYTHING, verification: 'exact', task: 'text-generation' };
    assert.deepEqual(
      [...countFacet(MODELS, search, 'task', ['image-classification', 'text-generation'])],
      [
        ['image-classification', 1],
        ['text-generation', 0],
      ],
    );
  });
  it('offer the values that occur', () => {
    assert.deepEqual(valuesOf(MODELS, 'task'), ['image-classification', 'text-generation']);
    assert.deepEqual(valuesOf(MODELS, 'licence'), ['mit']);
  });
});

describe('the address', () => {
  it('is empty when nothing is searched for', () => assert.equal(queryOf(EVERYTHING), ''));
  it('goes there and back', () => {
    const search: Search = {
      ...{ text: 'a&b=c #"<', task: 'image-classification', licence: 'Apache-2.0 OR MIT', size: 'small' },
      ...{ price: 'low', verification: 'exact', sort: 'cheapest' },
    };
    assert.deepEqual(searchFrom(new URLSearchParams(queryOf(search))), search);
  });
  it('leaves out what it does not know, and cuts what is too long', () => {
    const search = searchFrom(new URLSearchParams(`sort=random&q=${'x'.repeat(500)}&other=1`));
    assert.equal(search.sort, 'jobs');
    assert.equal(search.text.length, 80);
  });
});
