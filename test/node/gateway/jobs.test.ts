import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTensor } from '../../../node/core/codec/answerFile.ts';
import type { Digest } from '../../../node/core/codec/hex.ts';
import { tensor } from '../../../node/core/tensor/tensor.ts';
import { createGateway } from '../../../node/gateway/app.ts';
import { jobRoutes } from '../../../node/gateway/routes/jobs.ts';
import { SqliteJournal } from '../../../node/journal/sqliteJournal.ts';
import { type InferenceService, ServiceOverloaded } from '../../../node/service/inference.ts';
import { Inputs } from '../../../node/service/worker/inputs.ts';
import { memoryLog } from '../../helpers/anvilRpc.ts';

const JOB = `0x${'0a'.repeat(32)}` as Digest;
const OTHER = `0x${'0b'.repeat(32)}` as Digest;
const DAY_MS = 86_400_000;

function bench() {
  let now = 0;
  const journal = SqliteJournal.open(':memory:');
  const inputs = new Inputs({ journal, clock: { now: () => now } as never, keepMs: 2 * DAY_MS, maxBytes: 10 });
  const { app } = createGateway({
    inference: { versions: () => [], ready: () => true } as unknown as InferenceService,
    log: memoryLog(),
    info: { name: 'assay', version: '0' },
    routes: [jobRoutes({ inputOf: (jobId) => inputs.json(jobId) })],
  });
  return { inputs, app, journal, pass: (ms: number) => (now += ms) };
}

describe('inputs of paid jobs', () => {
  it('are shown bit for bit to whoever knows the job', async () => {
    const { inputs, app } = bench();
    const input = tensor('int8', [2, 2], Int8Array.of(-127, 0, 5, 127));
    inputs.keep(JOB, input);
    const response = await app.request(`/v1/jobs/${JOB}/input`);
    assert.equal(response.status, 200);
    assert.deepEqual(readTensor(await response.json(), 'input'), input);
    assert.deepEqual(inputs.find(JOB), input);
  });

  it('of other jobs, and under names that are no job, there are none', async () => {
    const { inputs, app } = bench();
    inputs.keep(JOB, tensor('uint8', [1], Uint8Array.of(1)));
    for (const name of [OTHER, JOB.toUpperCase(), '0x0a', '..%2f..%2fkeys', 'a'.repeat(5000)])
      assert.equal((await app.request(`/v1/jobs/${name}/input`)).status, 404, name.slice(0, 80));
    const refused = await app.request(`/v1/jobs/${JOB}/input`, { method: 'POST' });
    assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'GET, HEAD']);
    assert.equal(inputs.find(OTHER), undefined);
  });

  it('never make room for each other: without room no job is taken', () => {
    const { inputs, journal } = bench();
    const four = tensor('uint8', [4], Uint8Array.of(1, 2, 3, 4));
    inputs.keep(JOB, four);
    inputs.keep(JOB, four);
    inputs.requireRoom(four);
    inputs.keep(OTHER, four);
    assert.throws(() => inputs.requireRoom(four), ServiceOverloaded);
    const next = new Inputs({ journal, clock: { now: () => 0 }, maxBytes: 10 });
    assert.throws(() => next.requireRoom(four), ServiceOverloaded, 'the next life counts them too');
  });

  it('are forgotten when no game can need them any more', () => {
    const { inputs, pass } = bench();
    inputs.keep(JOB, tensor('uint8', [1], Uint8Array.of(1)));
    pass(DAY_MS);
    inputs.keep(OTHER, tensor('uint8', [1], Uint8Array.of(2)));
    pass(DAY_MS);
    inputs.sweep();
    assert.ok(inputs.json(JOB) !== undefined, 'kept to the last moment');
    pass(1);
    inputs.sweep();
    assert.equal(inputs.json(JOB), undefined);
    assert.ok(inputs.json(OTHER) !== undefined);
  });
});
