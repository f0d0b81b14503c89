import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Logger } from './log.ts';
import type { Manifest } from './manifest.ts';
import { base58 } from './number/base58.ts';
import { createTables, dropTables, getMeta, LAYOUT, setMeta, transaction } from './store/database.ts';

/** Of what decides the content of the index, in the shape graph-node gives it: `Qm...`. */
export function deploymentId(manifest: Manifest): string {
  const digest = createHash('sha256').update(manifest.hash).digest();
  return base58(Buffer.concat([Buffer.from([0x12, 0x20]), digest]));
}

/**
 * Makes the database that of this manifest: one of another manifest, layout or chain is emptied and built anew.
 * @returns why it was emptied, if it was
 */
export function adoptDatabase(db: DatabaseSync, manifest: Manifest, log: Logger, reindex = false): string | undefined {
  const wanted = { layout: String(LAYOUT), deployment: deploymentId(manifest) };
  return transaction(db, () => {
    const known = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'meta'").get() !== undefined;
    const reason = !known ? undefined : reasonToEmpty(db, wanted, reindex);
    if (reason !== undefined) {
      log('warning', `the index is built anew: ${reason}`);
      dropTables(db);
    }
    createTables(db, manifest.schema);
    setMeta(db, 'layout', wanted.layout);
    setMeta(db, 'deployment', wanted.deployment);
    return reason;
  });
}

function reasonToEmpty(
  db: DatabaseSync,
  wanted: { readonly layout: string; readonly deployment: string },
  reindex: boolean,
): string | undefined {
  if (reindex) return 'it was asked for';
  if (getMeta(db, 'layout') !== wanted.layout) return 'another version of the runner wrote it';
  if (getMeta(db, 'deployment') !== wanted.deployment) return 'manifest, schema or mappings changed';
  return undefined;
}

/** Empties the index because the chain under it is another one. */
export function resetForChain(db: DatabaseSync, manifest: Manifest, genesis: string): void {
  transaction(db, () => {
    dropTables(db);
    createTables(db, manifest.schema);
    setMeta(db, 'layout', String(LAYOUT));
    setMeta(db, 'deployment', deploymentId(manifest));
    setMeta(db, 'genesis', genesis);
  });
}
