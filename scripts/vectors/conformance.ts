import { hash } from 'node:crypto';
import { type ConformanceSuite, conformanceSuite, controlSuite } from '../../node/core/exact/conformance.ts';
import { encodeModel } from '../../node/core/onnx/encode.ts';
import { type Tensor, tensorBytes } from '../../node/core/tensor/tensor.ts';

const digestsOf = (tensors: ReadonlyMap<string, Tensor>): Record<string, string> =>
  Object.fromEntries(
    [...tensors].map(([name, t]) => [name, `${t.dtype} [${t.dims.join(',')}] ${hash('sha256', tensorBytes(t))}`]),
  );

const vector = ({ model, inputs, expected }: ConformanceSuite): unknown => ({
  modelSha256: hash('sha256', encodeModel(model)),
  inputs: digestsOf(inputs),
  expected: digestsOf(expected),
});

export const conformanceVectors = (): unknown => ({
  description:
    'The 308-case conformance vector and its negative control (node/core/exact/conformance.ts): type, shape and SHA-256 of the little-endian elements of every input and expected output.',
  conformance: vector(conformanceSuite()),
  control: vector(controlSuite()),
});
