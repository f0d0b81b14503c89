import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const schema = z.object({ pid: z.int().min(2), port: z.int().min(1), supervisor: z.int().min(2) });
/** Which process runs the chain of one state file, and for whom. */
export type AnvilLease = Readonly<z.infer<typeof schema>>;

/** Written beside the state, so that the next start finds what a killed supervisor left running. */
export function writeLease(path: string, lease: AnvilLease): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(lease), { mode: 0o600 });
}

export function dropLease(path: string): void {
  rmSync(path, { force: true });
}

/**
 * The lease of an anvil that still runs; `orphaned` when its supervisor is gone. A process that merely has the same
 * number (they are used again) is recognised by its command line.
 */
export function findLeased(path: string): (AnvilLease & { readonly orphaned: boolean }) | undefined {
  let lease: AnvilLease;
  try {
    lease = schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    // No lease, or one cut short by a crash: nothing to take over.
    if (error instanceof Error) return undefined;
    throw error;
  }
  const found = lookUp(lease.pid);
  if (found === undefined || !/anvil/.test(found.command) || !found.command.includes(`--port ${lease.port} `)) {
    return undefined;
  }
  return { ...lease, orphaned: found.parent !== lease.supervisor };
}

/** Ends a process that is not our child. */
export async function endProcess(pid: number, graceMs: number): Promise<void> {
  const deadline = performance.now() + graceMs;
  for (let signal: NodeJS.Signals | 0 = 'SIGTERM'; signalled(pid, signal); signal = 0) {
    await sleep(20);
    if (performance.now() > deadline) signalled(pid, 'SIGKILL');
  }
}

function signalled(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Command line and parent of a process: from /proc where there is one, else from ps. */
function lookUp(pid: number): { readonly command: string; readonly parent: number } | undefined {
  try {
    if (process.platform === 'linux') {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      // The name in brackets may hold spaces; the fields after it do not (proc(5)).
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return { command, parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) };
    }
    const line = execFileSync('ps', ['-p', String(pid), '-o', 'ppid=,args='], { encoding: 'utf8' });
    const [, parent, command] = /^\s*(\d+)\s+(.*)$/m.exec(line) ?? [];
    return command === undefined ? undefined : { command: `${command} `, parent: Number(parent) };
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}
