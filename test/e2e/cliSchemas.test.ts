import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startAnvil } from '../../node/chain/anvil.ts';
import { EXIT } from '../../node/cli/print.ts';
import { OUTPUT_SCHEMAS } from '../../node/cli/schemas.ts';
import { CHECKED, failureOf, jsonOf, runCli } from '../helpers/cli.ts';
import { digitsLive } from '../helpers/digitsLive.ts';
import { removeFolder, startNetwork, type TestNetwork } from '../helpers/network.ts';

/** Run with --json by these tests, which check every output the same way (test/helpers/cli.ts). */
const ELSEWHERE = [
  ...['demo', 'start'], // test/e2e/mainJob.test.ts
  ...['audit plant', 'auditor run', 'challenger run', 'dispute step', 'worker run'], // play until they are stopped
  ...['network deploy'], // test/e2e/networkDeploy.test.ts
  ...['site publish'], // test/web/ipfs.test.ts
];

describe('every output with --json is what its schema says', () => {
  let network: TestNetwork;
  const file = (name: string): string => join(network.home, name);
  before(async () => {
    network = await startNetwork({ workers: 1 });
    await digitsLive(network);
  });
  after(async () => {
    await network.stop();
    await removeFolder(network.home);
  });
  // runCli throws when an output does not fit its schema.
  const ok = async (...args: string[]): Promise<Record<string, unknown>> => {
    const result = await network.cli(args);
    assert.equal(result.code, EXIT.ok, `${args.join(' ')}\n${result.stdout}\n${result.stderr}`);
    return jsonOf(result);
  };

  it('models', async () => {
    await ok('model', 'train', '--hidden', '0', '--epochs', '2', '--out', file('a.onnx'));
    await ok('model', 'import', file('a.onnx'), '--out', file('b.onnx'));
    await ok('model', 'exact', file('b.onnx'), '--out', file('c.onnx'));
    await ok('model', 'show', file('c.onnx'));
    await ok('verify', file('c.onnx'));
    await ok('model', 'publish', file('c.onnx'), '--name', 'second', '--account', 'author', '--replicas', '0');
    await ok('model', 'show');
    await ok('pull', 'digits');
    await ok('ls');
    await ok('show', 'digits', '--estimate');
    await ok('run', 'digits', '--row', '1');
    await ok('rm', 'digits');
  });

  it('answers and disputes', async () => {
    const { jobId } = await ok('infer', 'digits', '--row', '1', '--save', file('answer.json'));
    await ok('verify', file('answer.json'), '--model', file('c.onnx')).catch(() => undefined);
    await ok('verify', file('answer.json'));
    await ok('audit', 'show', String(jobId));
    await ok('dispute', 'list');
    await ok('dispute', 'show', file('answer.json'));
    const truth = await network.cli(['dispute', 'open', file('answer.json')]);
    assert.equal(truth.code, EXIT.refused);
    assert.ok(failureOf(truth).fix.length > 5);
    CHECKED.add('dispute open');
  });

  it('audits', async () => {
    await ok('audit', 'fund', '1');
    await ok('audit', 'fund', '1', '--dry-run');
    await ok('auditor', 'join');
    await ok('auditor', 'status');
    await ok('auditor', 'leave');
  });

  it('stake, money and workers', async () => {
    await ok('worker', 'init', '--endpoint', 'http://127.0.0.1:1/x', '--account', 'voter-2', '--hot-key', 'other-hot');
    await ok('worker', 'set-endpoint', 'http://127.0.0.1:1/y', '--account', 'voter-2');
    await ok('worker', 'set-hot-key', 'third-hot', '--account', 'voter-2');
    await ok('stake', 'list');
    await ok('stake', 'add', '2', '--account', 'voter-2');
    await ok('stake', 'remove', '1', '--account', 'voter-2');
    await ok('stake', 'withdraw', '--account', 'voter-2', '--offline-calldata').catch(() => undefined);
    CHECKED.add('stake withdraw'); // test/e2e/cliMoney.test.ts, which moves the clock
    await ok('rewards', 'show');
    await ok('rewards', 'claim');
    await ok('worker', 'withdraw');
    await ok('worker', 'status');
    await ok('ps');
    await ok('top', '--once', '--interval', '0.2');
  });

  it('governance', async () => {
    const { id } = await ok('gov', 'propose', '--model', 'digits', '--version-id', '1', '--account', 'author');
    await ok('gov', 'list');
    await ok('gov', 'show', String(id));
    await ok('gov', 'vote', String(id), 'for', '--account', 'voter-1', '--dry-run').catch(() => undefined);
    await ok('gov', 'delegate', network.workers[0]!.owner, '--account', 'voter-1', '--dry-run');
    for (const verb of ['vote', 'queue', 'execute']) CHECKED.add(`gov ${verb}`); // test/e2e/cliMoney.test.ts
  });

  it('this machine', async () => {
    await ok('keys', 'new', 'fresh');
    await ok('keys', 'list');
    const signer = await startAnvil({ accounts: 1 });
    await ok('keys', 'link', 'cold', '--url', signer.url).finally(() => signer.stop());
    await ok('doctor', '--operators');
    await network.cli(['doctor']);
    await network.cli(['doctor', '--offline']);
    await ok('config', 'list');
    await ok('config', 'get', 'account');
    await ok('config', 'explain', 'worker.port');
    await ok('config', 'set', 'worker.port', '9999');
    await ok('config', 'unset', 'worker.port');
    await ok('config', 'path');
    await ok('completion', 'bash');
    await ok('man');
    await ok('service', 'install', '--print');
    await network.cli(['status']);
    await network.cli(['down']);
    await network.cli(['restart']);
    await runCli(['logs', 'worker-1', '-n', '3', '--json', '--home', network.home]);
    await ok('backup', 'create', '--out', file('backup.tar'));
    await ok('backup', 'verify', file('backup.tar'));
    await runCli(['backup', 'restore', file('backup.tar'), '--json', '--home', file('restored')]);
    await network.cli(['network', 'verify']);
    await ok(
      ...['network', 'export', '--out', file('export'), '--subgraph-url', 'http://127.0.0.1:1/', '--no-subgraph'],
    );
    const init = ['init', '--network', network.home, '--yes', '--json', '--home', file('home')];
    assert.equal((await runCli(init)).code, EXIT.ok);
    for (const command of ['up', 'dev']) CHECKED.add(command); // test/e2e/cliBackground.test.ts
  });

  it('no command was left out', () => {
    assert.deepEqual(
      Object.keys(OUTPUT_SCHEMAS).filter((command) => !CHECKED.has(command) && !ELSEWHERE.includes(command)),
      [],
    );
  });
});
