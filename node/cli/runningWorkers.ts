import { z } from 'zod';
import type { Http } from '../ports/Http.ts';
import { type MetricsSample, parseMetrics } from './workerMetrics.ts';

const MAX_BYTES = 1 << 20;
const PATIENCE_MS = 2000;

const served = z.object({
  models: z.array(
    z.object({
      name: z.string().max(256),
      version: z.string().max(80).optional(),
      live: z.boolean().optional(),
      cid: z.string().max(128).optional(),
      program_root: z.string().max(80).optional(),
      fee_wei: z.string().max(40).optional(),
    }),
  ),
});
export type ServedModel = z.infer<typeof served>['models'][number];

/** The versions a worker has loaded; undefined when it does not answer. */
export async function servedBy(http: Http, url: string): Promise<readonly ServedModel[] | undefined> {
  const text = await textOf(http, `${url}/v2/models`);
  if (text === undefined) return undefined;
  const parsed = served.safeParse(jsonOf(text));
  return parsed.success ? parsed.data.models : undefined;
}

/** Undefined: it does not answer, or does not show its metrics to this machine. */
export async function metricsOf(http: Http, url: string): Promise<MetricsSample | undefined> {
  const text = await textOf(http, `${url}/metrics`);
  return text === undefined ? undefined : parseMetrics(text);
}

/** At most a megabyte of what a stranger sends. */
async function textOf(http: Http, url: string): Promise<string | undefined> {
  try {
    const response = await http(url, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'error' });
    if (response.status !== 200) return undefined;
    let text = '';
    for await (const chunk of response.body ?? []) {
      if (text.length > MAX_BYTES) return undefined;
      text += Buffer.from(chunk).toString('utf8');
    }
    return text;
  } catch {
    return undefined;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
