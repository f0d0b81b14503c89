import { Hono } from 'hono';
import type { Log } from '../../ports/Log.ts';
import type { InferenceService } from '../../service/inference.ts';
import type { BodyBudget } from '../bodyBudget.ts';
import { MethodRefused, RequestMalformed } from '../errors.ts';
import { type InferEndpoint, refuseEncoding } from '../inferEndpoint.ts';
import type { GatewayLimits } from '../limits.ts';
import { catalogueTools } from '../mcp/catalogue.ts';
import { runInferenceTool } from '../mcp/runInference.ts';
import { VERIFY_RECEIPT } from '../mcp/verifyReceipt.ts';
import type { GatewayInfo } from '../oip/metadata.ts';
import { readJson } from '../oip/readJson.ts';
import { readWebBody } from '../webBody.ts';

interface McpRouteOptions {
  readonly inference: InferenceService;
  readonly endpoint: InferEndpoint;
  readonly info: GatewayInfo;
  readonly limits: GatewayLimits;
  readonly budget: BodyBudget;
  readonly log: Log;
}

const PATH = '/mcp';

/**
 * The Model Context Protocol for agents: the public routes again, as tools. No session, no key, no cookie, so any origin
 * may call it. Bodies are JSON alone and bounded like the JSON part of an inference request.
 */
export function mcpRoutes({ inference, endpoint, info, limits, budget, log }: McpRouteOptions): Hono {
  const app = new Hono();
  const tools = [...catalogueTools(inference), runInferenceTool(endpoint), VERIFY_RECEIPT];
  const handler = once(async () => (await import('../mcp/serve.ts')).serveMcp(tools, info, log));
  app.post(PATH, async (c) => {
    refuseEncoding(c.req.header('content-encoding'));
    const meter = budget.open(c.req.header('content-length'), limits.maxJsonBytes);
    try {
      const parsedBody = messageOf(await readWebBody(c.req.raw, meter, limits.requestTimeoutMs));
      return await (await handler()).fetch(c.req.raw, { parsedBody });
    } finally {
      meter.close();
    }
  });
  app.all(PATH, (c) => {
    throw new MethodRefused(c.req.method, 'POST');
  });
  return app;
}

/** One message. Batches left the protocol in 2025-06-18, and would let one request ask for thousands of answers. */
function messageOf(body: Uint8Array): unknown {
  const message = readJson(body);
  if (typeof message === 'object' && message !== null && !Array.isArray(message)) return message;
  throw new RequestMalformed('it is not one JSON-RPC message', 'Send one message per request.');
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
