import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Admission, GONE, type Leave } from '../../../node/gateway/admission.ts';
import { DEFAULT_LIMITS } from '../../../node/gateway/limits.ts';
import { ServiceOverloaded } from '../../../node/service/inference.ts';

const signal = new AbortController().signal;
const gate = (limits: object, now = () => 0) => new Admission({ ...DEFAULT_LIMITS, ...limits }, now);

describe('Admission', () => {
  it('default: at once while there is room', () => {
    const admission = gate({ maxInFlight: 2 });
    const leave = admission.enter(false, signal) as Leave;
    assert.equal(admission.inFlight, 1);
    leave();
    leave();
    assert.equal(admission.inFlight, 0);
  });

  it('behavior: first come first served, those who pay before the others', async () => {
    const admission = gate({ maxInFlight: 1 });
    const first = admission.enter(false, signal) as Leave;
    const order: string[] = [];
    const wait = async (name: string, paid: boolean): Promise<void> => {
      const leave = await admission.enter(paid, signal);
      order.push(name);
      (leave as Leave)();
    };
    const all = [wait('free 1', false), wait('free 2', false), wait('paid 1', true), wait('paid 2', true)];
    assert.equal(admission.waiting, 4);
    first();
    await Promise.all(all);
    assert.deepEqual(order, ['paid 1', 'paid 2', 'free 1', 'free 2']);
    assert.equal(admission.inFlight, 0);
  });

  it('behavior: who goes away frees his place in the queue', async () => {
    const admission = gate({ maxInFlight: 1, maxQueue: 1 });
    const first = admission.enter(false, signal) as Leave;
    const client = new AbortController();
    const waiting = admission.enter(false, client.signal);
    client.abort();
    assert.equal(await waiting, GONE);
    assert.equal(admission.waiting, 0);
    assert.equal(await admission.enter(true, AbortSignal.abort()), GONE);
    first();
    assert.equal(admission.inFlight, 0);
  });

  it('error: ServiceOverloaded when the queue is full, with a time to come back', () => {
    let clock = 0;
    const admission = gate({ maxInFlight: 1, maxQueue: 0 }, () => clock);
    const leave = admission.enter(false, signal) as Leave;
    assert.throws(() => admission.enter(false, signal), ServiceOverloaded);
    clock = 100_000;
    leave();
    admission.enter(false, signal);
    assert.throws(
      () => admission.enter(false, signal),
      (error) => error instanceof ServiceOverloaded && error.retryAfterSeconds === 6,
    );
  });

  it('error: ServiceOverloaded when the turn does not come in time', async () => {
    const admission = gate({ maxInFlight: 1, queueTimeoutMs: 5 });
    admission.enter(false, signal);
    await assert.rejects(async () => admission.enter(false, signal), ServiceOverloaded);
    assert.equal(admission.waiting, 0);
  });
});
