import { fileURLToPath } from 'node:url';

/** What Node itself reserves of address space before any model is there (measured: 1.45 GiB on x64, Node 24). */
export const NODE_RESERVES_BYTES = 1.5 * 2 ** 30;

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));
/** No trap handler: V8 would reserve 8 GiB of addresses per WebAssembly memory, which the cap forbids. */
const NODE_FLAGS = ['--max-old-space-size=256', '--disable-wasm-trap-handler', '--no-warnings'];

/**
 * How one runtime process is started: an address-space cap set by the shell, then a Node that holds nothing of our
 * environment (some shells export variables of their own, hence `env -i`).
 */
export function command(memoryBytes: number): Command {
  const node = [process.execPath, ...NODE_FLAGS, CHILD];
  if (process.platform !== 'linux') return { file: node[0]!, args: node.slice(1) };
  const kib = Math.floor(memoryBytes / 1024);
  const script = 'ulimit -c 0; ulimit -v "$1" && shift && exec /usr/bin/env -i "$@"';
  return { file: '/bin/sh', args: ['-c', script, 'sh', String(kib), ...node] };
}
