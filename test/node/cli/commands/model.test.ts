import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
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
