import type { Program } from '../../core/exact/program.ts';
import { encodeInput } from '../../core/exact/quantize.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import { InputRefused } from '../inference.ts';

/**
 * The one integer tensor `[rows, ...dims]` that a program computes on. A float32 tensor of the same shape is mapped by
 * the program's own input scale (deterministic: IEEE division and rounding), so that people may send what they have.
 * @throws {InputRefused}
 */
export function exactInput(
  program: Program,
  inputs: ReadonlyMap<string, Tensor>,
  maxRows = Number.POSITIVE_INFINITY,
): Tensor {
  const { name, dtype, dims, lo, hi } = program.input;
  const shape = `[rows, ${dims.join(', ')}]`;
  const refuse = (why: string): InputRefused =>
    new InputRefused({
      what: 'The input does not fit this version',
      why,
      fix: `Send one tensor ${JSON.stringify(name)} of type ${dtype} (values ${lo}..${hi}) or float32, shape ${shape}.`,
    });
  const given = inputs.get(name);
  if (given === undefined || inputs.size !== 1)
    throw refuse(
      `it takes ${JSON.stringify(name)}, got ${[...inputs.keys()].map((key) => JSON.stringify(key)).join(', ') || 'nothing'}`,
    );
  if (given.dims.length !== dims.length + 1 || dims.some((dim, axis) => given.dims[axis + 1] !== dim))
    throw refuse(`its shape is [${given.dims.join(', ')}], expected ${shape}`);
  if (given.dims[0] === 0) throw refuse('it has no rows');
  if (given.dims[0]! > maxRows) throw refuse(`it has ${given.dims[0]} rows, a job has at most ${maxRows}`);
  if (given.dtype === 'float32') {
    const values = given.data as Float32Array;
    if (!values.every(Number.isFinite)) throw refuse('it holds NaN or infinity');
    return encodeInput(program, values, given.dims);
  }
  if (given.dtype !== dtype) throw refuse(`its type is ${given.dtype}`);
  for (const value of given.data as Uint8Array)
    if (value < lo || value > hi) throw refuse(`it holds ${value}, outside ${lo}..${hi}`);
  return given;
}
