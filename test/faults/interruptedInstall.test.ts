import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../helpers/anvilRpc.ts';
import { removeFolder, temporaryFolder } from '../helpers/network.ts';

const BOOTSTRAP = fileURLToPath(new URL('../../scripts/bootstrap.mjs', import.meta.url));
/** As npm does: it goes on unpacking, whatever the terminal sends, until it has everything. */
const NPM = `
import { writeFileSync } from 'node:fs';
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
writeFileSync('npm.pid', String(process.pid));
setInterval(() => undefined, 1000);
`;

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('an installation that is interrupted', () => {
  let root: string;
  before(async () => {
    root = await temporaryFolder('install');
    await mkdir(join(root, 'scripts'));
    await cp(BOOTSTRAP, join(root, 'scripts', 'bootstrap.mjs'));
    await writeFile(join(root, 'package-lock.json'), '{}');
    await writeFile(join(root, 'package.json'), '{ "type": "module" }');
    await writeFile(join(root, 'npm.js'), NPM);
  });
  after(() => removeFolder(root));

  it('ends with npm, says so, and is not taken for a whole one', async () => {
    const env = { ...process.env, npm_execpath: join(root, 'npm.js') };
    const start = spawn(process.execPath, ['scripts/bootstrap.mjs', 'x.ts'], { cwd: root, env });
    let said = '';
    start.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const pidOf = (): Promise<number> => readFile(join(root, 'npm.pid'), 'utf8').then(Number, () => 0);
    await until(async () => (await pidOf()) > 0, 'npm works', 20_000);
    const npm = await pidOf();
    start.kill('SIGINT');
    const [code] = (await once(start, 'exit')) as [number];
    assert.equal(code, 130);
    assert.equal(isAlive(npm), false);
    assert.match(said, /stopped; the next start installs what is missing/);
    await assert.rejects(readFile(join(root, 'node_modules', '.assay-installed')));
  });
});
