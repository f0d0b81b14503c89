import { open } from 'node:fs/promises';
import { ProtocolError } from '../core/errors.ts';
import type { OperatorAccess } from './routes/metrics.ts';

/** The file that guards the metrics guards nothing. */
export class MetricsTokenInvalid extends ProtocolError {
  override readonly code = 'METRICS_TOKEN_INVALID';
  constructor(path: string, why: string) {
    super({
      what: 'The setting worker.metricsTokenFile is not valid',
      why: `${path} ${why}`,
      fix: 'Write a random token there (`openssl rand -hex 32`), or remove the setting: then only this machine reads the metrics.',
      meta: { path },
    });
  }
}

/** Shorter ones can be guessed; longer ones fit in no header. */
const LEAST = 16;
const MOST = 4096;

/** Reads the bearer token that other machines need for `/metrics`: the first line of a file. @throws {MetricsTokenInvalid} */
export async function readOperatorAccess(path: string): Promise<OperatorAccess> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new MetricsTokenInvalid(path, `cannot be read (${error.code})`);
  });
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MOST + 2), 0, MOST + 2, 0);
    const token = buffer.toString('utf8', 0, bytesRead).split('\n')[0]!.trim();
    if (token.length < LEAST || token.length > MOST)
      throw new MetricsTokenInvalid(path, `has no first line of ${LEAST} to ${MOST} characters`);
    return { token };
  } finally {
    await file.close();
  }
}
