import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { decodeModel } from '../../../../node/core/onnx/decode.ts';
import { runCli } from '../../../helpers/cli.ts';

describe('assay model train', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-train-'));
  });
  after(() => rm(folder, { recursive: true }));

  const train = (...args: string[]) =>
    runCli(['model', 'train', '--json', '--home', folder, '--out', join(folder, 'model.onnx'), ...args]);

  const kinds: readonly (readonly [string, readonly string[], readonly number[], string])[] = [
    ['dense', ['--hidden', '8', '--epochs', '10'], [64], 'Gemm'],
    ['cnn', ['--maps', '4,8', '--epochs', '2'], [1, 8, 8], 'Conv'],
    [
      'transformer',
      ['--width', '16', '--heads', '2', '--epochs', '8', '--rate', '0.005'],
      [8, 8],
      'LayerNormalization',
    ],
  ];
  for (const [kind, options, sample, op] of kinds) {
    it(`--model ${kind} writes a float model of that kind, and tells its accuracy`, async () => {
      const { code, stdout } = await train('--model', kind, ...options);
      assert.equal(code, 0, stdout);
      const { accuracy, testRows } = JSON.parse(stdout) as { accuracy: number; testRows: number };
      assert.equal(testRows, 355);
      assert.ok(accuracy > 0.8, stdout);
      const { graph } = decodeModel(new Uint8Array(readFileSync(join(folder, 'model.onnx'))));
      assert.deepEqual(graph.inputs[0]!.dims, ['N', ...sample]);
      assert.ok(graph.nodes.some((node) => node.op === op));
    });
  }

  for (const [args, name] of [
    [['--model', 'cnn', '--maps', '0'], 'CONV_NETWORK_REFUSED'],
    [['--model', 'transformer', '--heads', '5'], 'TRANSFORMER_REFUSED'],
    [['--model', 'cnn', '--data', 'breast-cancer'], 'DATA_DOES_NOT_FIT'],
  ] as const) {
    it(`${args.join(' ')}: refused as ${name}`, async () => {
      const { code, stdout } = await train(...args);
      assert.equal(code, 3);
      assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, name);
    });
  }

  it('--model forest: wrong usage, the kinds are named', async () => {
    const { code, stdout, stderr } = await train('--model', 'forest');
    assert.equal(code, 2);
    assert.match(stdout + stderr, /dense, cnn, transformer/);
  });
});

describe('assay model exact', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-exact-'));
  });
  after(() => rm(folder, { recursive: true }));

  const vector = (name: string): string =>
    fileURLToPath(new URL(`../../../vectors/import/${name}.onnx`, import.meta.url));
  const exact = (name: string, ...args: string[]) =>
    runCli(['model', 'exact', vector(name), '--home', folder, '--out', join(folder, 'exact.onnx'), ...args]);

  it('compiles a transformer and reports every step beside its float operator', async () => {
    const { code, stdout } = await exact('torch-transformer-relu', '--json', '--calibration', 'mse', '--bits', '8');
    assert.equal(code, 0, stdout);
    const told = JSON.parse(stdout) as {
      steps: number;
      floatAccuracy: number;
      exactAccuracy: number;
      report: { agreement: number; steps: { op: string; sqnr: number; meanError: number }[] };
    };
    assert.equal(told.report.steps.length, told.steps);
    assert.ok(told.exactAccuracy >= told.floatAccuracy - 0.01, stdout);
    assert.ok(told.report.agreement > 0.98);
    assert.ok(told.report.steps.every(({ sqnr, meanError }) => sqnr > 20 && meanError > 0));
    assert.ok(told.report.steps.some(({ op }) => op === 'LAYERNORM'));
    const { metadata } = decodeModel(new Uint8Array(readFileSync(join(folder, 'exact.onnx'))));
    assert.equal(metadata.get('assay.exact'), '2');
  });

  it('prints the same for people, and shows the operators of the file', async () => {
    const { code, stdout } = await exact('torch-mlp');
    assert.equal(code, 0, stdout);
    assert.match(stdout, /2 steps/);
    assert.match(stdout, /agreement +\d+\.\d\d % of 1442 calibration rows/);
    assert.match(stdout, /1 +QLINEAR +32 .*\n2 +QLINEAR +10 /);
    const shown = await runCli(['model', 'show', join(folder, 'exact.onnx'), '--home', folder]);
    assert.match(shown.stdout, /operators +QLINEAR\nrangeClass +U7S8 \(proven\)/);
  });

  it('refuses by name what has no exact twin, and other ways to calibrate', async () => {
    const { code, stdout } = await exact('torch-lstm', '--json');
    assert.equal(code, 3);
    const { error } = JSON.parse(stdout) as { error: { code: string; why: string } };
    assert.equal(error.code, 'EXACT_OP_UNSUPPORTED');
    assert.match(error.why, /\(LSTM\) of domain ai\.onnx, version 13/);
    const wrong = await exact('torch-mlp', '--calibration', 'entropy');
    assert.equal(wrong.code, 2);
    assert.match(wrong.stdout + wrong.stderr, /min-max, percentile, mse/);
  });
});
