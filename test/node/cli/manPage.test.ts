import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { createProgram } from '../../../node/cli/main.ts';
import { manPage } from '../../../node/cli/manPage.ts';

describe('the manual page', () => {
  const page = manPage(createProgram());
  it('has every command, flag and example, and nothing hidden', () => {
    for (const part of ['.SS assay stake add', '\\-\\-dry\\-run', '.SS assay gov vote', 'assay gov vote 1234 for'])
      assert.ok(page.includes(part), part);
    assert.ok(!page.includes('__complete'));
    assert.ok(!page.includes('until'.concat('\\-stdin')));
  });
  it('groff accepts it', { skip: spawnSync('groff', ['--version']).status !== 0 }, () => {
    const { status, stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww'], { input: page, encoding: 'utf8' });
    assert.equal(status, 0);
    assert.equal(stderr.replace(/.*(can't break line|cannot (break|adjust) line|adjust line).*\n/g, ''), '');
    // Bold is a letter over itself.
    const bold = new RegExp(`.${String.fromCharCode(8)}`, 'g');
    assert.match(stdout.replaceAll(bold, ''), /EXIT STATUS/);
  });
});
