import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseMetrics, quantile, ratesBetween } from '../../../node/cli/workerMetrics.ts';
import { createMetrics, watchLoad } from '../../../node/gateway/metrics.ts';

describe('metrics of a worker, read again', () => {
  it('what the gateway writes is what top reads', async () => {
    const metrics = createMetrics();
    watchLoad(metrics, { inFlight: 3, waiting: 2, heldBytes: 1 });
    const before = parseMetrics(await metrics.registry.metrics());
    for (let i = 0; i < 100; i++) metrics.inferred('digits', 200, i < 90 ? 0.002 : 0.3);
    metrics.inferred('digits', 503, 0.1);
    const after = parseMetrics(await metrics.registry.metrics());
    assert.deepEqual([after.answered, after.failed, after.inFlight, after.waiting], [100, 1, 3, 2]);
    assert.ok(after.residentBytes > 1e6);
    const rates = ratesBetween(before, after, 2);
    assert.deepEqual([rates.jobsPerSecond, rates.failedPerSecond], [50, 0.5]);
    assert.ok(rates.p50Seconds! > 0.001 && rates.p50Seconds! <= 0.0025);
    assert.ok(rates.p95Seconds! > 0.25 && rates.p95Seconds! <= 0.5);
  });
  it('nothing in between has no latency; a worker that started anew has no negative rate', () => {
    const sample = parseMetrics('assay_infer_requests_total{model="a",status="200"} 5\n');
    const anew = parseMetrics('assay_infer_requests_total{model="a",status="200"} 1\n');
    assert.equal(ratesBetween(sample, sample, 1).p50Seconds, undefined);
    assert.equal(ratesBetween(sample, anew, 1).jobsPerSecond, 0);
    assert.equal(quantile([[Number.POSITIVE_INFINITY, 4]], 0.5), 0);
  });
  it('is not impressed by anything else', () => {
    assert.equal(parseMetrics('<html>\nassay_infer_requests_total{status="200"} NaN\n'.repeat(10)).answered, 0);
  });
});
