import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { isDeclaredExact } from '../../../node/core/exact/metadata.ts';
import { decodeModel } from '../../../node/core/onnx/decode.ts';
import { encodeModel } from '../../../node/core/onnx/encode.ts';
import { ConvNetworkRefused } from '../../../node/core/train/convModel.ts';
import { TransformerRefused } from '../../../node/core/train/transformerModel.ts';
import { nativeSha256 as sha256 } from '../../../node/host.ts';
import { createOnnxRuntime } from '../../../node/runtime/onnxruntime/pool.ts';
import { readArtifact } from '../../../node/service/artifact.ts';
import { describeArtifact } from '../../../node/service/describe.ts';
import { makeExact, scoreExact } from '../../../node/service/exactModel.ts';
import { importModel } from '../../../node/service/importModel.ts';
import { DataDoesNotFit, prepareData } from '../../../node/service/preparedData.ts';
import {
  scoreFloat,
  TrainingDiverged,
  trainConv,
  trainDense,
  trainTransformer,
} from '../../../node/service/trainer.ts';

const csv = (name: string): string => readFileSync(new URL(`../../../data/${name}.csv`, import.meta.url), 'utf8');
const digits = prepareData('digits', csv('digits'), 0);
const runtime = createOnnxRuntime();
after(() => runtime.close());

const REQUEST = { data: digits, hidden: [16], epochs: 15, batch: 32, rate: 0.1, seed: 0 };

describe('trainDense', () => {
  it('learns the digits, tells of every epoch, and scores what it made', async () => {
    const told: number[] = [];
    const trained = await trainDense(runtime, { ...REQUEST, onEpoch: (epoch, loss) => told.push(epoch, loss) });
    assert.equal(trained.testRows, 355);
    assert.ok(trained.correct >= 0.9 * 355, `${trained.correct} of 355`);
    assert.equal(trained.losses.length, 15);
    assert.ok(trained.losses.at(-1)! < trained.losses[0]! / 3);
    assert.deepEqual(
      told.filter((_, i) => i % 2 === 0),
      Array.from({ length: 15 }, (_, i) => i + 1),
    );
    assert.deepEqual(scoreFloat(trained.model, digits), { correct: trained.correct, testRows: 355 });
    const model = decodeModel(encodeModel(trained.model));
    assert.deepEqual(
      [...model.metadata],
      [
        ['assay.data', 'digits'],
        ['assay.seed', '0'],
      ],
    );
  });

  it('gives the same bytes for the same request, and others for another seed', async () => {
    const bytes = async (seed: number) =>
      Buffer.from(encodeModel((await trainDense(runtime, { ...REQUEST, epochs: 2, seed })).model));
    const [a, b, c] = [await bytes(0), await bytes(0), await bytes(1)];
    assert.ok(a.equals(b));
    assert.ok(!a.equals(c));
  });

  it('trains softmax regression and other data', async () => {
    const data = prepareData('breast-cancer', csv('breast-cancer'), 0);
    const trained = await trainDense(runtime, { data, hidden: [], epochs: 20, batch: 16, rate: 0.1, seed: 0 });
    assert.ok(trained.correct / trained.testRows >= 0.95, `${trained.correct} of ${trained.testRows}`);
  });

  it('stops when asked', async () => {
    const abort = new AbortController();
    const training = trainDense(runtime, {
      ...REQUEST,
      epochs: 100_000,
      signal: abort.signal,
      onEpoch: (epoch) => epoch === 3 && abort.abort(new Error('enough')),
    });
    await assert.rejects(training, /enough/);
  });

  it('error: TrainingDiverged instead of a model of no numbers', async () => {
    await assert.rejects(trainDense(runtime, { ...REQUEST, rate: 1e9 }), (error) => {
      assert.ok(error instanceof TrainingDiverged);
      assert.match(error.why, /learning rate 1000000000/);
      return true;
    });
  });
});

