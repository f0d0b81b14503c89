import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { MetricsTokenInvalid, readOperatorAccess } from '../../../node/gateway/operatorAccess.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-token-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('readOperatorAccess', () => {
  const path = join(folder, 'token');

  it('the first line, without what surrounds it', async () => {
    for (const text of ['0123456789abcdef', '0123456789abcdef\n', '  0123456789abcdef \r\nsecond line\n']) {
      writeFileSync(path, text);
      assert.deepEqual(await readOperatorAccess(path), { token: '0123456789abcdef' });
    }
  });

  it('error: MetricsTokenInvalid for no file, an empty, a short and an endless one; never with the token in it', async () => {
    await assert.rejects(readOperatorAccess(join(folder, 'nowhere')), MetricsTokenInvalid);
    for (const text of ['', '\n0123456789abcdef', 'short-secret', 'x'.repeat(1 << 20)]) {
      writeFileSync(path, text);
      await assert.rejects(readOperatorAccess(path), (error: unknown) => {
        assert.ok(error instanceof MetricsTokenInvalid);
        assert.doesNotMatch(JSON.stringify(error) + error.message, /short-secret|xxxx/);
        return true;
      });
    }
  });
});
