import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { createKeyring, KeyNameInvalid, PasswordMissing } from '../../../node/chain/keyring.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-keyring-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let home = '';
let count = 0;
beforeEach(() => {
  home = join(folder, String(count++));
});
const keyring = (): ReturnType<typeof createKeyring> => createKeyring({ home, passwordFile: join(home, 'password') });

describe('createKeyring', () => {
  it('makes a key once, encrypted, readable by its owner alone, and opens it again', async () => {
    const keys = keyring();
    await keys.ensurePassword();
    const address = await keys.ensure('owner');
    assert.equal(await keys.ensure('owner'), address);
    assert.equal(await keyring().addressOf('owner'), address);
    assert.equal((await keyring().open('owner')).address.toLowerCase(), address.toLowerCase());
    assert.deepEqual(await keys.list(), [{ name: 'owner', address }]);
    assert.equal(statSync(join(home, 'keys', 'owner.json')).mode & 0o777, 0o600);
    assert.equal(statSync(join(home, 'password')).mode & 0o777, 0o600);
  });

  it('keeps an existing password', async () => {
    const keys = keyring();
    await keys.ensurePassword();
    const before = readFileSync(join(home, 'password'), 'utf8');
    await keys.ensurePassword();
    assert.equal(readFileSync(join(home, 'password'), 'utf8'), before);
  });

  it('lists nothing in an empty home', async () => assert.deepEqual(await keyring().list(), []));

  for (const name of ['', '../owner', 'a/b', 'Owner', 'x'.repeat(41), 'a.json']) {
    it(`error: KeyNameInvalid for ${JSON.stringify(name.slice(0, 12))}`, async () => {
      const keys = keyring();
      await keys.ensurePassword();
      await assert.rejects(keys.ensure(name), KeyNameInvalid);
    });
  }

  it('error: PasswordMissing without the file, and with an empty first line', async () => {
    const keys = keyring();
    await keys.ensurePassword();
    await keys.ensure('owner');
    writeFileSync(join(home, 'password'), '\nsecond line\n');
    await assert.rejects(keys.open('owner'), PasswordMissing);
    rmSync(join(home, 'password'));
    await assert.rejects(keys.open('owner'), PasswordMissing);
  });

  it('error: PASSWORD_WRONG with another password', async () => {
    const keys = keyring();
    await keys.ensurePassword();
    await keys.ensure('owner');
    writeFileSync(join(home, 'password'), 'another\n');
    await assert.rejects(keys.open('owner'), { code: 'PASSWORD_WRONG' });
  });
});
