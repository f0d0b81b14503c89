// Starts `npm start` once and runs every browser test of test/web against it: `node test/helpers/browserSuite.ts`.
// Files named on the command line are run instead.
import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { removeFolder, temporaryFolder } from './network.ts';
import { startStack } from './stack.ts';
import { TEST_TIMEOUT } from './testRun.ts';

const root = resolve(import.meta.dirname, '..', '..');
const named = process.argv.slice(2);
const files =
  named.length > 0
    ? named
    : readdirSync(join(root, 'test/web'))
        .filter((name) => name.endsWith('.test.ts'))
        .sort()
        .map((name) => join('test/web', name));

const folder = await temporaryFolder('suite');
const begun = performance.now();
const stack = await startStack();
process.stdout.write(
  `the network of the browser tests is up after ${((performance.now() - begun) / 1000).toFixed(1)} s\n`,
);
const file = join(folder, 'stack.json');
writeFileSync(file, JSON.stringify(stack.addresses));
const code = await new Promise<number>((done) => {
  const child = spawn(process.execPath, ['--test', TEST_TIMEOUT, '--test-concurrency=1', ...files], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ASSAY_STACK: file },
  });
  child.once('exit', (status) => done(status ?? 1));
});
await stack.stop();
await removeFolder(folder);
process.exit(code);
