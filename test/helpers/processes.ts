import { readdirSync, readFileSync } from 'node:fs';

export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Every process of this machine that can be read, from /proc. */
export function processes(): RunningProcess[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // A zombie has ended; only its parent has not asked how.
      if (state === 'Z') return [];
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid: Number(name), parent: Number(parent), command }];
    } catch (error) {
      // It ended while we looked.
      if (error instanceof Error) return [];
      throw error;
    }
  });
}

export const childrenOf = (pid: number): RunningProcess[] => processes().filter(({ parent }) => parent === pid);
/** Processes whose command line names a folder: those of one network. */
export const processesOf = (folder: string): RunningProcess[] =>
  processes().filter(({ command, pid }) => pid !== process.pid && command.includes(folder));
export const isRunning = (pid: number): boolean => processes().some((each) => each.pid === pid);
