import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Selection, selectionOf } from '../../../web/lib/selection.ts';

const plain = (selection: Selection): unknown =>
  Object.fromEntries(
    [...selection].map(([name, { field, selection: inner }]) => [
      name === field ? name : `${name}=${field}`,
      inner === undefined ? 1 : plain(inner),
    ]),
  );

describe('selectionOf', () => {
  it('reads fields, arguments, aliases and variables', () => {
    const query = `query Jobs($where: Job_filter!, $first: Int = 5) {
      mine: jobs(first: $first, where: { and: [{ state_in: ["OPEN)", "}"] }, $where] }, orderBy: id) { id worker { id } }
      protocol(id: "assay") { jobs feesWei }
    }`;
    assert.deepEqual(plain(selectionOf(query)), {
      'mine=jobs': { id: 1, worker: { id: 1 } },
      protocol: { jobs: 1, feesWei: 1 },
    });
  });

  it('reads short queries and fragments, wherever they stand', () => {
    const query =
      'fragment Row on Game { id moves { ...Move } } { game(id: "0x") { ...Row ended } } fragment Move on GameMove { at }';
    assert.deepEqual(plain(selectionOf(query)), { game: { id: 1, moves: { at: 1 }, ended: 1 } });
  });
});
