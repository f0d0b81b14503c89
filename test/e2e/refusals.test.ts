import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EXIT } from '../../node/cli/print.ts';
import { type CliFailure, failureOf, jsonOf, runCli, startCli } from '../helpers/cli.ts';
import { removeFolder, startNetwork, type TestNetwork, temporaryFolder } from '../helpers/network.ts';

const vector = (path: string): string => fileURLToPath(new URL(`../vectors/${path}`, import.meta.url));

/** Every complaint names what, why and what to do; `says` is looked for in all three. */
function assertComplaint(failure: CliFailure, code: string, says: RegExp): void {
  assert.equal(failure.code, code, JSON.stringify(failure));
  assert.match(`${failure.what} ${failure.why} ${failure.fix}`, says);
  for (const sentence of [failure.what, failure.why, failure.fix]) assert.ok(sentence.length > 5);
}

describe('refusals without a network', () => {
  let folder = '';
  before(async () => {
    folder = await temporaryFolder('refusals');
  });
  after(() => removeFolder(folder));

  const CASES: readonly (readonly [name: string, args: readonly string[], code: string, says: RegExp])[] = [
    ['a model file that is not there', ['model', 'exact', 'missing.onnx'], 'FILE_REFUSED', /missing\.onnx/],
    ['a data file that is not there', ['model', 'train', '--data', 'missing.csv'], 'FILE_REFUSED', /missing\.csv/],
    [
      'a file that cannot be written',
      ['model', 'import', vector('import/torch-mlp.onnx'), '--out', '/proc/nowhere/x.onnx'],
      'FILE_NOT_WRITTEN',
      /nowhere/,
    ],
    ['something that cannot be verified', ['verify', 'nonsense'], 'NOTHING_TO_VERIFY', /nonsense/],
    [
      'an operator without support',
      ['model', 'import', vector('import/torch-lstm.onnx')],
      'ONNX_OP_UNSUPPORTED',
      /LSTM/,
    ],
  ];
  for (const [name, args, code, says] of CASES) {
    it(`${name}: ${code}`, async () => {
      const result = await runCli([...args, '--json', '--home', folder]);
      assert.equal(result.code, EXIT.refused, result.stderr);
      assertComplaint(failureOf(result), code, says);
    });
  }

  it('commands before any network: says how to get one', async () => {
    const result = await runCli(['model', 'show', '--json', '--home', folder]);
    assert.equal(result.code, EXIT.refused);
    assert.match(failureOf(result).fix, /assay dev/);
  });

  it('a corrupted model is refused by every command that reads one', async () => {
    const broken = join(folder, 'broken.onnx');
    await writeFile(broken, Buffer.from('this is no protobuf at all, but it is long enough to look'));
    for (const args of [
      ['model', 'import', broken],
      ['model', 'exact', broken],
      ['verify', broken],
      ['model', 'show', broken],
    ]) {
      const result = await runCli([...args, '--json', '--home', folder]);
      assert.equal(result.code, EXIT.refused, args.join(' '));
      assert.match(failureOf(result).code, /^ONNX_/);
    }
  });
});

