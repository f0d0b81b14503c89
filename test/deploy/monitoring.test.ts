import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createMetrics, watchLoad } from '../../node/gateway/metrics.ts';
import { watchWorker } from '../../node/gateway/workerMetrics.ts';
import { MONITORING, PANELS, QUERIES, RULES, seriesOf, unknownIn } from '../helpers/monitoring.ts';

const hasPromtool = spawnSync('promtool', ['--version'], { stdio: 'ignore' }).status === 0;
const skip = hasPromtool ? false : 'no promtool here: apt-get install prometheus';

/** What a worker registers, without a chain; test/e2e/deploy.test.ts asks a running one. */
async function exposition(): Promise<string> {
  const metrics = createMetrics();
  watchLoad(metrics, { inFlight: 0, waiting: 0, heldBytes: 0 });
  watchWorker(metrics, {
    versions: () => 1,
    jobs: () => ({ served: 0, submitted: 0 }),
    exposureWei: () => 0n,
    maxExposureWei: 1n,
    gasWei: async () => 1n,
  });
  metrics.inferred('digits', 200, 0.01);
  return metrics.registry.metrics();
}

describe('deploy/monitoring', async () => {
  const series = seriesOf(await exposition());

  it('alerts and dashboard ask only for series that a worker gives', () => {
    assert.ok(QUERIES.length > 30);
    for (const [where, expression] of QUERIES) {
      assert.match(expression, /job="assay-worker"/, where);
      assert.deepEqual(unknownIn(expression, series), [], where);
    }
  });

  it('complains about a planted metric, and a planted label', () => {
    assert.deepEqual(unknownIn('rate(assay_nothing_total[5m])', series), ['assay_nothing_total']);
    assert.deepEqual(unknownIn('assay_jobs_open{colour="red"}', series), ['assay_jobs_open{colour}']);
  });

  it('every metric of ours is on the dashboard', () => {
    const own = [...series.keys()].filter((name) => /^assay_/.test(name) && !/_(sum|count)$/.test(name));
    const shown = PANELS.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n');
    assert.deepEqual(
      own.filter((name) => !shown.includes(name)),
      [],
    );
  });

  it('every alert says what is wrong, what to do, and how urgent it is', () => {
    for (const { alert, labels, annotations } of RULES) {
      assert.match(alert, /^AssayWorker\w+$/);
      assert.match(labels.severity, /^(page|warn)$/);
      assert.ok(annotations.summary.length > 10 && annotations.description.length > 20, alert);
    }
    assert.equal(new Set(RULES.map(({ alert }) => alert)).size, RULES.length);
  });

  it('panels of the dashboard do not overlap', () => {
    const cells = new Set<string>();
    for (const {
      title,
      gridPos: { x, y, w, h },
    } of PANELS)
      for (let column = x; column < x + w; column++)
        for (let row = y; row < y + h; row++) {
          assert.ok(column < 24 && !cells.has(`${column} ${row}`), `${title} at ${column} ${row}`);
          cells.add(`${column} ${row}`);
        }
  });

  it('Prometheus accepts configuration and rules', { skip }, () => {
    for (const args of [
      ['check', 'rules', join(MONITORING, 'alerts.yml')],
      ['check', 'config', '--syntax-only', join(MONITORING, 'prometheus.yml')],
    ]) {
      const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
      assert.equal(status, 0, stdout + stderr);
    }
  });
});
