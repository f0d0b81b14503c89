import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../../helpers/anvilRpc.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** A command that takes a moment to stop, as a network does. */
const COMMAND = `
import { Command } from 'commander';
import { runBare } from './node/cli/shell.ts';
await runBare(new Command(), async ({ signal }) => {
  const beat = setInterval(() => undefined, 1000);
  process.stdout.write('up ');
  await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
  process.stdout.write('stopping ');
  await new Promise((done) => setTimeout(done, Number(process.env.STOP_MS)));
  process.stdout.write('stopped');
  clearInterval(beat);
  return 0;
});
`;

function start(stopMs: number) {
  const env = { ...process.env, STOP_MS: String(stopMs) };
  const command = spawn(process.execPath, ['--input-type=module', '-e', COMMAND], { cwd: ROOT, env });
  let said = '';
  command.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  return { command, ended: once(command, 'exit'), said: () => said };
}

describe('signals', () => {
  it('Ctrl-C that comes from the terminal and again from npm lets the command stop in order', async () => {
    const { command, ended, said } = start(300);
    await until(async () => said().includes('up'), 'the command runs', 20_000);
    command.kill('SIGINT');
    await until(async () => said().includes('stopping'), 'the first is heard', 20_000);
    command.kill('SIGINT');
    assert.deepEqual(await ended, [0, null]);
    assert.match(said(), /stopped$/);
  });

  it('Ctrl-C once more, after a while, ends it at once', async () => {
    const { command, ended, said } = start(60_000);
    await until(async () => said().includes('up'), 'the command runs', 20_000);
    command.kill('SIGINT');
    const again = setInterval(() => command.kill('SIGINT'), 500);
    const [code] = (await ended) as [number];
    clearInterval(again);
    assert.equal(code, 130);
    assert.doesNotMatch(said(), /stopped/);
  });
});
