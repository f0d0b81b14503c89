import { existsSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { availableParallelism, freemem } from 'node:os';
import { dirname, join } from 'node:path';
import { PACKAGE_ROOT } from '../../config.ts';
import { describeBytes } from '../times.ts';
import { ask, type NamedProbe, type Probe, unfit } from './probe.ts';

const MIN_NODE = [22, 13] as const;
const MIN_DISK = 2n ** 30n;
const MIN_MEMORY = 2 ** 30;
/** What integer kernels are fast with, by the names of /proc/cpuinfo. */
const CPU_FLAGS = ['avx2', 'avx512f', 'avx_vnni', 'avx512_vnni', 'amx_int8', 'asimddp', 'i8mm'];

const node: Probe = async () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < MIN_NODE[0] || (major === MIN_NODE[0] && minor < MIN_NODE[1]))
    throw unfit(
      `Node ${process.versions.node} is too old, ${MIN_NODE.join('.')} is needed`,
      'Run it as `npm run assay --`, which fetches Node 24, or install a newer one.',
    );
  return `${process.version} on ${process.platform}-${process.arch}, ${availableParallelism()} cores`;
};

const settings: Probe = async ({ loaded }) =>
  Object.entries(loaded.origins)
    .filter(([, origin]) => origin !== 'default')
    .map(([key, origin]) => `${key} from ${origin}`)
    .join(', ') || 'all defaults';

const cpu: Probe = async () => {
  const info = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const flags = new Set((/^(?:flags|Features)\s*:(.*)$/m.exec(info)?.[1] ?? '').trim().split(/\s+/));
  if (flags.size <= 1) return { skipped: 'this system does not say' };
  const found = CPU_FLAGS.filter((flag) => flags.has(flag));
  if (found.length === 0)
    throw unfit('none of the fast integer instructions is here', 'It works and is slow; expect a tenth of the speed.');
  return found.join(', ');
};

const disk: Probe = async ({ loaded }) => {
  const { bavail, bsize } = await statfs(nearestFolder(loaded.config.home), { bigint: true });
  const free = bavail * bsize;
  if (free < MIN_DISK)
    throw unfit(
      `${free >> 20n} MiB are free, at least ${MIN_DISK >> 20n} are needed`,
      `Free some space near ${loaded.config.home}.`,
    );
  return `${free >> 30n} GiB free near the home`;
};

/** The folder that a home would be made in. */
const nearestFolder = (path: string): string => (existsSync(path) ? path : nearestFolder(dirname(path)));

const memory: Probe = async () => {
  const free = freemem();
  if (free < MIN_MEMORY)
    throw unfit(
      `${Math.round(free / 2 ** 20)} MiB are free, at least 1024 are needed`,
      'Close other programs, or lower worker.memoryMiB.',
    );
  return `${describeBytes(free)} free`;
};

/** The configured account can sign; of an external signer only where it is. */
const key: Probe = async ({ assay }) => {
  const { account } = assay.config;
  const listed = (await assay.keys.list()).find(({ name }) => name === account);
  if (listed?.signer !== undefined) return `${account} is held by the signer at ${listed.signer}`;
  return `${account} opens: ${(await assay.keys.open(account)).address}`;
};

const port: Probe = async ({ loaded }) => {
  const { host, port: wanted } = loaded.config.worker;
  if (await isFree(host, wanted)) return `${host}:${wanted} is free for a worker`;
  const answer = await ask(`http://${host}:${wanted}/v2/health/live`);
  if (answer?.ok === true) return `${host}:${wanted} is a worker's`;
  throw unfit(
    `something else listens at ${host}:${wanted}, or this account may not`,
    'Choose another port: `assay config set worker.port 8702`.',
  );
};

const isFree = (host: string, wanted: number): Promise<boolean> =>
  new Promise((tell) => {
    const probe = createServer();
    probe.once('error', () => tell(false));
    probe.listen(wanted, host, () => probe.close(() => tell(true)));
  });

const dApp: Probe = async () =>
  existsSync(join(PACKAGE_ROOT, 'web', 'out', 'index.html'))
    ? 'built in web/out'
    : { skipped: 'not built yet: `npm start` or `node web/build.ts` builds it' };

/** What needs no network. */
export const MACHINE: readonly NamedProbe[] = [
  { name: 'node', probe: node },
  { name: 'settings', probe: settings },
  { name: 'cpu', probe: cpu },
  { name: 'disk', probe: disk },
  { name: 'memory', probe: memory },
  { name: 'runtime', probe: async ({ assay }) => (await assay.runtime()).runtimeClass },
  {
    name: 'conformance',
    probe: async ({ assay }) => `${(await assay.conformance()).cases} cases bit-identical`,
  },
  { name: 'key', probe: key },
  { name: 'port', probe: port },
  { name: 'dApp', probe: dApp },
];
