import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Meter } from '../../../node/cli/meter.ts';
import { describeBytes, describeSeconds, describeTime } from '../../../node/cli/times.ts';

describe('what people read of sizes and times', () => {
  it('speed and time left follow the last seconds', () => {
    const clock = { now: 0 };
    const meter = new Meter(() => clock.now);
    assert.equal(meter.describe(0, 4 << 20), '0 B of 4.0 MiB');
    clock.now = 1000;
    assert.equal(meter.describe(1 << 20, 4 << 20), '1.0 MiB of 4.0 MiB, 1.0 MiB/s, 3 s left');
    assert.equal(meter.describe(1 << 20, undefined), '1.0 MiB, 1.0 MiB/s');
    clock.now = 60_000;
    assert.match(meter.describe(2 << 20, 4 << 20), /KiB\/s/);
  });
  it('durations have two units at most', () => {
    assert.deepEqual([0n, 59n, 60n, 3661n, 90_061n, -5n].map(describeSeconds), [
      '0 s',
      '59 s',
      '1 min',
      '1 h 1 min',
      '1 d 1 h',
      '0 s',
    ]);
  });
  it('times and bytes', () => {
    assert.equal(describeTime(0n), '-');
    assert.equal(describeTime(1_700_000_000n), '2023-11-14T22:13:20Z');
    assert.deepEqual([0, 1023, 1024, 1 << 30].map(describeBytes), ['0 B', '1023 B', '1.0 KiB', '1.0 GiB']);
  });
});
