import { Gauge } from 'prom-client';
import type { GatewayMetrics } from './metrics.ts';

/** What an operator watches of a worker; read when the metrics are asked for. Amounts in wei. */
export interface WorkerState {
  /** Versions that are loaded and answer. */
  readonly versions: () => number;
  /** Jobs that were served and are not yet on chain; jobs on chain that wait for the end of their window. */
  readonly jobs: () => { readonly served: number; readonly submitted: number };
  /** Served money that is on no chain yet. */
  readonly exposureWei: () => bigint;
  readonly maxExposureWei: bigint;
  /** Gas money of the hot key. */
  readonly gasWei: () => Promise<bigint>;
}

/** How long a balance is told again before the chain is asked for it, ms. */
const GAS_AGE_MS = 30_000;

/** Adds the gauges of a worker to its registry. */
export function watchWorker({ registry }: GatewayMetrics, state: WorkerState, now = () => performance.now()): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number | undefined | Promise<number | undefined>): void => {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        const value = await read();
        // An unknown value is no sample: an alert on absence then fires, instead of one on zero.
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  };
  gauge('assay_versions_served', 'Versions that are loaded and answer.', state.versions);
  gauge('assay_exposure_tokens', 'Served money that is on no chain yet, ASSAY.', () => tokens(state.exposureWei()));
  gauge('assay_exposure_limit_tokens', 'Setting worker.maxExposureWei, ASSAY.', () => tokens(state.maxExposureWei));
  let asked = Number.NEGATIVE_INFINITY;
  let gas: number | undefined;
  gauge('assay_gas_ether', 'Gas money of the hot key.', async () => {
    if (now() - asked < GAS_AGE_MS) return gas;
    asked = now();
    gas = await state.gasWei().then(tokens, () => undefined);
    return gas;
  });
  new Gauge({
    name: 'assay_jobs_open',
    help: 'Paid jobs by state: served and not yet on chain; submitted and waiting for the end of their window.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [name, count] of Object.entries(state.jobs())) this.set({ state: name }, count);
    },
  });
}

const tokens = (wei: bigint): number => Number(wei / 10n ** 9n) / 1e9;
