import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { decodeModel } from '../../../../node/core/onnx/decode.ts';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import { elementCount, tensor } from '../../../../node/core/tensor/tensor.ts';
import { correct, predictions } from '../../../../node/core/train/metrics.ts';
import { localSession } from '../../../helpers/localSession.ts';
import { load } from '../train/real.ts';
import { values } from './graphs.ts';

/** Correct test rows of split 0, as test/vectors/import/README.md states them. */
const NETWORKS: Readonly<Record<string, { readonly nodes: number; readonly correct: number }>> = {
  'torch-cnn': { nodes: 10, correct: 348 },
  'torch-mixed': { nodes: 25, correct: 349 },
  'torch-mobilenet': { nodes: 107, correct: 343 },
  'torch-transformer': { nodes: 73, correct: 346 },
  'torch-transformer-primitive': { nodes: 113, correct: 346 },
  'torch-transformer-relu': { nodes: 36, correct: 349 },
  'torch2-encoder': { nodes: 54, correct: 348 },
  'torch2-residual': { nodes: 18, correct: 347 },
};

const { dataset, split } = load('digits', 0);
const pixels = Float32Array.from(
  [...split.test].flatMap((row) => [...dataset.features.slice(row * 64, (row + 1) * 64)]),
);
const labels = Array.from(split.test, (row) => dataset.labels[row]!);

describe('evaluateModel over networks that torch exported', () => {
  for (const [name, expected] of Object.entries(NETWORKS)) {
    it(`behavior: ${name} answers as onnxruntime does, with the stated accuracy`, async (context) => {
      const file = new Uint8Array(readFileSync(new URL(`../../../vectors/import/${name}.onnx`, import.meta.url)));
      const model = decodeModel(file);
      const [input, output] = [model.graph.inputs[0]!, model.graph.outputs[0]!];
      assert.equal(model.graph.nodes.filter(({ op }) => op !== 'Constant').length, expected.nodes);
      const sample = input.dims!.slice(1) as number[];
      assert.equal(elementCount(sample), 64);
      const feeds = new Map([[input.name, tensor('float32', [labels.length, ...sample], pixels)]]);
      const begin = performance.now();
      const ours = evaluateModel(model, feeds).get(output.name)!;
      context.diagnostic(`${name}: ${labels.length} rows in ${(performance.now() - begin).toFixed(0)} ms`);
      const session = await localSession({ file, ...model.graph });
      const theirs = values((await session.run(feeds)).get(output.name));
      await session.close();
      const worst = values(ours).reduce((most, score, i) => Math.max(most, Math.abs(score - theirs[i]!)), 0);
      assert.ok(worst < 1e-3, `scores differ by ${worst}`);
      assert.equal(correct(predictions(ours), labels), expected.correct);
    });
  }
});