describe('refusals on a network', () => {
  let network: TestNetwork;
  before(async () => {
    network = await startNetwork({ workers: 1 });
  });
  after(async () => {
    await network.stop();
    await removeFolder(network.home);
  });
  const refused = async (args: readonly string[], code: string, says: RegExp): Promise<void> => {
    const result = await network.cli(args);
    assert.notEqual(result.code, EXIT.ok, args.join(' '));
    assertComplaint(failureOf(result), code, says);
  };

  it('NetworkRunning: a second network on the same home', () =>
    refused(['dev', '--port', String(network.port + 4)], 'NETWORK_RUNNING', /already running/));
  it('ModelNotAvailable: a name that nobody registered', () =>
    refused(['infer', 'nothing', '--row', '0'], 'MODEL_NOT_AVAILABLE', /nothing/));
  it('ProposalUnknown: queueing nothing', () =>
    refused(['gov', 'queue', '7', '--account', 'author'], 'PROPOSAL_UNKNOWN', /gov list/));
  it('MODEL_UNKNOWN: a proposal for nothing', () =>
    refused(
      ['gov', 'propose', '--model', 'nothing', '--version-id', '1', '--account', 'author'],
      'MODEL_UNKNOWN',
      /nothing/,
    ));
  it('WorkerNotRegistered: a key that belongs to no worker', () =>
    refused(['worker', 'run', '--account', 'voter-1', '--port', '0'], 'WORKER_NOT_REGISTERED', /worker init/));
  it('KEYSTORE_MISSING: an account that is not there', () =>
    refused(['gov', 'delegate', `0x${'11'.repeat(20)}`, '--account', 'nobody'], 'KEYSTORE_MISSING', /nobody/));

  it('Unfit: doctor says that an account without ether cannot act', async () => {
    assert.equal((await network.cli(['keys', 'new', 'poor'])).code, EXIT.ok);
    const result = await network.cli(['doctor', '--account', 'poor']);
    assert.equal(result.code, EXIT.refused);
    const { checks } = jsonOf<{ checks: { name: string; state: string; found: string; fix: string }[] }>(result);
    const account = checks.find(({ name }) => name === 'account')!;
    assert.equal(account.state, 'failed');
    assert.match(account.found, /no ether/);
    assert.ok(account.fix.length > 10);
    assert.deepEqual(
      checks.filter(({ state }) => state === 'failed').map(({ name }) => name),
      ['account'],
    );
  });

  it('TooFewReplicas: more copies than there are workers; the version stays registered', async () => {
    const exact = join(network.home, 'mlp.exact.onnx');
    assert.equal(
      (await network.cli(['model', 'exact', vector('import/torch-mlp.onnx'), '--out', exact])).code,
      EXIT.ok,
    );
    await refused(
      ['model', 'publish', exact, '--name', 'torch-mlp', '--replicas', '2', '--account', 'author'],
      'TOO_FEW_REPLICAS',
      /1 of 2/,
    );
    await refused(['infer', 'torch-mlp', '--row', '0'], 'MODEL_NOT_AVAILABLE', /no version|live/);
  });

  it('InputNotGiven, NobodyAnswered, BalanceTooLowToPay: before any money moves', async () => {
    const version = ['--version-id', '1'];
    await refused(['infer', 'torch-mlp', ...version], 'INPUT_NOT_GIVEN', /--row/);
    await refused(['infer', 'torch-mlp', ...version, '--input', '[1,2]'], 'INPUT_NOT_GIVEN', /64/);
    await refused(['infer', 'torch-mlp', ...version, '--row', '0'], 'NOBODY_ANSWERED', /offers|worker/);
    const { id } = jsonOf<{ id: string }>(
      await network.cli(['gov', 'propose', '--model', 'torch-mlp', '--version-id', '1', '--account', 'author']),
    );
    const until = async (done: () => Promise<boolean>): Promise<void> => {
      for (let i = 0; i < 60; i++) {
        if (await done()) return;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      assert.fail('waited too long');
    };
    const succeeds =
      (...args: string[]) =>
      async (): Promise<boolean> =>
        (await network.cli(args)).code === EXIT.ok;
    await until(succeeds('gov', 'vote', id, 'for', '--account', 'voter-1'));
    await until(succeeds('gov', 'queue', id, '--account', 'author'));
    await until(succeeds('gov', 'execute', id, '--account', 'author'));
    await until(succeeds('infer', 'torch-mlp', '--row', '1'));
    await refused(['infer', 'torch-mlp', '--row', '1', '--account', 'poor'], 'BALANCE_TOO_LOW_TO_PAY', /price/);
  });

  it('Interrupted: Ctrl-C in long work ends it, says so, and leaves nothing half-written', async () => {
    const out = join(network.home, 'never.onnx');
    const train = startCli(['model', 'train', '--epochs', '100000', '--out', out, '--home', network.home]);
    setTimeout(() => train.process.kill('SIGINT'), 2500);
    const { code, stderr } = await train.ended;
    assert.notEqual(code, 0);
    assert.doesNotMatch(stderr, /bug/i);
  });
});
