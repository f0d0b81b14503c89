// Rewrites package-lock.json from package.json alone: `node scripts/lock.ts` after changing a dependency.
//
// Some registries do not carry every platform's build of a native package. npm then writes a lockfile that its own
// `npm ci` refuses ("Missing: ... from lock file"). The names that cannot be resolved are taken out of the lockfile's
// lists of optional dependencies; on those platforms scripts/bootstrap.mjs installs them by the version that the
// parent package pins.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Entry {
  optionalDependencies?: Record<string, string>;
}
interface Lock {
  packages: Record<string, Entry>;
}

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const folder = mkdtempSync(join(tmpdir(), 'assay-lock-'));
try {
  for (const name of ['package.json', '.npmrc', 'web/package.json', 'subgraph/package.json']) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    copyFileSync(join(root, name), join(folder, name));
  }
  const { status } = spawnSync('npm', ['install', '--package-lock-only', '--loglevel=error'], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('npm could not resolve the dependencies');
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as Lock;
  const known = new Set(
    Object.keys(lock.packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)),
  );
  for (const entry of Object.values(lock.packages)) {
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      if (known.has(name)) continue;
      delete entry.optionalDependencies?.[name];
      console.log(`not in this registry: ${name}`);
    }
  }
  writeFileSync(join(root, 'package-lock.json'), `${JSON.stringify(lock, null, 2)}\n`);
  console.log('wrote package-lock.json');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
