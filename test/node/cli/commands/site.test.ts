import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { failureOf, runCli } from '../../../helpers/cli.ts';
import { removeFolder, temporaryFolder } from '../../../helpers/network.ts';

// That it publishes, and that browsers open what it published: test/web/ipfs.test.ts.
describe('assay site publish', () => {
  let home: string;
  before(async () => {
    home = await temporaryFolder('site');
  });
  after(() => removeFolder(home));

  it('error: SiteNotBuilt for a configuration that the dApp could not read', async () => {
    const config = join(home, 'assay.json');
    for (const [text, why] of [
      ['{', /JSON/],
      ['{"chainId":"x"}', /no chain id/],
    ] as const) {
      await writeFile(config, text);
      const failure = failureOf(await runCli(['site', 'publish', '--config', config, '--home', home, '--json']));
      assert.equal(failure.code, 'SITE_NOT_BUILT');
      assert.match(failure.why, why);
    }
  });

  it('refuses a CAR that cannot be written before it builds', async () => {
    const args = ['site', 'publish', '--config', join(home, 'nowhere.json'), '--car', join(home, 'no', 'where.car')];
    assert.equal(failureOf(await runCli([...args, '--home', home, '--json'])).code, 'FILE_NOT_WRITTEN');
  });
});
