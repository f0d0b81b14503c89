import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkAnswer } from '../../../web/lib/indexAnswer.ts';
import { ProblemError } from '../../../web/lib/problem.ts';

const QUERY = `query Jobs($first: Int!) {
  jobs(first: $first) { id state held feeWei workerBps submittedAt worker { id endpoint } }
  latest: jobs(first: 1) { createdAt }
  protocol(id: "assay") { jobs }
  game(id: "0x") { moves { partials } claim { openGameIds } }
}`;
const job = {
  id: '0xab',
  state: 'OPEN',
  held: false,
  feeWei: '12',
  workerBps: 8000,
  submittedAt: null,
  worker: { id: '0x01', endpoint: '<b>hostile</b>' },
};
const DATA = {
  jobs: [job],
  latest: [{ createdAt: '1700000000' }],
  protocol: { jobs: 1 },
  game: { moves: [{ partials: ['-5', '7'] }], claim: { openGameIds: ['0x02'] } },
};
const check = (change: object): void => checkAnswer(QUERY, { ...DATA, ...change });
const refuses = (change: object, why: RegExp): void =>
  assert.throws(
    () => check(change),
    (error) => error instanceof ProblemError && why.test(error.problem.why),
  );

describe('checkAnswer', () => {
  it('takes what the schema allows, and texts of any kind', () => {
    check({});
    check({ jobs: [], protocol: null, game: null });
    check({ more: 'than was asked for' });
  });

  it('refuses numbers that are none', () => {
    for (const feeWei of ['NaN', 'Infinity', '1e400', '-1', '1.5', '', ' 1', '9'.repeat(79), 5, null, {}])
      refuses({ jobs: [{ ...job, feeWei }] }, /^jobs\[0\]\.feeWei should be a whole number/);
    for (const workerBps of ['8000', -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, null])
      refuses({ jobs: [{ ...job, workerBps }] }, /workerBps should be a count/);
    refuses({ game: { ...DATA.game, moves: [{ partials: ['x'] }] } }, /moves\[0\]\.partials\[0\]/);
  });

  it('refuses other types, members and shapes', () => {
    refuses({ jobs: null }, /jobs should be a list/);
    refuses({ jobs: { length: 1 } }, /jobs should be a list/);
    refuses({ jobs: [null] }, /jobs\[0\]/);
    refuses({ latest: undefined }, /latest should be a list/);
    refuses({ protocol: [] }, /protocol/);
    refuses({ protocol: 'assay' }, /protocol/);
    refuses({ jobs: [{ ...job, state: 'STOLEN' }] }, /state should be one of OPEN, FUNDED/);
    refuses({ jobs: [{ ...job, held: 'no' }] }, /held should be yes or no/);
    refuses({ jobs: [{ ...job, id: '0xa' }] }, /id should be bytes/);
    refuses({ jobs: [{ ...job, worker: {} }] }, /worker\.id should be bytes/);
    refuses({ jobs: [{ ...job, worker: { id: '0x01', endpoint: 7 } }] }, /endpoint should be a text/);
    assert.throws(() => checkAnswer(QUERY, undefined), ProblemError);
  });

  it('refuses fields that the index does not have', () => {
    assert.throws(
      () => checkAnswer('{ protocol(id: "assay") { price } }', { protocol: { price: 1 } }),
      /in the schema/,
    );
  });
});
