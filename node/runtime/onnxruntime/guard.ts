import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { Worker, workerData } from 'node:worker_threads';

/**
 * A thread of the runtime process for systems that cannot hold it from outside. It kills the process when the parent is
 * gone (standard input ends) or when it takes more memory than it may, also while native code never returns.
 */
interface Watch {
  readonly memoryBytes: number;
}
const PERIOD_MS = 50;

/**
 * Resolves when the guard is on its post.
 * @param memoryBytes cap of the resident set; Infinity: none
 */
export async function startGuard(memoryBytes: number): Promise<void> {
  const guard = new Worker(new URL(import.meta.url), { workerData: { memoryBytes } satisfies Watch, env: {} });
  await once(guard, 'online');
  guard.unref();
}

function die(why: string): void {
  try {
    // Fails when nobody is left to read it.
    writeSync(2, `${why}\n`);
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
}

const watch = workerData as Watch | null;
if (watch !== null) {
  new Socket({ fd: 0 }).on('close', () => die('the node is gone')).resume();
  if (Number.isFinite(watch.memoryBytes)) {
    setInterval(() => {
      if (process.memoryUsage.rss() > watch.memoryBytes) die('out of memory: the resident set exceeds its cap');
    }, PERIOD_MS);
  }
}
