import { Hono } from 'hono';
import type { Log } from '../ports/Log.ts';
import type { InferenceService } from '../service/inference.ts';
import { BodyBudget } from './bodyBudget.ts';
import { CORS_HEADERS, PREFLIGHT_HEADERS } from './cors.ts';
import { RouteUnknown } from './errors.ts';
import { createInferEndpoint, type InferEndpoint } from './inferEndpoint.ts';
import { DEFAULT_LIMITS, type GatewayLimits } from './limits.ts';
import { type GatewayMetrics, watchLoad } from './metrics.ts';
import type { GatewayInfo } from './oip/metadata.ts';
import { problemReply } from './problem.ts';
import { toResponse } from './reply.ts';
import { homeRoutes } from './routes/home.ts';
import { mcpRoutes } from './routes/mcp.ts';
import { metricsRoutes, type OperatorAccess } from './routes/metrics.ts';
import { oipRoutes } from './routes/oip.ts';

export interface GatewayOptions {
  readonly inference: InferenceService;
  readonly log: Log;
  readonly info: GatewayInfo;
  /** Absent fields take {@link DEFAULT_LIMITS}. */
  readonly limits?: Partial<GatewayLimits>;
  /** Absent: nothing is counted and there is no /metrics. */
  readonly metrics?: GatewayMetrics;
  readonly operator?: OperatorAccess;
  /** Public routes of other rooms (the IPFS gateway), mounted at the root. */
  readonly routes?: readonly Hono[];
  /** Monotonic milliseconds, for durations. @default performance.now */
  readonly now?: () => number;
}

/** A Hono application that never listens, and the parts of it that a server may call without going through Hono. */
export interface Gateway {
  readonly app: Hono;
  readonly endpoint: InferEndpoint;
  readonly limits: GatewayLimits;
  readonly log: Log;
}

/**
 * The HTTP face of a worker: Open Inference Protocol v2 with binary tensors and receipts, x402 payment headers,
 * the Model Context Protocol for agents, health, and metrics for the operator.
 * @example
 * const gateway = createGateway({ inference, log, info: { name: 'assay', version: '0.1.0' } });
 * await gateway.app.request('/v2/models');          // in memory
 * const server = await listen(gateway, { host: '127.0.0.1', port: 0 });
 */
export function createGateway(options: GatewayOptions): Gateway {
  const { inference, log, info, metrics, operator = {}, routes = [], now = () => performance.now() } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const budget = new BodyBudget(limits);
  const endpoint = createInferEndpoint({ inference, limits, budget, log, metrics, now });
  if (metrics !== undefined) watchLoad(metrics, endpoint);

  const app = new Hono();
  app.onError((error) => toResponse(problemReply(error, log)));
  app.notFound((c) => toResponse(problemReply(new RouteUnknown(c.req.path), log)));
  if (metrics !== undefined) app.route('/', metricsRoutes(metrics, operator));
  app.use(async (c, next) => {
    if (c.req.method === 'OPTIONS') return c.body(null, 204, PREFLIGHT_HEADERS);
    await next();
    for (const [name, value] of Object.entries(CORS_HEADERS)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
    return undefined;
  });
  const own = [
    homeRoutes(inference, info),
    oipRoutes(inference, endpoint, info, limits),
    mcpRoutes({ inference, endpoint, info, limits, budget, log }),
  ];
  for (const part of [...own, ...routes]) app.route('/', part);
  return { app, endpoint, limits, log };
}
