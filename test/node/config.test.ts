import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ConfigInvalid, loadConfig } from '../../node/config.ts';

const home = mkdtempSync(join(tmpdir(), 'assay-config-'));
after(() => rmSync(home, { recursive: true, force: true }));
const file = (value: unknown): void =>
  writeFileSync(join(home, 'config.json'), typeof value === 'string' ? value : JSON.stringify(value));

describe('loadConfig', () => {
  it('flag over environment over file over default, and says which', () => {
    file({ rpcUrls: ['http://file:1'], account: 'from-file', logLevel: 'error', worker: { port: 9001 } });
    const { config, origins } = loadConfig(
      { home, logLevel: 'debug', worker: { maxInFlight: 3 } },
      { ASSAY_ACCOUNT: 'from-env', ASSAY_LOG_LEVEL: 'warn' },
    );
    assert.deepEqual(config.rpcUrls, ['http://file:1']);
    assert.equal(config.account, 'from-env');
    assert.equal(config.logLevel, 'debug');
    assert.equal(config.worker.port, 9001);
    assert.equal(config.worker.maxInFlight, 3);
    assert.equal(config.passwordFile, join(home, 'password'));
    assert.deepEqual(
      [origins['rpcUrls'], origins['account'], origins['logLevel'], origins['passwordFile'], origins['home']],
      ['file', 'environment', 'flag', 'default', 'flag'],
    );
  });

  it('several endpoints from the environment', () => {
    file({});
    assert.deepEqual(loadConfig({ home }, { ASSAY_RPC_URLS: 'http://a:1,https://b:2' }).config.rpcUrls, [
      'http://a:1',
      'https://b:2',
    ]);
  });

  it('paths in the file are relative to the home', () => {
    file({ deployment: 'chains/test.json' });
    assert.equal(loadConfig({ home }, {}).config.deployment, join(home, 'chains/test.json'));
  });

  for (const [name, value, says] of [
    ['not JSON', '{', /cannot be read/],
    ['a list', [], /cannot be read/],
    ['an unknown key', { rpcUrl: 'http://a:1' }, /rpcUrl/],
    ['an unknown key of the worker', { worker: { prot: 1 } }, /worker/],
    ['a port that is none', { worker: { port: 70_000 } }, /worker\.port/],
    ['an endpoint of another protocol', { rpcUrls: ['file:///etc/passwd'] }, /rpcUrls/],
    ['an account that walks', { account: '../../etc' }, /account/],
    ['a group that is none', { worker: 5 }, /setting worker .*object/],
    ['a key that a group does not have', { worker: { prot: 1 } }, /no setting worker\.prot .*file/],
    ['a price in tokens', { worker: { feeWei: '0.1' } }, /feeWei/],
  ] as const) {
    it(`error: ConfigInvalid on ${name}, naming the key and where it came from`, () => {
      file(value);
      assert.throws(
        () => loadConfig({ home }, {}),
        (error: ConfigInvalid) =>
          error instanceof ConfigInvalid && says.test(`${error.what} ${error.why}`) && error.fix.length > 10,
      );
    });
  }
});
