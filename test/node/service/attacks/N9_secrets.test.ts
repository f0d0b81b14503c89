import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startAnvil } from '../../../../node/chain/anvil.ts';
import { createKeyring, PasswordExposed } from '../../../../node/chain/keyring.ts';
import { KeystoreMalformed } from '../../../../node/chain/keystore.ts';
import { KeystoreExposed } from '../../../../node/chain/keystoreFile.ts';

const MAIN = fileURLToPath(new URL('../../../../node/cli/main.ts', import.meta.url));

/** Other users of the machine, and web pages open on it. Numbers: threats.md. */
describe('N9, N19: secrets and the local chain', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-secrets-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  let count = 0;
  async function homeWithKey(): Promise<string> {
    const home = join(folder, String(count++));
    const keys = createKeyring({ home, passwordFile: join(home, 'password') });
    await keys.ensurePassword();
    await keys.ensure('owner', { light: true });
    return home;
  }

  it('N9_password: a password file that others can read opens nothing, and is not shown', async () => {
    for (const mode of [0o644, 0o640, 0o604, 0o666]) {
      const home = await homeWithKey();
      chmodSync(join(home, 'password'), mode);
      const secret = readFileSync(join(home, 'password'), 'utf8').trim();
      const keys = createKeyring({ home, passwordFile: join(home, 'password') });
      await assert.rejects(keys.open('owner'), (error) => {
        assert.ok(error instanceof PasswordExposed);
        assert.ok(!JSON.stringify([error.message, error.meta, error.fix]).includes(secret));
        return true;
      });
      await assert.rejects(keys.ensure('another'), PasswordExposed, 'no new key under it either');
    }
  });

  it('N9_password: a pipe is nobody else’s: --password-file <(pass show assay)', async () => {
    const home = await homeWithKey();
    const secret = readFileSync(join(home, 'password'), 'utf8');
    writeFileSync(join(home, 'kept elsewhere'), secret, { mode: 0o600 });
    rmSync(join(home, 'password'));
    // The shell makes a real pipe, as `<(...)` does; Node's own would be a socket, which has no second reader either.
    const line = 'cat "$1" | "$2" "$3" keys new second --home "$4" --password-file /dev/stdin --json';
    const child = spawn('/bin/sh', ['-c', line, 'sh', join(home, 'kept elsewhere'), process.execPath, MAIN, home], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    const code = await new Promise((done) => child.once('exit', done));
    assert.equal(code, 0, said);
    assert.ok(!said.includes(secret.trim()));
  });

  it('N9_keystore: others may not read it, and one without an address is refused in words', async () => {
    const home = await homeWithKey();
    const path = join(home, 'keys', 'owner.json');
    const keys = createKeyring({ home, passwordFile: join(home, 'password') });
    chmodSync(path, 0o644);
    await assert.rejects(keys.open('owner'), KeystoreExposed);
    chmodSync(path, 0o600);
    const { address, ...rest } = JSON.parse(readFileSync(path, 'utf8')) as { address: string };
    writeFileSync(path, JSON.stringify({ ...rest, address: `0x${address.toUpperCase()}` }));
    assert.equal(await keys.addressOf('owner'), `0x${address.toLowerCase()}`);
    writeFileSync(path, JSON.stringify(rest));
    await assert.rejects(keys.addressOf('owner'), KeystoreMalformed);
  });

  it('N19_browser: no web page may talk to the local chain', async () => {
    const anvil = await startAnvil({ accounts: 0 });
    try {
      const headers = { origin: 'http://evil.example', 'content-type': 'application/json' };
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] });
      const answer = await fetch(anvil.url, { method: 'POST', headers, body });
      assert.equal(answer.headers.get('access-control-allow-origin'), null);
      const preflight = await fetch(anvil.url, {
        method: 'OPTIONS',
        headers: { origin: headers.origin, 'access-control-request-method': 'POST' },
      });
      assert.equal(preflight.headers.get('access-control-allow-origin'), null);
      // What a page can send without asking first is not taken for a request.
      const simple = await fetch(anvil.url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body });
      assert.match(await simple.text(), /Invalid request/);
    } finally {
      await anvil.stop();
    }
  });
});
