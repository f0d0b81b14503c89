import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMetrics } from '../../../node/gateway/metrics.ts';
import { watchWorker } from '../../../node/gateway/workerMetrics.ts';

describe('watchWorker', () => {
  it('reads what is asked when it is asked, and asks the chain for gas at most every 30 s', async () => {
    const metrics = createMetrics({ process: false });
    let now = 0;
    let asked = 0;
    let gas = async (): Promise<bigint> => 2n * 10n ** 17n;
    watchWorker(
      metrics,
      {
        versions: () => 3,
        jobs: () => ({ served: 2, submitted: 7 }),
        exposureWei: () => 15n * 10n ** 17n,
        maxExposureWei: 10n ** 19n,
        gasWei: () => {
          asked++;
          return gas();
        },
      },
      () => now,
    );
    const text = await metrics.registry.metrics();
    for (const line of [
      'assay_versions_served 3',
      'assay_exposure_tokens 1.5',
      'assay_exposure_limit_tokens 10',
      'assay_gas_ether 0.2',
      'assay_jobs_open{state="served"} 2',
      'assay_jobs_open{state="submitted"} 7',
    ])
      assert.ok(text.split('\n').includes(line), `${line} in\n${text}`);
    now = 29_000;
    await metrics.registry.metrics();
    assert.equal(asked, 1);
    now = 31_000;
    gas = () => Promise.reject(new Error('the chain is away'));
    assert.doesNotMatch(await metrics.registry.metrics(), /^assay_gas_ether /m);
    assert.equal(asked, 2);
  });
});
