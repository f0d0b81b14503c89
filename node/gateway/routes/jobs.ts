import { Hono } from 'hono';
import type { TensorJson } from '../../core/codec/answerFile.ts';
import type { Digest } from '../../core/codec/hex.ts';
import { MethodRefused } from '../errors.ts';
import { jsonReply, toResponse } from '../reply.ts';

export interface JobRouteOptions {
  /** The input of a job that this worker was paid for, while its claim can be audited or disputed. */
  readonly inputOf: (jobId: Digest) => TensorJson | undefined;
}

const PATH = '/v1/jobs/:jobId/input';

/** What auditors and challengers need to check a claim of this worker. Inputs of paid jobs are public to them. */
export function jobRoutes({ inputOf }: JobRouteOptions): Hono {
  const app = new Hono();
  app.get(PATH, (c) => {
    const jobId = c.req.param('jobId');
    const input = /^0x[0-9a-f]{64}$/.test(jobId) ? inputOf(jobId as Digest) : undefined;
    if (input === undefined)
      return toResponse(jsonReply(404, { error: 'This worker has no input of such a job.', code: 'JOB_UNKNOWN' }));
    return toResponse(jsonReply(200, input, { 'cache-control': 'public, max-age=3600, immutable' }));
  });
  app.all(PATH, (c) => {
    throw new MethodRefused(c.req.method, 'GET, HEAD');
  });
  return app;
}
