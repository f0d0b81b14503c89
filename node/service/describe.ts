import type { Sha256 } from '../core/codec/sha256.ts';
import { isDeclaredExact } from '../core/exact/metadata.ts';
import { decodeModel } from '../core/onnx/decode.ts';
import { readArtifact } from './artifact.ts';
import { describeValue, importModel } from './importModel.ts';

/** What an ONNX file says of itself, every claim about exactness proven again. */
export function describeArtifact(bytes: Uint8Array, sha256: Sha256): Readonly<Record<string, string>> {
  const model = decodeModel(bytes);
  const facts = {
    sizeBytes: String(bytes.length),
    producer: `${model.producerName} ${model.producerVersion}`.trim(),
    inputs: model.graph.inputs.map(describeValue).join(', '),
    outputs: model.graph.outputs.map(describeValue).join(', '),
    nodes: String(model.graph.nodes.length),
  };
  if (!isDeclaredExact(model.metadata))
    return { tier: 'float', ...facts, operators: importModel(bytes).operators.join(', ') };
  const { program, programRoot } = readArtifact(bytes, sha256);
  const classes = [...new Set(program.steps.flatMap(({ rangeClass }) => rangeClass ?? []))].join(', ');
  return {
    tier: 'exact',
    ...facts,
    programRoot,
    steps: String(program.steps.length),
    operators: [...new Set(program.steps.map(({ op }) => op))].sort().join(', '),
    rangeClass: `${classes} (proven)`,
  };
}
