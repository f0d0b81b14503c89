import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { complete, completionScript, FILES, SHELLS } from '../../../node/cli/completion.ts';
import { createProgram } from '../../../node/cli/main.ts';

const MAIN = fileURLToPath(new URL('../../../node/cli/main.ts', import.meta.url));
const known = {
  models: async () => ['digits', 'iris'],
  accounts: async () => ['owner', 'hot'],
};
const texts = async (...words: string[]): Promise<readonly string[]> =>
  (await complete(createProgram(), words, known)).map(({ text }) => text);

describe('completion', () => {
  it('commands, their commands, and what they take', async () => {
    assert.deepEqual(await texts('sta'), ['start', 'status', 'stake']);
    assert.deepEqual(await texts('gov', 'v'), ['vote']);
    assert.deepEqual(await texts('gov', 'vote', '12', ''), ['for', 'against', 'abstain']);
    assert.deepEqual(await texts('run', ''), ['digits', 'iris']);
    assert.deepEqual(await texts('infer', 'd'), ['digits']);
    assert.deepEqual(await texts('up', 'w'), ['worker']);
    assert.deepEqual(await texts('zebra', ''), []);
  });
  it('flags with their values; those of the program everywhere', async () => {
    assert.ok((await texts('stake', 'add', '--dr')).includes('--dry-run'));
    assert.deepEqual(await texts('stake', 'add', '--acc'), ['--account']);
    assert.deepEqual(await texts('stake', 'add', '--account', ''), ['owner', 'hot']);
    assert.deepEqual(await texts('gov', 'propose', '--model', 'i'), ['iris']);
    assert.deepEqual(await texts('model', 'exact', 'x.onnx', '--bits', ''), ['7', '8']);
    assert.deepEqual(await complete(createProgram(), ['infer', 'x', '--save', ''], known), FILES);
    assert.ok(!(await texts('worker', 'run', '--')).includes('--until-stdin-ends'), 'hidden flags stay hidden');
  });

  for (const shell of SHELLS) {
    const isHere = spawnSync(shell, ['--version']).status === 0;
    it(`the ${shell} script is accepted by the shell`, { skip: !isHere }, () => {
      const { status, stderr } = spawnSync(shell, ['-n'], { input: completionScript(shell), encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    });
  }

  it('bash completes with it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-completion-'));
    try {
      const program = join(folder, 'assay');
      writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`);
      chmodSync(program, 0o755);
      const script = `${completionScript('bash')}
COMP_WORDS=(assay gov vo); COMP_CWORD=2; _assay; echo "\${COMPREPLY[*]}"
COMP_WORDS=(assay gov vote 1 a); COMP_CWORD=4; _assay; echo "\${COMPREPLY[*]}"
COMP_WORDS=(assay infer d --save ${folder}/as); COMP_CWORD=4; _assay; echo "\${COMPREPLY[*]}"
`;
      const { stdout } = spawnSync('bash', ['-c', script], {
        encoding: 'utf8',
        env: { PATH: `${folder}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`, HOME: folder },
      });
      assert.deepEqual(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.split(/\s+/)),
        [['vote'], ['against', 'abstain'], [program]],
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
