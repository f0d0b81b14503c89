// Runs the given script under a Node that the whole project supports, on a machine that has nothing but
// Node >= 20 and npm. Written for Node 20 with no dependency: it runs before anything is installed.
//
// 1. A machine whose Node is older than 24.2 gets Node 24.21 from the npm registry, into .tools/.
// 2. Dependencies are installed *under that Node* (under Node 20 npm silently drops Hardhat's native part),
//    with install scripts denied by `allowScripts`, whenever the lockfile changed since the last install.
// 3. The script runs; its exit code is ours. A second start skips 1 and 2 in milliseconds.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_VERSION = '24.21.0';
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const say = (text) => process.stderr.write(`assay: ${text}\n`);
const fail = (what, why, fix) => {
  say(`${what}\n  why: ${why}\n  fix: ${fix}`);
  process.exit(1);
};

/** Nothing that a newcomer need not read, and no report of what is installed to the registry. */
const QUIET = ['--loglevel=error', '--no-audit', '--no-fund', '--no-update-notifier'];
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** npm as the caller has it; `npm_execpath` is set inside `npm run`. */
function npm(args, node) {
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
  const cli = process.env.npm_execpath;
  const [command, head] = cli?.endsWith('.js') ? [node, [cli]] : [process.platform === 'win32' ? 'npm.cmd' : 'npm', []];
  const child = spawn(command, [...head, ...args, ...QUIET], { cwd: root, env, stdio: ['ignore', 'ignore', 2] });
  // Left alone, npm ends on Ctrl-C only after it has unpacked everything, a minute later and beside a second start.
  const stopped = (signal) => {
    process.stderr.write('\r');
    say('stopped; the next start installs what is missing');
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  const stop = (signal) => child.once('exit', () => stopped(signal)) && child.kill('SIGKILL');
  for (const signal of SIGNALS) process.once(signal, stop);
  return new Promise((done) => {
    child.once('error', (error) =>
      fail('npm could not be started', error.message, 'install npm and run the command again'),
    );
    child.once('exit', (code, signal) => {
      if (SIGNALS.includes(signal)) stopped(signal);
      for (const name of SIGNALS) process.removeListener(name, stop);
      done(code === 0);
    });
  });
}

async function supportedNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  // 24.2 runs TypeScript without a flag and knows import.meta.main.
  if (major > 24 || (major === 24 && minor >= 2)) return process.execPath;
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const home = join(root, '.tools', 'node_modules', name);
  const node = join(home, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  // Written when npm is done: an interrupted npm leaves a folder that looks complete.
  const stamp = join(home, '.assay-installed');
  const present = existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === NODE_VERSION;
  if (!present) {
    say(
      `this machine has Node ${process.versions.node}; fetching Node ${NODE_VERSION} from the npm registry into .tools/`,
    );
    rmSync(home, { recursive: true, force: true });
    const flags = ['--prefix', join(root, '.tools'), '--ignore-scripts', '--no-save', '--no-package-lock'];
    if (!(await npm(['install', ...flags, `${name}@${NODE_VERSION}`], process.execPath))) {
      fail(
        `Node ${NODE_VERSION} could not be fetched`,
        `the npm package ${name}@${NODE_VERSION} did not install (see above)`,
        'check the network and the npm registry setting, or install Node 24.2 or newer yourself',
      );
    }
    writeFileSync(stamp, NODE_VERSION);
  }
  return node;
}

/** Packages whose native part is a package of its own for each platform. */
const NATIVE_PARENTS = [
  '@biomejs/biome',
  '@foundry-rs/anvil',
  '@nomicfoundation/edr',
  '@tailwindcss/oxide',
  'esbuild',
  'lightningcss',
  'next',
];

/**
 * Native builds for this platform that the lockfile does not carry (scripts/lock.ts says why): each at the version
 * that its parent package pins. Nothing to do on Linux x64.
 */
async function installNatives(node) {
  const mine = new RegExp(
    `${process.platform}-(${process.arch}|${process.arch === 'x64' ? 'amd64' : process.arch})\\b`,
  );
  // Alpine and its like have another C library; npm refuses the builds for the one that is not here.
  const libc = process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime ? 'musl' : 'gnu';
  const fits = (name) =>
    mine.test(name) && (process.platform !== 'linux' || !/-(gnu|musl)$/.test(name) || name.endsWith(libc));
  const missing = NATIVE_PARENTS.flatMap((parent) => {
    const manifest = join(root, 'node_modules', parent, 'package.json');
    if (!existsSync(manifest)) return [];
    const natives = Object.entries(JSON.parse(readFileSync(manifest, 'utf8')).optionalDependencies ?? {}).filter(
      ([name]) => fits(name),
    );
    if (natives.some(([name]) => existsSync(join(root, 'node_modules', name)))) return [];
    return natives.map(([name, version]) => `${name}@${version}`);
  });
  if (missing.length === 0) return;
  say(`installing native builds for ${process.platform}-${process.arch}: ${missing.join(', ')}`);
  if (!(await npm(['install', '--no-save', '--no-package-lock', ...missing], node))) {
    fail(
      'native builds could not be installed',
      'npm install failed (see above)',
      'check the network and the npm registry setting',
    );
  }
}

async function installDependencies(node) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const wanted = createHash('sha256').update(lock).update(NODE_VERSION).digest('hex');
  const stamp = join(root, 'node_modules', '.assay-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('installing dependencies with the lockfile (once; one to three minutes)');
  const started = performance.now();
  if (!(await npm(['ci'], node))) {
    fail(
      'dependencies could not be installed',
      'npm ci failed (see above)',
      'check the network, free disk space (1 GB) and the npm registry setting',
    );
  }
  await installNatives(node);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
  say(`installed in ${Math.round((performance.now() - started) / 1000)} s`);
}

const [script, ...args] = process.argv.slice(2);
if (script === undefined)
  fail('no script named', 'bootstrap.mjs runs another script', 'node scripts/bootstrap.mjs <script> [args]');
const node = await supportedNode();
await installDependencies(node);
const env = {
  ...process.env,
  PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`,
  HARDHAT_DISABLE_TELEMETRY: 'true',
  // onnxruntime's official builds report to their maker by default since 1.29.
  ORT_DISABLE_TELEMETRY: '1',
};
const child = spawn(node, [join(root, script), ...args], { cwd: process.env.INIT_CWD ?? root, env, stdio: 'inherit' });
for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
