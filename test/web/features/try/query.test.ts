import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { QueryEngine } from '../../../../subgraph/runner/graphql/engine.ts';
import { parseSchema } from '../../../../subgraph/runner/schema/schema.ts';
import { createTables } from '../../../../subgraph/runner/store/database.ts';
import { allOffers, type OfferRow, spellingsOf, TRY_QUERY, tryFilter } from '../../../../web/features/try/query.ts';

const SCHEMA = new URL('../../../../subgraph/schema.graphql', import.meta.url);
const offer = (id: string, feeWei: string): OfferRow => ({
  feeWei,
  worker: { id, endpoint: `https://${id}.example`, hotKey: '0x', stakeWei: '1' },
});

describe('who serves a model', () => {
  it('is a question that the index understands', () => {
    const db = new DatabaseSync(':memory:');
    const schema = parseSchema(readFileSync(SCHEMA, 'utf8'));
    createTables(db, schema);
    for (const gateways of [[], spellingsOf(['https://a.example'])]) {
      const { data, errors } = new QueryEngine(db, schema).run({
        query: TRY_QUERY,
        variables: { where: tryFilter('digits'), gateways },
      });
      assert.equal(JSON.stringify({ data, errors }), '{"data":{"models":[]}}');
    }
    db.close();
  });

  it('includes the reader’s own gateways, however many cheaper offers there are', () => {
    const offers = Array.from({ length: 50 }, (_, i) => offer(`stranger${i}`, '0'));
    const found = allOffers({ offers, own: [offer('mine', '5')] });
    assert.equal(found.length, 51);
    assert.equal(found.at(-1)!.worker.id, 'mine');
  });

  it('names each worker once, the cheapest first, one’s own before others of the same price', () => {
    const found = allOffers({ offers: [offer('b', '10'), offer('c', '9'), offer('a', '9')], own: [offer('a', '9')] });
    assert.deepEqual(
      found.map(({ worker }) => worker.id),
      ['a', 'c', 'b'],
    );
  });

  it('knows a server with and without its last slash', () =>
    assert.deepEqual(spellingsOf(['https://a.example/', 'http://b']), [
      'https://a.example/',
      'https://a.example',
      'http://b',
      'http://b/',
    ]));
});
