import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ProtocolError } from '../../core/errors.ts';

/** What can run in the background of a home. */
export const SERVICES = ['network', 'worker'] as const;
export type Service = (typeof SERVICES)[number];

const FORMAT = 1;
const schema = z.object({
  format: z.literal(FORMAT),
  service: z.enum(SERVICES),
  pid: z.int().min(1),
  /** When the system started the process, in its own units: another process with this pid has another. */
  born: z.string().max(64),
  startedAt: z.iso.datetime(),
  /** Arguments behind the program, to start it again. */
  args: z.array(z.string().max(4096)).max(64),
  logFile: z.string().max(4096),
});
export type BackgroundRecord = z.infer<typeof schema>;

/** It runs already in this home. */
export class AlreadyRunning extends ProtocolError {
  override readonly code = 'ALREADY_RUNNING';
}

export const folderOf = (home: string): string => join(home, 'background');
const pathOf = (home: string, service: Service): string => join(folderOf(home), `${service}.json`);
export const logFileOf = (home: string, service: Service): string => join(folderOf(home), `${service}.log`);

/** The process behind a record, when it is still that one. Stale records are removed. */
export async function readRecord(home: string, service: Service): Promise<BackgroundRecord | undefined> {
  const text = await readFile(pathOf(home, service), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const record = parsed(text);
  if (record !== undefined && (await isSame(record))) return record;
  await removeRecord(home, service);
  return undefined;
}

export const removeRecord = (home: string, service: Service): Promise<void> =>
  rm(pathOf(home, service), { force: true });

/** Of two starts at the same time one gets the name. @throws {AlreadyRunning} */
export async function claimRecord(home: string, record: Omit<BackgroundRecord, 'format'>): Promise<void> {
  await mkdir(folderOf(home), { recursive: true, mode: 0o700 });
  const path = pathOf(home, record.service);
  const draft = `${path}.${record.pid}`;
  await writeFile(draft, `${JSON.stringify({ format: FORMAT, ...record }, null, 2)}\n`, { mode: 0o600 });
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const holder = await readRecord(home, record.service);
    if (holder === undefined) return await claimRecord(home, record);
    throw alreadyRunning(holder);
  } finally {
    await rm(draft, { force: true });
  }
}

export const alreadyRunning = ({ service, pid, startedAt }: BackgroundRecord): AlreadyRunning =>
  new AlreadyRunning({
    what: `The ${service} of this home is running`,
    why: `process ${pid} was started at ${startedAt}`,
    fix: `Use it, \`assay restart ${service}\`, \`assay down ${service}\`, or choose another folder with --home.`,
    meta: { service, pid },
  });

/** When the system started a process; undefined when there is none. Zombies are gone already. */
export async function bornAt(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat !== undefined) {
    // The name, in parentheses, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  }
  try {
    process.kill(pid, 0);
    return 'unknown';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'unknown' : undefined;
  }
}

const isSame = async ({ pid, born }: BackgroundRecord): Promise<boolean> => (await bornAt(pid)) === born;

function parsed(text: string): BackgroundRecord | undefined {
  try {
    const result = schema.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
