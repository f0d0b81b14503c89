import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EXIT } from '../../../../node/cli/print.ts';
import { failureOf, jsonOf, runCli } from '../../../helpers/cli.ts';
import { removeFolder, temporaryFolder } from '../../../helpers/network.ts';

describe('assay config', () => {
  let home = '';
  before(async () => {
    home = await temporaryFolder('settings');
  });
  after(() => removeFolder(home));
  const cli = (args: readonly string[], env: Record<string, string> = {}) =>
    runCli([...args, '--json', '--home', home], { env });
  interface Explained {
    readonly value: unknown;
    readonly origin: string;
    readonly withoutFlagsAndEnvironment: unknown;
  }
  const explain = async (key: string, args: string[] = [], env = {}): Promise<Explained> =>
    jsonOf<Explained & Record<string, unknown>>(await cli(['config', 'explain', key, ...args], env));

  it('explain names the origin: flag over environment over file over the user file over default', async () => {
    assert.equal((await explain('account')).origin, 'default');
    const config = join(home, 'xdg');
    await mkdir(join(config, 'assay'), { recursive: true });
    await writeFile(join(config, 'assay', 'config.json'), JSON.stringify({ account: 'mine', logLevel: 'error' }));
    const env = { XDG_CONFIG_HOME: config };
    assert.deepEqual(
      [(await explain('account', [], env)).value, (await explain('account', [], env)).origin],
      ['mine', 'user file'],
    );
    assert.equal(jsonOf(await cli(['config', 'set', 'account', 'hot'])).value, 'hot');
    assert.equal((await explain('account', [], env)).origin, 'file');
    const all = { ...env, ASSAY_ACCOUNT: 'other' };
    assert.deepEqual(
      [(await explain('account', [], all)).value, (await explain('account', [], all)).origin],
      ['other', 'environment'],
    );
    const flagged = await explain('account', ['--account', 'third'], all);
    assert.deepEqual([flagged.value, flagged.origin, flagged.withoutFlagsAndEnvironment], ['third', 'flag', 'hot']);
    assert.equal((await explain('logLevel', [], env)).origin, 'user file');
    const paths = jsonOf(await cli(['config', 'path'], env));
    assert.equal(paths['userFile'], join(config, 'assay', 'config.json'));
  });

  it('a key of a group has an origin of its own', async () => {
    await cli(['config', 'set', 'worker.port', '9001']);
    assert.deepEqual(
      [(await explain('worker.port')).origin, (await explain('worker.host')).origin],
      ['file', 'default'],
    );
    assert.equal(jsonOf(await cli(['config', 'get', 'worker.port']))['value'], 9001);
    await cli(['config', 'unset', 'worker.port']);
    assert.equal((await explain('worker.port')).origin, 'default');
    assert.deepEqual(JSON.parse(await readFile(join(home, 'config.json'), 'utf8')), { account: 'hot' });
  });

  it('types: lists, numbers, booleans; wei stay text', async () => {
    for (const [key, text, value] of [
      ['rpcUrls', 'http://a:1,http://b:2', ['http://a:1', 'http://b:2']],
      ['worker.maxRows', '7', 7],
      ['privateProviders', 'true', true],
      ['worker.feeWei', '5', '5'],
    ] as const)
      assert.deepEqual(jsonOf(await cli(['config', 'set', key, text]))['value'], value);
    const { settings } = jsonOf<{ settings: { key: string; value: unknown }[] }>(await cli(['config', 'list']));
    assert.equal(settings.find(({ key }) => key === 'worker.feeWei')?.value, '5');
  });

  it('refuses what the next start would refuse, and writes nothing', async () => {
    const before = await readFile(join(home, 'config.json'), 'utf8');
    for (const [key, value, code] of [
      ['worker.port', '70000', 'CONFIG_INVALID'],
      ['rpcUrls', 'file:///etc/passwd', 'CONFIG_INVALID'],
      ['worker.prot', '1', 'SETTING_UNKNOWN'],
    ] as const) {
      const result = await cli(['config', 'set', key, value]);
      assert.equal(result.code, EXIT.refused);
      assert.equal(failureOf(result).code, code);
    }
    assert.match(failureOf(await cli(['config', 'get', 'worker.prot'])).fix, /Did you mean worker\.port\?/);
    assert.equal(await readFile(join(home, 'config.json'), 'utf8'), before);
  });

  it('repairs a file that no other command accepts; a file that is no JSON is left alone', async () => {
    await writeFile(join(home, 'config.json'), JSON.stringify({ account: '../x' }));
    assert.equal(failureOf(await cli(['config', 'list'])).code, 'CONFIG_INVALID');
    assert.equal((await cli(['config', 'unset', 'account'])).code, EXIT.ok);
    assert.equal((await cli(['config', 'list'])).code, EXIT.ok);
    await writeFile(join(home, 'config.json'), '{');
    assert.equal(failureOf(await cli(['config', 'set', 'account', 'x'])).code, 'SETTINGS_UNREADABLE');
  });

  it('a home of a newer release is refused politely, by every command', async () => {
    await writeFile(join(home, 'config.json'), '{}');
    await writeFile(join(home, 'format.json'), '{"format":2}');
    for (const args of [['keys', 'list'], ['ls'], ['doctor', '--offline']]) {
      const failure = failureOf(await cli(args));
      assert.equal(failure.code, 'HOME_TOO_NEW');
      assert.match(failure.fix, /Nothing was changed/);
    }
    assert.equal(await readFile(join(home, 'format.json'), 'utf8'), '{"format":2}');
  });
});
