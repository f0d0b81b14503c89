import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { ProtocolError } from '../core/errors.ts';
import {
  BackupEmpty,
  BackupMalformed,
  BackupNotWritten,
  BackupOlderThanHome,
  BackupWouldReplace,
} from './backupErrors.ts';
import { JournalLocked } from './errors.ts';
import { type Ownership, own } from './ownership.ts';
import { APPLICATION, SCHEMA } from './sqliteJournal.ts';
import { isWriteFailure, translated } from './sqliteTable.ts';
import { readTar, TAR_END, type TarEntry, tarHeader, tarPadding } from './tar.ts';

/** What a node cannot rebuild from chain and IPFS, in the order in which it is copied. */
const JOURNAL = /^(journal|challenger|(auditor|planter)-[a-z0-9-]{1,40})\.sqlite$/;
const ACCOUNT = /^accounts\/[a-z0-9-]{1,40}\.sqlite$/;
const KEYSTORE = /^keys\/[a-z0-9-]{1,40}\.json$/;
const SETTINGS = /^(config|deployment)\.json$/;
const MANIFEST = 'manifest.json';
const MAX_FILES = 500;
const MAX_SMALL_BYTES = 1 << 20;
const CHUNK = 1 << 20;

type Kind = 'journal' | 'keystore' | 'settings';

function kindOf(name: string): Kind | undefined {
  if (JOURNAL.test(name) || ACCOUNT.test(name)) return 'journal';
  if (KEYSTORE.test(name)) return 'keystore';
  return SETTINGS.test(name) ? 'settings' : undefined;
}

const fileSchema = z.strictObject({
  name: z.string().refine((name) => kindOf(name) !== undefined, 'a file that no backup holds'),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Rows of all tables, of a journal. */
  rows: z.int().min(0).optional(),
});
const manifestSchema = z.strictObject({
  format: z.literal('assay-backup'),
  version: z.literal(1),
  /** ISO 8601, when copying began. */
  createdAt: z.iso.datetime(),
  files: z.array(fileSchema).max(MAX_FILES),
});
export type BackupManifest = Readonly<z.infer<typeof manifestSchema>>;

/** Files of a home that belong in its backup: journals first, because what follows from a row is in the files behind. */
function filesOf(home: string): string[] {
  const list = (folder: string): string[] => (existsSync(join(home, folder)) ? readdirSync(join(home, folder)) : []);
  return [
    ...list('.').filter((name) => JOURNAL.test(name)),
    ...list('accounts')
      .map((name) => `accounts/${name}`)
      .filter((name) => ACCOUNT.test(name)),
    ...list('keys')
      .map((name) => `keys/${name}`)
      .filter((name) => KEYSTORE.test(name)),
    ...list('.').filter((name) => SETTINGS.test(name)),
  ];
}

/**
 * Copies what cannot be rebuilt into one tar file; the node may run meanwhile. Each journal is a consistent snapshot.
 * Keystores stay encrypted, and the password is not in it.
 * @param nowMs Unix milliseconds
 * @throws {BackupEmpty} {@link BackupNotWritten}; JournalCorrupt
 */
export async function createBackup(home: string, out: string, nowMs: number): Promise<BackupManifest> {
  const names = filesOf(home);
  if (!names.some((name) => kindOf(name) === 'keystore')) throw new BackupEmpty(home);
  const draft = `${out}.${randomBytes(4).toString('hex')}.draft`;
  let archive: FileHandle | undefined;
  try {
    if (existsSync(out)) throw new BackupNotWritten(out, 'it exists already');
    archive = await open(draft, 'wx', 0o600);
    const files: BackupManifest['files'][number][] = [];
    for (const name of names) files.push(await pack(home, name, archive, `${draft}.sqlite`, nowMs));
    const manifest = { format: 'assay-backup', version: 1, createdAt: new Date(nowMs).toISOString(), files } as const;
    const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
    await archive.write(
      Buffer.concat([tarHeader(MANIFEST, text.length, secondsOf(nowMs)), text, tarPadding(text.length), TAR_END]),
    );
    await archive.sync();
    await archive.close();
    await rename(draft, out);
    return manifest;
  } catch (error) {
    throw error instanceof ProtocolError ? error : new BackupNotWritten(out, error);
  } finally {
    await archive?.close().catch(() => undefined);
    for (const left of [draft, `${draft}.sqlite`]) await rm(left, { force: true });
  }
}

