import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ClaimIdInvalid } from '../../../../node/cli/commands/dispute.ts';
import { failureOf, runCli } from '../../../helpers/cli.ts';
import { removeFolder, temporaryFolder } from '../../../helpers/network.ts';

describe('assay dispute', () => {
  let folder = '';
  before(async () => {
    folder = await temporaryFolder('dispute');
  });
  after(() => removeFolder(folder));

  it('refuses what names no claim', async () => {
    const result = await runCli(['dispute', 'show', 'nonsense', '--home', folder, '--json']);
    assert.equal(result.code, 3);
    assert.equal(failureOf(result).code, new ClaimIdInvalid({ what: '', why: '', fix: '' }).code);
  });
  it('refuses a file that is no answer', async () => {
    const file = join(folder, 'other.json');
    await writeFile(file, '{}');
    const result = await runCli(['dispute', 'open', file, '--home', folder, '--json']);
    assert.equal(result.code, 3);
    assert.equal(failureOf(result).code, 'ANSWER_FILE_MALFORMED');
  });
  it('challengers sample a share of the jobs', async () => {
    const result = await runCli(['challenger', 'run', '--sample', '2', '--home', folder]);
    assert.equal(result.code, 2);
    assert.match(result.stderr, /give a share above 0 and up to 1/);
  });
});
