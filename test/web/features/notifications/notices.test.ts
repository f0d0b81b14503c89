import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type NoticedProposal, type NoticesAnswer, noticesOf } from '../../../../web/features/notifications/notices.ts';
import { parseRead } from '../../../../web/features/notifications/readState.ts';

const ME = `0x${'aa'.repeat(20)}`;
const EMPTY: NoticesAnswer = {
  account: { votesWei: '5', worker: null },
  clientJobs: [],
  workerClaims: [],
  proposals: [],
  votes: [],
  protocol: { supplyWei: '100', quorumPercent: '4' },
};
const PROPOSAL: NoticedProposal = {
  id: '7',
  title: 'Make version 2 live',
  proposer: { id: `0x${'bb'.repeat(20)}` },
  status: 'CREATED',
  createdAt: '1000',
  snapshotAt: '1000',
  deadlineAt: '2000',
  etaAt: null,
  executedAt: null,
  canceledAt: null,
  forWei: '5',
  againstWei: '0',
  abstainWei: '0',
};
const titles = (answer: Partial<NoticesAnswer>, now: number) =>
  noticesOf({ ...EMPTY, ...answer }, ME, now).map(({ title }) => title);

describe('notices of an account', () => {
  it('votes that have begun, and those that end soon, until one has voted', () => {
    assert.deepEqual(titles({ proposals: [PROPOSAL] }, 1100), ['A vote has begun']);
    assert.deepEqual(titles({ proposals: [PROPOSAL] }, 1900), [
      'A vote ends in 1 minute 40 seconds, and you have not voted',
    ]);
    assert.deepEqual(titles({ proposals: [PROPOSAL], votes: [{ proposal: { id: '7' } }] }, 1900), []);
    assert.deepEqual(titles({ proposals: [PROPOSAL], account: { votesWei: '0', worker: null } }, 1900), []);
  });

  it('what became of proposals one made or voted on, and of no others', () => {
    const mine = { ...PROPOSAL, proposer: { id: ME } };
    assert.deepEqual(titles({ proposals: [mine] }, 2100), ['Your proposal passed and can be queued']);
    assert.deepEqual(titles({ proposals: [PROPOSAL] }, 2100), []);
    assert.deepEqual(titles({ proposals: [PROPOSAL], votes: [{ proposal: { id: '7' } }] }, 2100), [
      'A proposal you voted on passed and can be queued',
    ]);
    assert.deepEqual(titles({ proposals: [{ ...mine, forWei: '1' }] }, 2100), ['Your proposal was defeated']);
    const executed = { ...mine, status: 'EXECUTED', executedAt: '2500' } as const;
    assert.deepEqual(titles({ proposals: [executed] }, 2600), ['Your proposal was executed']);
  });

  it('stake that has thawed, not before', () => {
    const account = { votesWei: '0', worker: { thawingWei: '9', thawEndsAt: '3000' } };
    assert.deepEqual(titles({ account }, 2999), []);
    assert.deepEqual(titles({ account }, 3000), ['Your stake has thawed']);
  });

  it('jobs that ended and disputes about them, newest first', () => {
    const claim = { id: '0xc1', filedAt: '50', outcome: 'FALLEN', finalAt: '90' };
    const job = { id: '0x01', state: 'REJECTED', endedAt: '91', model: { slug: 'di\u202egits' }, claim };
    assert.deepEqual(titles({ clientJobs: [job] }, 100), [
      'Your job was rejected (di⟨U+202E⟩gits)',
      'The answer to your job was proven false',
      'The answer to your job is disputed',
    ]);
    assert.deepEqual(titles({ workerClaims: [{ ...claim, outcome: 'PENDING', finalAt: null }] }, 100), [
      'One of your answers is disputed',
    ]);
  });

  it('ids stay the same, so that what was read stays read', () => {
    const ids = (now: number) => noticesOf({ ...EMPTY, proposals: [PROPOSAL] }, ME, now).map(({ id }) => id);
    assert.deepEqual(ids(1800), ids(1999));
    assert.notDeepEqual(ids(1100), ids(1999));
  });
});

describe('what was read', () => {
  it('comes back from storage; broken parts count as nothing', () => {
    assert.deepEqual(parseRead('{"0xaa":["a",5,"b"],"x":7}'), { '0xaa': ['a', 'b'] });
    assert.deepEqual(parseRead('nonsense'), {});
    assert.deepEqual(parseRead('null'), {});
  });
});