const secondsOf = (nowMs: number): number => Math.floor(nowMs / 1000);

async function pack(home: string, name: string, archive: FileHandle, temporary: string, nowMs: number) {
  const path = join(home, name);
  const rows = kindOf(name) === 'journal' ? snapshot(path, temporary) : undefined;
  const source = await open(rows === undefined ? path : temporary, 'r');
  try {
    const { size } = await source.stat();
    await archive.write(tarHeader(name, size, secondsOf(nowMs)));
    const sha256 = createHash('sha256');
    let bytes = 0;
    for await (const chunk of piecesOf(source, 0, size)) {
      sha256.update(chunk);
      bytes += chunk.length;
      await archive.write(chunk);
    }
    if (bytes !== size) throw new BackupNotWritten(path, 'the file changed while it was copied');
    await archive.write(tarPadding(size));
    return { name, bytes, sha256: sha256.digest('hex'), ...(rows === undefined ? {} : { rows }) };
  } finally {
    await source.close();
    if (rows !== undefined) await rm(temporary, { force: true });
  }
}

/** Copies a journal in one read transaction beside its owner, who goes on writing. Returns the number of its rows. */
function snapshot(path: string, to: string): number {
  return translated(path, () => {
    const db = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
    try {
      db.prepare('VACUUM INTO ?').run(to);
    } catch (error) {
      // The journal is only read: what is full or broken is the other side, unless SQLite says it is the file.
      throw isWriteFailure(error) ? new BackupNotWritten(to, error) : error;
    } finally {
      db.close();
    }
    return rowsOf(to);
  });
}

function rowsOf(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = db
      .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 't\\_%' ESCAPE '\\'`)
      .all();
    return tables.reduce((sum, { name }) => {
      const row = db.prepare(`SELECT count(*) AS n FROM "${String(name).replaceAll('"', '""')}"`).get() as {
        n: number;
      };
      return sum + row.n;
    }, 0);
  } finally {
    db.close();
  }
}

