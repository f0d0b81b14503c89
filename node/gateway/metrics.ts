import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the gateway counts. One instance per node; other parts may add their own metrics to `registry`. */
export interface GatewayMetrics {
  readonly registry: Registry;
  /** One finished inference request, whatever its status. */
  inferred(model: string, status: number, seconds: number): void;
}

/** What the gauges read when they are asked. */
export interface GatewayLoad {
  readonly inFlight: number;
  readonly waiting: number;
  readonly heldBytes: number;
}

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

/** Prometheus metrics of one gateway. `process` adds Node's own (heap, event loop lag, open handles). */
export function createMetrics({ process = true }: { readonly process?: boolean } = {}): GatewayMetrics {
  const registry = new Registry();
  if (process) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({
    name: 'assay_infer_requests_total',
    help: 'Inference requests by model and HTTP status; the model is empty when no served model was named.',
    labelNames: ['model', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'assay_infer_seconds',
    help: 'From the end of the headers to the answer, of requests answered with 200.',
    buckets: SECONDS,
    labelNames: ['model'],
    registers,
  });
  return {
    registry,
    inferred: (model, status, duration) => {
      requests.inc({ model, status: String(status) });
      if (status === 200) seconds.observe({ model }, duration);
    },
  };
}

/** Adds the gauges of a gateway's load to its registry. */
export function watchLoad({ registry }: GatewayMetrics, load: GatewayLoad): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  gauge('assay_infer_in_flight', 'Inferences handed to the service.', () => load.inFlight);
  gauge('assay_infer_waiting', 'Inferences waiting for their turn.', () => load.waiting);
  gauge('assay_http_body_bytes', 'Request body bytes in memory.', () => load.heldBytes);
}
