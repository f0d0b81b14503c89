import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A program to be started with exactly this environment. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How runtime processes are held, and what this machine cannot do. */
export interface Confinement {
  /** The command that runs one process under an address-space (or else resident) cap. */
  command(memoryBytes: number): Command;
  /** One sentence per protection that is missing here. */
  readonly notices: readonly string[];
}

/** What Node reserves of address space before any model is there: 1.45 GiB measured (x64, Node 24). */
export const LEAST_MEMORY_BYTES = 1.625 * 2 ** 30;

/**
 * All that a runtime process knows of the world. Official builds of onnxruntime report sessions, models and errors to
 * their maker since 1.29, keep a device id and a database in the home folder, and write a log to /tmp, unless told not
 * to (microsoft/onnxruntime#27379).
 */
const ENV = { ORT_DISABLE_TELEMETRY: '1' };

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));
/** Without the trap handler V8 does not reserve 8 GiB of addresses per WebAssembly memory, which the cap forbids. */
const NODE = [process.execPath, '--max-old-space-size=256', '--disable-wasm-trap-handler', '--no-warnings', CHILD];

/**
 * Tools of util-linux that do more than the cap, best first: no network at all; death with the parent, whatever the
 * model does at that moment. A user namespace may be forbidden (containers, hardened kernels).
 */
const HOLD = ['setpriv', '--no-new-privs', '--pdeathsig', 'KILL'];
const ISOLATE = ['unshare', '--user', '--map-current-user', '--net'];
const NO_NETWORK_NOTICE = 'runtime processes keep their network: user namespaces are not available';
const GUARD_NOTICE =
  'runtime processes are ended by a thread of their own when the node dies: setpriv is not available';
const NO_CAP_NOTICE = 'runtime processes are measured, not capped: this system has no address-space limit';

/** `env -i`, because some shells export variables of their own. `shift` removes the cap from the arguments. */
const SHELL = 'ulimit -c 0; ulimit -v "$1" && shift && exec "$@"';
const CLEAN = ['/usr/bin/env', '-i', ...Object.entries(ENV).map(([name, value]) => `${name}=${value}`)];
const capped = (wrappers: readonly string[], extra: readonly string[], notices: readonly string[]): Confinement => ({
  notices,
  command: (memoryBytes) => {
    const kib = `${Math.floor(memoryBytes / 1024)}`;
    return { file: '/bin/sh', args: ['-c', SHELL, 'sh', kib, ...wrappers, ...CLEAN, ...NODE, ...extra], env: {} };
  },
});

/** No help from the system: the process watches its own memory and its parent. */
export const guarded: Confinement = {
  notices: [NO_CAP_NOTICE, GUARD_NOTICE, NO_NETWORK_NOTICE],
  command: (memoryBytes) => ({ file: NODE[0]!, args: [...NODE.slice(1), 'guard', `${memoryBytes}`], env: ENV }),
};

/** Tried as the processes will be started: by a shell that knows only its own default path. */
const works = (wrappers: readonly string[]): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = spawn('/bin/sh', ['-c', 'exec "$@"', 'sh', ...wrappers, 'true'], {
      env: {},
      stdio: 'ignore',
      timeout: 5000,
    });
    probe.on('error', () => resolve(false));
    probe.on('exit', (status) => resolve(status === 0));
  });

/** The strongest confinement that this machine offers. @param isAble tells whether a command runs behind wrappers */
export async function findConfinement(
  platform: NodeJS.Platform = process.platform,
  isAble: typeof works = works,
): Promise<Confinement> {
  if (platform !== 'linux') return guarded;
  if (await isAble([...ISOLATE, ...HOLD])) return capped([...ISOLATE, ...HOLD], [], []);
  if (await isAble(HOLD)) return capped(HOLD, [], [NO_NETWORK_NOTICE]);
  return capped([], ['guard'], [GUARD_NOTICE, NO_NETWORK_NOTICE]);
}
