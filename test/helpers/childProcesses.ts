import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Reads /proc: on Linux only. */
export const hasProc = process.platform === 'linux';

/** Process ids of the living children of `parent`. Zombies do not count. */
export function childPids(parent = process.pid): number[] {
  return readdirSync('/proc').flatMap((entry) => {
    const stat = /^\d+$/.test(entry) ? statOf(entry) : undefined;
    return stat !== undefined && stat.parent === parent && stat.state !== 'Z' ? [Number(entry)] : [];
  });
}

export const isAlive = (pid: number): boolean => {
  const stat = statOf(`${pid}`);
  return stat !== undefined && stat.state !== 'Z';
};

function statOf(pid: string): { readonly state: string; readonly parent: number } | undefined {
  try {
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { state: state!, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

/** Waits until `holds`; answers how long that took in ms. */
export async function until(holds: () => boolean, what: string, limitMs = 5000): Promise<number> {
  const started = performance.now();
  while (!holds()) {
    if (performance.now() - started > limitMs) throw new Error(`${what}: not within ${limitMs} ms`);
    await sleep(5);
  }
  return performance.now() - started;
}
