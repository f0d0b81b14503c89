import { type Context, Hono } from 'hono';
import type { InferenceService } from '../../service/inference.ts';
import type { BodyMeter } from '../bodyBudget.ts';
import { MethodRefused } from '../errors.ts';
import type { InferEndpoint } from '../inferEndpoint.ts';
import type { GatewayLimits } from '../limits.ts';
import { type GatewayInfo, modelIndex, modelMetadata, serverMetadata } from '../oip/metadata.ts';
import { toResponse } from '../reply.ts';
import { findVersion } from '../versions.ts';
import { readWebBody } from '../webBody.ts';

const MODEL = '/v2/models/:model';
const VERSION = `${MODEL}/versions/:version`;

/** The Open Inference Protocol v2 (kserve/open-inference-protocol, specification/protocol/inference_rest.md). */
export function oipRoutes(
  inference: InferenceService,
  endpoint: InferEndpoint,
  info: GatewayInfo,
  limits: GatewayLimits,
): Hono {
  const app = new Hono();
  const wanted = (c: Context) => findVersion(inference.versions(), c.req.param('model') ?? '', c.req.param('version'));
  const readiness = (c: Context, body: object) => c.json(body, inference.ready() ? 200 : 503);

  for (const path of ['/v2', '/v2/']) app.get(path, (c) => c.json(serverMetadata(info)));
  app.get('/v2/health/live', (c) => c.json({ live: true }));
  // The specification calls this field `live` too; KServe's servers say `ready`.
  app.get('/v2/health/ready', (c) => readiness(c, { live: inference.ready(), ready: inference.ready() }));
  app.get('/v2/models', (c) => c.json(modelIndex(inference.versions())));
  for (const path of [MODEL, VERSION]) {
    app.get(path, (c) => c.json(modelMetadata(wanted(c), inference.versions())));
    app.get(`${path}/ready`, (c) => readiness(c, { name: wanted(c).model, ready: inference.ready() }));
    app.post(`${path}/infer`, async (c) => toResponse(await endpoint.answer(callOf(c, limits))));
    refuseOthers(app, `${path}/infer`, 'POST');
    for (const readable of [path, `${path}/ready`]) refuseOthers(app, readable, 'GET');
  }
  for (const path of ['/v2', '/v2/', '/v2/health/:what', '/v2/models']) refuseOthers(app, path, 'GET');
  return app;
}

/** A known address with another method is 405, not 404. */
function refuseOthers(app: Hono, path: string, allow: string): void {
  app.all(path, (c, next) => {
    if (c.req.method === allow) return next();
    throw new MethodRefused(c.req.method, allow);
  });
}

const callOf = (c: Context, { requestTimeoutMs }: GatewayLimits) => ({
  model: c.req.param('model') ?? '',
  version: c.req.param('version'),
  header: (name: string) => c.req.header(name),
  readBody: (meter: BodyMeter) => readWebBody(c.req.raw, meter, requestTimeoutMs),
  signal: c.req.raw.signal,
});
