import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { invariant, ProtocolError } from '../../core/errors.ts';
import {
  alreadyRunning,
  type BackgroundRecord,
  bornAt,
  claimRecord,
  logFileOf,
  readRecord,
  removeRecord,
  type Service,
} from './record.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const POLL_MS = 100;

/** It ended before it was ready. */
export class BackgroundFailed extends ProtocolError {
  override readonly code = 'BACKGROUND_FAILED';
}

/** It is still there after its time to end. */
export class BackgroundStays extends ProtocolError {
  override readonly code = 'BACKGROUND_STAYS';
  override readonly retryable = true;
}

export interface UpOptions {
  readonly home: string;
  readonly service: Service;
  /** Arguments of the foreground command: `dev --port 8545`. */
  readonly args: readonly string[];
  /** Asked again and again until it says yes. */
  readonly isReady: (log: string) => Promise<boolean>;
  readonly readyMs: number;
  readonly signal: AbortSignal;
}

/** Starts a foreground command in a session of its own and waits until it is ready. @throws {BackgroundFailed} AlreadyRunning */
export async function up(options: UpOptions): Promise<BackgroundRecord> {
  const { home, service, args, signal } = options;
  const running = await readRecord(home, service);
  if (running !== undefined) throw alreadyRunning(running);
  const logFile = logFileOf(home, service);
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
  // The last words of one that crashed are worth more than a fresh page.
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`);
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn(process.execPath, [MAIN, ...args], { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  invariant(child.pid !== undefined, 'node starts node');
  const pid = child.pid;
  try {
    const born = (await bornAt(pid)) ?? 'unknown';
    await claimRecord(home, { service, pid, born, startedAt: new Date().toISOString(), args: [...args], logFile });
    await untilReady(options, pid, logFile);
  } catch (error) {
    child.kill('SIGTERM');
    if ((await readRecord(home, service))?.pid === pid) await removeRecord(home, service);
    signal.throwIfAborted();
    throw error;
  }
  child.unref();
  const record = await readRecord(home, service);
  invariant(record !== undefined, 'what was just claimed is there');
  return record;
}

async function untilReady(
  { service, isReady, readyMs, signal }: UpOptions,
  pid: number,
  logFile: string,
): Promise<void> {
  const end = performance.now() + readyMs;
  for (;;) {
    signal.throwIfAborted();
    const log = await readFile(logFile, 'utf8');
    if (await isReady(log)) return;
    const late = performance.now() > end;
    if (late || (await bornAt(pid)) === undefined)
      throw new BackgroundFailed({
        what: `The ${service} did not come up`,
        fix: `Read ${logFile} (\`assay logs ${service}\`), or run it in the foreground to see more.`,
        ...(late ? { why: `it was not ready after ${readyMs / 1000} s` } : lastWords(log)),
        meta: { service, logFile },
      });
    await sleep(POLL_MS);
  }
}

/** What a failed command says at its end, as `Printer.failure` writes it, or the last lines that say something. */
export function lastWords(log: string): { readonly why: string; readonly fix?: string } {
  const lines = log.trim().split('\n').slice(-4);
  const [, what, why, fix, code] =
    /^✗ (.*)\n {2}why: (.*)\n {2}fix: (.*)\n {2}code: (\w+)$/.exec(lines.join('\n')) ?? [];
  if (what !== undefined && fix !== undefined) return { why: `${what}: ${why} (${code})`.slice(0, 1000), fix };
  return { why: lines.join(' | ').slice(-1000) || 'it ended without a word' };
}

/** SIGTERM, and the end: requests in hand are answered first. False: it was not running. @throws {BackgroundStays} */
export async function down(
  home: string,
  service: Service,
  options: { readonly graceMs: number; readonly kill: boolean },
): Promise<boolean> {
  const record = await readRecord(home, service);
  if (record === undefined) return false;
  process.kill(record.pid, 'SIGTERM');
  if (!(await isGone(record, options.graceMs))) {
    if (!options.kill)
      throw new BackgroundStays({
        what: `The ${service} has not ended yet`,
        why: `process ${record.pid} is still there after ${options.graceMs / 1000} s`,
        fix: 'Wait and ask again, or end it at once with --kill: jobs that were served are in the journal.',
        meta: { pid: record.pid },
      });
    process.kill(record.pid, 'SIGKILL');
    await isGone(record, options.graceMs);
  }
  await removeRecord(home, service);
  return true;
}

async function isGone({ pid, born }: BackgroundRecord, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while ((await bornAt(pid)) === born) {
    if (performance.now() > end) return false;
    await sleep(POLL_MS);
  }
  return true;
}
