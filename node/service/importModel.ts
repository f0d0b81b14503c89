import { admitModel } from '../core/onnx/admitModel.ts';
import type { Model, ValueInfo } from '../core/onnx/model.ts';

export interface Imported {
  readonly model: Model;
  /** Distinct operators, sorted. */
  readonly operators: readonly string[];
  /** Elements of all initializers. */
  readonly parameters: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * Reads a float model that another tool wrote: bytes, structure, operators and the size of one run are checked before anything runs.
 * @throws everything that reading a hostile model may throw; OnnxOpUnsupported names op, domain, version and node
 */
export function importModel(bytes: Uint8Array): Imported {
  const { model } = admitModel(bytes);
  const { nodes, initializers, inputs, outputs } = model.graph;
  return {
    model,
    operators: [...new Set(nodes.map(({ op }) => op))].sort(),
    parameters: [...initializers.values()].reduce((sum, { data }) => sum + data.length, 0),
    inputs: inputs.map(describeValue),
    outputs: outputs.map(describeValue),
  };
}

/** `x float32 [N, 64]`. */
export const describeValue = ({ name, dtype, dims }: ValueInfo): string =>
  `${name} ${dtype} ${dims === null ? '[?]' : `[${dims.map((dim) => dim ?? '?').join(', ')}]`}`;