describe('trainConv', () => {
  const request = { data: digits, maps: [8, 16], epochs: 3, batch: 32, rate: 0.05, seed: 0 };

  it('learns the digits from raw images, the same bytes for the same request', async () => {
    const trained = await trainConv(runtime, request);
    assert.ok(trained.correct >= 0.9 * 355, `${trained.correct} of 355`);
    assert.deepEqual(trained.model.graph.inputs[0]!.dims, ['N', 1, 8, 8]);
    assert.deepEqual(scoreFloat(trained.model, digits), { correct: trained.correct, testRows: 355 });
    const again = await trainConv(runtime, request);
    assert.ok(Buffer.from(encodeModel(again.model)).equals(Buffer.from(encodeModel(trained.model))));
  });

  it('error: DataDoesNotFit for rows that are no square image', async () => {
    const data = prepareData('breast-cancer', csv('breast-cancer'), 0);
    await assert.rejects(trainConv(runtime, { ...request, data }), (error) => {
      assert.ok(error instanceof DataDoesNotFit);
      assert.match(error.why, /30 columns/);
      return true;
    });
  });

  it('error: ConvNetworkRefused without a convolution', async () => {
    await assert.rejects(trainConv(runtime, { ...request, maps: [] }), ConvNetworkRefused);
  });
});

describe('trainTransformer', () => {
  const request = { data: digits, width: 16, heads: 2, blocks: 1, epochs: 8, batch: 32, rate: 0.005, seed: 0 };

  it('learns the digits from raw rows of pixels', async () => {
    const trained = await trainTransformer(runtime, request);
    assert.ok(trained.correct >= 0.9 * 355, `${trained.correct} of 355`);
    assert.deepEqual(trained.model.graph.inputs[0]!.dims, ['N', 8, 8]);
    assert.deepEqual(scoreFloat(trained.model, digits), { correct: trained.correct, testRows: 355 });
  });

  it('error: TransformerRefused for heads that do not divide the width', async () => {
    await assert.rejects(trainTransformer(runtime, { ...request, heads: 3 }), (error) => {
      assert.ok(error instanceof TransformerRefused);
      assert.match(error.why, /width 16, heads 3/);
      return true;
    });
  });
});

describe('makeExact', () => {
  it('gives an artifact that passes the worker’s own checks, within half a point of the float model', async () => {
    const { model } = await trainDense(runtime, REQUEST);
    const exact = makeExact(model, digits, sha256);
    const read = readArtifact(exact.bytes, sha256);
    assert.equal(read.programRoot, exact.programRoot);
    assert.equal(exact.steps, 2);
    assert.ok(Math.abs(exact.integer.correct - exact.float.correct) <= 0.005 * 355 + 1);
    assert.deepEqual(scoreExact(read.program, digits), exact.integer);
    assert.ok(Buffer.from(makeExact(model, digits, sha256).bytes).equals(Buffer.from(exact.bytes)), 'same bytes again');

    const facts = describeArtifact(exact.bytes, sha256);
    assert.equal(facts['tier'], 'exact');
    assert.equal(facts['programRoot'], exact.programRoot);
    assert.match(facts['rangeClass']!, /U7S8.*\(proven\)/);
    assert.ok(isDeclaredExact(read.model.metadata));
  });
});

const vector = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../vectors/import/${name}`, import.meta.url)));

describe('scoreFloat', () => {
  it('feeds a model of a fixed batch as many rows as it takes', () => {
    const { model } = importModel(vector('torch-mlp.onnx'));
    const { correct, testRows } = scoreFloat(model, digits);
    for (const batch of [1, 100]) {
      const [input] = model.graph.inputs;
      const fixed = { ...model, graph: { ...model.graph, inputs: [{ ...input!, dims: [batch, 64] }] } };
      assert.deepEqual(scoreFloat(fixed, digits), { correct, testRows });
    }
    const { float, integer } = makeExact(importModel(vector('torch-softplus.onnx')).model, digits, sha256);
    assert.equal(float.testRows, 355);
    assert.ok(Math.abs(float.correct - integer.correct) <= 10, `${float.correct} ${integer.correct}`);
  });
});

describe('importModel', () => {
  it('tells what a model of another tool is made of', () => {
    const { operators, parameters, inputs, outputs } = importModel(vector('torch-mlp.onnx'));
    assert.deepEqual(operators, ['Gemm', 'Relu']);
    assert.equal(parameters, 64 * 32 + 32 + 32 * 10 + 10);
    assert.match(inputs[0]!, /float32 \[.*64\]/);
    assert.match(outputs[0]!, /float32/);
    const facts = describeArtifact(vector('torch-mlp.onnx'), sha256);
    assert.deepEqual([facts['tier'], facts['operators']], ['float', 'Gemm, Relu']);
  });

  it('refuses an operator that it does not know, by name', () => {
    assert.throws(() => importModel(vector('torch-lstm.onnx')), { code: 'ONNX_OP_UNSUPPORTED', message: /LSTM/ });
  });
});
