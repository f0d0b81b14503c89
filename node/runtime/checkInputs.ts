import type { Dim, ValueInfo } from '../core/onnx/model.ts';
import type { Tensor } from '../core/tensor/tensor.ts';
import { RuntimeInputInvalid } from './errors.ts';

const fits = (dim: Dim, size: number): boolean => typeof dim !== 'number' || dim === size;

function checkTensor(value: Tensor, { name, dtype, dims }: ValueInfo): void {
  if (value.dtype !== dtype)
    throw new RuntimeInputInvalid(`input ${JSON.stringify(name)} is ${value.dtype}, expected ${dtype}`);
  if (dims === null) return;
  if (value.dims.length !== dims.length || !dims.every((dim, axis) => fits(dim, value.dims[axis]!))) {
    const expected = dims.map((dim) => dim ?? '?').join(', ');
    throw new RuntimeInputInvalid(
      `input ${JSON.stringify(name)} has shape [${value.dims.join(', ')}], expected [${expected}]`,
    );
  }
}

/**
 * The inputs in the model's order: all there, none besides, each of its type and shape (symbolic dims take any size).
 * @throws {RuntimeInputInvalid}
 */
export function checkInputs(inputs: ReadonlyMap<string, Tensor>, expected: readonly ValueInfo[]): readonly Tensor[] {
  const ordered = expected.map((info) => {
    const value = inputs.get(info.name);
    if (value === undefined) throw new RuntimeInputInvalid(`input ${JSON.stringify(info.name)} is missing`);
    checkTensor(value, info);
    return value;
  });
  if (inputs.size === expected.length) return ordered;
  const known = new Set(expected.map(({ name }) => name));
  const extra = [...inputs.keys()].find((name) => !known.has(name));
  throw new RuntimeInputInvalid(`the model has no input ${JSON.stringify(extra)}`);
}
