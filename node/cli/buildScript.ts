import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../config.ts';

/** The line that says what is wrong: of the error that was thrown, before the stack that says where, or of a compiler. */
const firstErrorIn = (output: string): string =>
  ((/^\w*Error: .*$/m.exec(output) ?? /^.*error.*$/im.exec(output))?.[0] ?? output.trim().split('\n').at(-1) ?? '')
    .trim()
    .slice(0, 500);

/** Runs a build script of this package to its end. Returns why it failed, or undefined. */
export function runBuildScript(path: string, args: readonly string[]): string | undefined {
  const script = join(PACKAGE_ROOT, ...path.split('/'));
  const { status, stderr, stdout } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  return status === 0 ? undefined : `${script} ended with exit code ${status}: ${firstErrorIn(`${stdout}${stderr}`)}`;
}
