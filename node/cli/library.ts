import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { nearest } from '../core/codec/nearest.ts';
import { ProtocolError } from '../core/errors.ts';
import type { VersionRecord } from '../ports/Directory.ts';
import { noteFormat } from './home.ts';

/** Format of a record; a newer release may write a higher one. */
const FORMAT = 1;
const MAX_RECORD_BYTES = 65_536;

const digits = z.string().regex(/^\d{1,78}$/);
const digest = z.string().regex(/^0x[0-9a-f]{64}$/);
const schema = z.object({
  format: z.literal(FORMAT),
  /** Absent for a file that was pulled by its CID alone. */
  slug: z.string().max(64).optional(),
  versionId: digits.optional(),
  modelId: digits.optional(),
  cid: z.string().max(128),
  sha256: digest,
  programRoot: digest.optional(),
  sizeBytes: z.int().min(0),
  licence: z.string().max(256).optional(),
  chainId: z.int().optional(),
  pulledAt: z.iso.datetime(),
});
/** A file of this home that was pulled, with what the registry said of it then: enough to use it offline. */
export type Pulled = z.infer<typeof schema>;

/** Not pulled, or removed. */
export class NotPulled extends ProtocolError {
  override readonly code = 'NOT_PULLED';
}

/** Written by a newer release. */
export class LibraryTooNew extends ProtocolError {
  override readonly code = 'LIBRARY_TOO_NEW';
}

/** What of the registry makes a {@link Pulled}. */
export const pulledVersion = (slug: string, version: VersionRecord, chainId: number, at: Date): Pulled => ({
  format: FORMAT,
  slug,
  versionId: String(version.versionId),
  modelId: String(version.modelId),
  cid: version.cid,
  sha256: version.sha256,
  programRoot: version.programRoot,
  sizeBytes: version.sizeBytes,
  licence: version.licence,
  chainId,
  pulledAt: at.toISOString(),
});

export const pulledFile = (cid: string, sha256: string, sizeBytes: number, at: Date): Pulled => ({
  format: FORMAT,
  cid,
  sha256,
  sizeBytes,
  pulledAt: at.toISOString(),
});

/** Name for people: `digits@2`, or the CID. */
export const nameOf = ({ slug, versionId, cid }: Pulled): string => (slug === undefined ? cid : `${slug}@${versionId}`);

/** The models that were pulled into a home: one small file each in `<home>/models`, bytes in the store. */
export class Library {
  readonly #home: string;
  readonly #folder: string;

  constructor(home: string) {
    this.#home = home;
    this.#folder = join(home, 'models');
  }

  /** Newest version of each model first. @throws {LibraryTooNew} */
  async list(): Promise<readonly Pulled[]> {
    const names = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const records = await Promise.all(names.filter((name) => name.endsWith('.json')).map((name) => this.#read(name)));
    return records
      .filter((record) => record !== undefined)
      .sort((a, b) => nameOf(a).split('@')[0]!.localeCompare(nameOf(b).split('@')[0]!) || newer(b) - newer(a));
  }

  /** By `name`, `name@version`, or CID; the newest version of a name. @throws {NotPulled} */
  async find(name: string): Promise<Pulled> {
    const all = await this.list();
    const found = all.find((record) => [record.slug, nameOf(record), record.cid].includes(name));
    if (found !== undefined) return found;
    const meant = nearest(name, [...new Set(all.map(({ slug, cid }) => slug ?? cid))]);
    throw new NotPulled({
      what: `${JSON.stringify(name)} is not on this machine`,
      why: all.length === 0 ? 'nothing was pulled into this home' : `here are ${all.map(nameOf).join(', ')}`,
      fix:
        meant === undefined ? `Get it with \`assay pull ${name}\`.` : `Did you mean ${meant}? \`assay ls\` shows all.`,
      meta: { name, ...(meant === undefined ? {} : { meant }) },
    });
  }

  async save(record: Pulled): Promise<void> {
    await noteFormat(this.#home);
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = this.#pathOf(record);
    const draft = `${path}.${process.pid}.new`;
    await writeFile(draft, `${JSON.stringify(record, null, 2)}\n`);
    await rename(draft, path);
  }

  /** Forgets the record; the blocks are the caller's. */
  async remove(record: Pulled): Promise<void> {
    await rm(this.#pathOf(record), { force: true });
  }

  #pathOf(record: Pulled): string {
    return join(this.#folder, `${nameOf(record).replace(/[^a-z0-9@-]/g, '_')}.json`);
  }

  /** Undefined: not one of ours. */
  async #read(name: string): Promise<Pulled | undefined> {
    const text = await readFile(join(this.#folder, name), 'utf8');
    if (text.length > MAX_RECORD_BYTES) return undefined;
    const value = jsonOf(text);
    if (typeof value === 'object' && value !== null && 'format' in value && Number(value.format) > FORMAT)
      throw new LibraryTooNew({
        what: 'A newer release has written this home',
        why: `${join(this.#folder, name)} has format ${Number(value.format)}, this release knows ${FORMAT}`,
        fix: 'Use the newer release again, or another folder with --home. Nothing was changed.',
        meta: { format: Number(value.format), known: FORMAT },
      });
    const parsed = schema.safeParse(value);
    return parsed.success ? parsed.data : undefined;
  }
}

const newer = ({ versionId }: Pulled): number => Number(versionId ?? 0);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
