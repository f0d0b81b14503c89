import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../../../node/host.ts';
import type { Answers } from '../../../../node/service/worker/answers.ts';
import type { Settler } from '../../../../node/service/worker/settler.ts';
import type { Loaded, Versions } from '../../../../node/service/worker/versions.ts';
import { Worker, type WorkerOptions } from '../../../../node/service/worker/worker.ts';
import { memoryLog, until } from '../../../helpers/anvilRpc.ts';
import { testSigner } from '../../../helpers/testSigner.ts';

/** Only the order of calls and the time they take: what the parts do is shown in their own tests. */
function bench(how: { sync?: () => Promise<void>; tick?: () => Promise<void>; drain?: () => Promise<number> } = {}) {
  const calls: string[] = [];
  const log = memoryLog();
  const note =
    <T>(name: string, body: () => T) =>
    (): T => {
      calls.push(name);
      return body();
    };
  const nothing = async (): Promise<void> => undefined;
  const options = {
    answers: {
      open: note('open', () => undefined),
      drain: note('refuse', () => undefined),
    } as unknown as Answers,
    versions: {
      sync: note('sync', how.sync ?? nothing),
      close: note('close', nothing),
      all: () => [{ served: { versionId: 4n } }, { served: { versionId: 5n } }] as unknown as Loaded[],
    } as unknown as Versions,
    settler: {
      tick: note('settle', how.tick ?? nothing),
      drain: note('drain', how.drain ?? (async () => 0)),
    } as unknown as Settler,
    settlement: {
      collect: async (_: string, versionId: bigint) => {
        calls.push(`collect ${versionId}`);
      },
    } as unknown as WorkerOptions['settlement'],
    worker: testSigner('owner').address,
    clock: systemClock,
    log,
  };
  return { calls, log, worker: new Worker({ ...options, syncMs: 5, settleMs: 5, collectMs: 5 }) };
}

describe('worker', () => {
  it('answers after the first look at the registry, then keeps following, settling and collecting', async () => {
    const { worker, calls } = bench();
    await worker.start();
    assert.deepEqual(calls.slice(0, 2), ['sync', 'open']);
    await until(
      () => ['sync', 'settle', 'collect 4', 'collect 5'].every((each) => calls.lastIndexOf(each) > 6),
      'rounds',
    );
    assert.equal(await worker.stop(1000), 0);
    const ended = calls.length;
    assert.deepEqual(calls.slice(-3), ['refuse', 'drain', 'close']);
    await new Promise((done) => setTimeout(done, 30));
    assert.equal(calls.length, ended, 'nothing runs on');
  });

  it('starts although the chain is away, and says so; later rounds heal it', async () => {
    let away = true;
    const { worker, calls, log } = bench({
      sync: async () => {
        if (away) throw new Error('the chain is away');
      },
    });
    await worker.start();
    assert.ok(calls.includes('open'));
    assert.ok(log.lines.some((line) => /will retry.*the chain is away/.test(line)));
    away = false;
    const seen = calls.length;
    await until(() => calls.slice(seen).includes('sync'), 'another round');
    await worker.stop(1000);
  });

  it('refuses new work at once when it is told to drain', async () => {
    const { worker, calls } = bench();
    await worker.start();
    worker.drain();
    assert.ok(calls.includes('refuse'));
    await worker.stop(1000);
  });

  it('stops within its time although a round hangs, and tells what is left', async () => {
    const { worker, calls } = bench({ tick: () => new Promise(() => undefined), drain: async () => 3 });
    await worker.start();
    await until(() => calls.includes('settle'), 'a round that hangs');
    const begun = performance.now();
    assert.equal(await worker.stop(200), 3);
    assert.ok(performance.now() - begun < 2000);
    assert.equal(calls.at(-1), 'close');
  });
});
