import { timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { OperatorOnly } from '../errors.ts';
import type { GatewayMetrics } from '../metrics.ts';

/** Who may read the metrics. */
export interface OperatorAccess {
  /** With a token, any peer that sends `Authorization: Bearer <token>`; without one, this machine only. */
  readonly token?: string;
}

const LOOPBACK_PEER = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const LOOPBACK_NAME = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/** GET /metrics in Prometheus' text format. */
export function metricsRoutes({ registry }: GatewayMetrics, access: OperatorAccess): Hono {
  const app = new Hono();
  app.get('/metrics', async (c) => {
    requireOperator(c, access);
    return c.body(await registry.metrics(), 200, { 'content-type': registry.contentType });
  });
  return app;
}

/** @throws {OperatorOnly} */
function requireOperator(c: Context, { token }: OperatorAccess): void {
  if (token !== undefined) {
    if (!sameText(c.req.header('authorization') ?? '', `Bearer ${token}`))
      throw new OperatorOnly('the request does not carry the bearer token');
    return;
  }
  const peer = (c.env as Partial<HttpBindings> | undefined)?.incoming?.socket.remoteAddress ?? '';
  if (!LOOPBACK_PEER.test(peer)) throw new OperatorOnly(`the request comes from ${peer || 'an unknown peer'}`);
  const host = c.req.header('host') ?? '';
  if (!LOOPBACK_NAME.test(host)) {
    throw new OperatorOnly(`the Host header is ${JSON.stringify(host.slice(0, 80))}, which is not this machine`);
  }
}

/** Takes the same time wherever the texts differ. */
function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
