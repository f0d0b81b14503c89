import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProtocolError } from '../core/errors.ts';

/** Layout of a home; a release that changes what older ones would misread raises it. */
export const HOME_FORMAT = 1;

/** A newer release has changed this home. */
export class HomeTooNew extends ProtocolError {
  override readonly code = 'HOME_TOO_NEW';
}

const pathOf = (home: string): string => join(home, 'format.json');

/** @throws {HomeTooNew} when a newer release has written the home; nothing is changed then */
export async function requireKnownFormat(home: string): Promise<void> {
  const text = await readFile(pathOf(home), 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const found = formatIn(text);
  if (found === undefined || found <= HOME_FORMAT) return;
  throw new HomeTooNew({
    what: 'A newer release has written this home',
    why: `${pathOf(home)} says format ${found}, this release knows ${HOME_FORMAT}`,
    fix: 'Use the newer release again, restore a backup from before the upgrade, or choose another folder with --home. Nothing was changed.',
    meta: { found, known: HOME_FORMAT },
  });
}

/** Notes the layout in a home that has none. */
export async function noteFormat(home: string): Promise<void> {
  if (existsSync(pathOf(home))) return;
  await mkdir(home, { recursive: true, mode: 0o700 });
  await writeFile(pathOf(home), `${JSON.stringify({ format: HOME_FORMAT })}\n`, { flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    },
  );
}

function formatIn(text: string): number | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
    return typeof format === 'number' ? format : undefined;
  } catch {
    return undefined;
  }
}