async function* piecesOf(file: FileHandle, at: number, size: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.alloc(Math.min(size, CHUNK));
  for (let done = 0; done < size; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - done), at + done);
    if (bytesRead === 0) return;
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Checks every file of a backup: hashes, journals page by page, keystores. @throws {BackupMalformed} */
export async function verifyBackup(file: string, scratch: string): Promise<BackupManifest> {
  const folder = join(scratch, `assay-verify-${randomBytes(6).toString('hex')}`);
  try {
    return await unpack(file, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes the files of a sound backup below `folder`, which is made. @throws {BackupMalformed} */
async function unpack(path: string, folder: string): Promise<BackupManifest> {
  const archive = await open(path, 'r').catch((error: unknown) => {
    throw new BackupMalformed(path, 'it cannot be read', error);
  });
  try {
    const entries = await readTar(archive, MAX_FILES + 1);
    if (typeof entries === 'string') throw new BackupMalformed(path, entries);
    const manifest = await manifestOf(path, archive, entries.at(-1));
    const files = entries.slice(0, -1);
    const same =
      files.length === manifest.files.length && files.every(({ name }, i) => name === manifest.files[i]!.name);
    if (!same || new Set(files.map(({ name }) => name)).size !== files.length)
      throw new BackupMalformed(path, 'its files are not those of its manifest');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const [i, entry] of files.entries()) await extract(path, archive, entry, manifest.files[i]!, folder);
    return manifest;
  } finally {
    await archive.close();
  }
}

async function manifestOf(path: string, archive: FileHandle, entry: TarEntry | undefined): Promise<BackupManifest> {
  if (entry?.name !== MANIFEST || entry.size > MAX_SMALL_BYTES) throw new BackupMalformed(path, 'it has no manifest');
  const text = Buffer.alloc(entry.size);
  await archive.read(text, 0, entry.size, entry.at);
  let value: unknown;
  try {
    value = JSON.parse(text.toString('utf8'));
  } catch (error) {
    throw new BackupMalformed(path, 'its manifest is not JSON', error);
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new BackupMalformed(path, `its manifest: ${issue.path.join('.')}: ${issue.message}`);
}

async function extract(
  path: string,
  archive: FileHandle,
  { name, at, size }: TarEntry,
  expected: BackupManifest['files'][number],
  folder: string,
): Promise<void> {
  const target = join(folder, name);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const out = await open(target, 'wx', 0o600);
  const sha256 = createHash('sha256');
  try {
    for await (const chunk of piecesOf(archive, at, size)) {
      sha256.update(chunk);
      await out.write(chunk);
    }
    await out.sync();
  } finally {
    await out.close();
  }
  if (size !== expected.bytes || sha256.digest('hex') !== expected.sha256)
    throw new BackupMalformed(path, `${name} is not what its manifest says`);
  const complaint = kindOf(name) === 'journal' ? journalComplaint(target) : await jsonComplaint(target, name);
  if (complaint !== undefined) throw new BackupMalformed(path, `${name}: ${complaint}`);
}

function journalComplaint(path: string): string | undefined {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const value = (pragma: string): unknown => Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
    const sound = value('quick_check(1)');
    if (sound !== 'ok') return String(sound);
    if (value('application_id') !== APPLICATION) return 'it is an SQLite file of another program';
    const schema = Number(value('user_version'));
    return schema > SCHEMA ? `a newer release wrote it (schema ${schema}, this one knows ${SCHEMA})` : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    db.close();
  }
}

async function jsonComplaint(path: string, name: string): Promise<string | undefined> {
  const { size } = await stat(path);
  if (size > MAX_SMALL_BYTES) return `it has ${size} bytes`;
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as { crypto?: unknown; url?: unknown };
    if (kindOf(name) !== 'keystore' || typeof value.crypto === 'object') return undefined;
    // `assay keys link`: the key is with an external signer.
    return typeof value.url === 'string' ? undefined : 'it is no keystore';
  } catch {
    return 'it is not JSON';
  }
}

export interface Restored {
  readonly manifest: BackupManifest;
  /** Files that were the same already. */
  readonly kept: readonly string[];
  readonly written: readonly string[];
}

/**
 * Brings a backup into a home. Everything is checked before the first file changes; every file is replaced as a whole.
 * @param replace overwrite journals and settings that are older than the backup
 * @throws {BackupMalformed} {@link BackupOlderThanHome} {@link BackupWouldReplace}; JournalLocked while a node runs there
 */
export async function restoreBackup(file: string, home: string, replace: boolean): Promise<Restored> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const draft = join(home, `.restore-${randomBytes(6).toString('hex')}`);
  const owned: Ownership[] = [];
  try {
    const manifest = await unpack(file, draft);
    for (const { name } of manifest.files) if (kindOf(name) === 'journal') owned.push(ownJournal(join(home, name)));
    const kept = new Set<string>();
    for (const each of manifest.files)
      if (await mayStay(join(home, each.name), each, manifest.createdAt, replace)) kept.add(each.name);
    const written = manifest.files.map(({ name }) => name).filter((name) => !kept.has(name));
    for (const name of written) await moveIn(join(draft, name), join(home, name));
    return { manifest, kept: [...kept], written };
  } finally {
    for (const each of owned) each.release();
    await rm(draft, { recursive: true, force: true });
  }
}

/** @throws {JournalLocked} */
function ownJournal(path: string): Ownership {
  try {
    return own(path, 0);
  } catch (error) {
    throw new JournalLocked(path, error);
  }
}

/** True when the home has exactly this file. @throws {BackupOlderThanHome} {@link BackupWouldReplace} */
async function mayStay(
  path: string,
  { name, sha256 }: BackupManifest['files'][number],
  createdAt: string,
  replace: boolean,
): Promise<boolean> {
  if (!existsSync(path)) return false;
  if (kindOf(name) === 'journal') {
    const writtenMs = Math.max(...[path, `${path}-wal`].map(writtenMsOf));
    if (writtenMs > Date.parse(createdAt))
      throw new BackupOlderThanHome(path, new Date(writtenMs).toISOString(), createdAt);
  } else if (
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex') === sha256
  )
    return true;
  if (kindOf(name) === 'keystore') throw new BackupWouldReplace(path, 'is another keystore of the same name');
  if (!replace) throw new BackupWouldReplace(path, 'is there already');
  return false;
}

/** Reading leaves an empty log behind. */
function writtenMsOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined || found.size === 0 ? 0 : found.mtimeMs;
}

async function moveIn(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  // A log of the journal that is replaced must not be played into its successor.
  if (to.endsWith('.sqlite')) for (const tail of ['-wal', '-shm']) await rm(`${to}${tail}`, { force: true });
  await rename(from, to);
}
