import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { PagesNotReady, startPages } from '../../../../node/cli/local/pages.ts';
import { Printer } from '../../../../node/cli/print.ts';
import { removeFolder, temporaryFolder } from '../../../helpers/network.ts';

it('error: PagesNotReady names the part that cannot be built, and its log', async () => {
  const home = await temporaryFolder('pages');
  try {
    const started = startPages({
      home,
      rpcUrl: 'http://127.0.0.1:1',
      deploymentFile: join(home, 'nowhere.json'),
      deployment: { chainId: 31337, block: 1n, addresses: {} },
      gateways: [],
      indexPort: 0,
      sitePort: 0,
      print: new Printer({ quiet: true }),
      signal: new AbortController().signal,
    });
    await assert.rejects(started, (error: unknown) => {
      assert.ok(error instanceof PagesNotReady);
      assert.equal(error.what, 'The index could not be built');
      assert.match(error.fix, /subgraph-build\.log/);
      return true;
    });
  } finally {
    await removeFolder(home);
  }
});
