import { createHash } from 'node:crypto';
import { createSigner } from '../../node/chain/signer.ts';
import type { Signer } from '../../node/ports/Signer.ts';

/** The native signer over a key that everybody can derive from `name`. For tests and benches only. */
export const testSigner = (name: string): Signer =>
  createSigner(createHash('sha256').update(`assay test key ${name}`).digest());
