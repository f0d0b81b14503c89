import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import type { Model } from '../../../../node/core/onnx/model.ts';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import { inferModelShapes } from '../../../../node/core/ops/infer.ts';
import { OPS, supportedOperators } from '../../../../node/core/ops/table.ts';
import type { Tensor } from '../../../../node/core/tensor/tensor.ts';
import { localSession } from '../../../helpers/localSession.ts';
import { CASES, feedsOf, modelOf, type OpCase } from './cases.ts';
import { values } from './graphs.ts';

/** Declares outputs as inference found them, which onnxruntime wants in the file. */
function declared(model: Model, feeds: ReadonlyMap<string, Tensor>): Model {
  const types = inferModelShapes(model, new Map([...feeds].map(([name, { dims }]) => [name, dims])));
  const inputs = model.graph.inputs.map((input) => ({ ...input, dims: feeds.get(input.name)!.dims }));
  const outputs = model.graph.outputs.map(({ name }) => ({
    name,
    dtype: types.get(name)!.dtype,
    dims: types.get(name)!.dims,
  }));
  return { ...model, graph: { ...model.graph, inputs, outputs } };
}

function assertClose(actual: Tensor, expected: Tensor, what: string): void {
  assert.equal(actual.dtype, expected.dtype, what);
  assert.deepEqual([...actual.dims], [...expected.dims], what);
  const [a, b] = [values(actual), values(expected)];
  const exact = !actual.dtype.startsWith('float');
  a.forEach((value, i) => {
    const tolerance = exact ? 0 : 2e-6 * Math.max(1, Math.abs(b[i]!));
    const equal = Object.is(value, b[i]) || Math.abs(value - b[i]!) <= tolerance;
    assert.ok(equal, `${what}: element ${i} is ${value}, onnxruntime says ${b[i]}`);
  });
}

async function agreesWithOnnxruntime(example: OpCase): Promise<void> {
  const feeds = feedsOf(example);
  const model = declared(modelOf(example), feeds);
  const ours = evaluateModel(model, feeds);
  const session = await localSession({ file: encodeModel(model), ...model.graph });
  const theirs = await session.run(feeds);
  await session.close();
  for (const [name, value] of ours) assertClose(value, theirs.get(name)!, `${example.name}, ${name}`);
}

describe('operator table', () => {
  for (const example of CASES.filter(({ local }) => !local)) {
    it(`behavior: ${example.name} agrees with onnxruntime`, () => agreesWithOnnxruntime(example));
  }

  it('behavior: every row has a case at an opset that resolves to it', () => {
    const covered = new Set(CASES.map(({ op, opset }) => supportedOperators(op, '', opset)));
    const missing = OPS.filter((row) => !covered.has(row) && row.op !== 'Scan');
    assert.deepEqual(
      missing.map(({ op, since }) => `${op}-${since}`),
      [],
    );
  });
});
