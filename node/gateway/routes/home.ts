import { Hono } from 'hono';
import type { InferenceService } from '../../service/inference.ts';
import { type GatewayInfo, modelIndex } from '../oip/metadata.ts';

/** GET /: tells a person with curl or a browser what this is and what to try. */
export function homeRoutes(inference: InferenceService, info: GatewayInfo): Hono {
  const app = new Hono();
  app.get('/', (c) =>
    c.json({
      name: info.name,
      version: info.version,
      ...info.details,
      about: 'An Assay worker: it answers inference requests, and every answer carries a signed receipt to check.',
      ready: inference.ready(),
      try: {
        models: 'GET /v2/models',
        model: 'GET /v2/models/{model}',
        infer: 'POST /v2/models/{model}/infer  (Open Inference Protocol v2, JSON or binary tensors)',
        agents: 'POST /mcp  (Model Context Protocol, Streamable HTTP)',
        health: 'GET /v2/health/ready',
      },
      ...modelIndex(inference.versions()),
    }),
  );
  return app;
}
