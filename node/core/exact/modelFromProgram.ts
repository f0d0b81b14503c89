import { type GraphBuilder, graphBuilder } from '../onnx/build.ts';
import type { Model } from '../onnx/model.ts';
import { DTYPES, type DTypeArrays, type Tensor, tensor } from '../tensor/tensor.ts';
import { metadataOf } from './metadata.ts';
import type { Program, QLinearStep } from './program.ts';

/** Version of ai.onnx that exact models are written for: the oldest accepted, so that the most runtimes read it. */
const OPSET = 17;

const int64 = (...values: readonly bigint[]): Tensor<'int64'> =>
  tensor('int64', [values.length], BigInt64Array.from(values));
const scalar64 = (value: bigint): Tensor<'int64'> => tensor('int64', [], BigInt64Array.of(value));

function scalar8(dtype: 'uint8' | 'int8', value: number): Tensor {
  const data = DTYPES[dtype].make(1) as DTypeArrays['uint8' | 'int8'];
  data[0] = value;
  return { dtype, dims: [], data };
}

/** [N, K] to [K, N] or back: `rows` and `columns` of what is given. */
export function transposed<D extends 'int8' | 'uint8'>(weight: Tensor<D>, rows: number, columns: number): Tensor<D> {
  const data = DTYPES[weight.dtype].make(rows * columns) as DTypeArrays[D];
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) data[c * rows + r] = weight.data[r * columns + c]!;
  return { dtype: weight.dtype, dims: [columns, rows], data };
}

/**
 * Writes the program as plain integer ONNX: eight nodes a step, and Flatten in front when samples are not flat.
 * `programFromModel` reads back exactly this and nothing else.
 */
export function modelFromProgram(program: Program, producerVersion = ''): Model {
  const { input, steps, output } = program;
  const g = graphBuilder('exact', { opset: OPSET, producerName: 'assay', producerVersion });
  let value = g.input(input.name, input.dtype, ['N', ...input.dims]);
  if (input.dims.length > 1) value = g.node('Flatten', [value], { axis: 1 }, { name: 'flat' });
  let dtype = input.dtype;
  for (const [index, step] of steps.entries()) {
    const isLast = index === steps.length - 1;
    value = emitStep(g, step, dtype, value, `step${index + 1}`, isLast ? output.name : `step${index + 1}`);
    if (!isLast) dtype = step.outDtype as 'uint8' | 'int8';
  }
  const last = steps.at(-1)!;
  g.output(value, last.outDtype, ['N', last.n]);
  return g.model(metadataOf(input, output));
}

function emitStep(
  g: GraphBuilder,
  step: QLinearStep,
  dtype: 'uint8' | 'int8',
  value: string,
  name: string,
  result: string,
): string {
  const pair = (which: 0 | 1): Tensor => int64(...step.pairs.data.filter((_, at) => at % 2 === which));
  const operands = [
    value,
    g.constant(`${name}.weight`, transposed(step.weight, step.n, step.k)),
    g.constant(`${name}.inputZeroPoint`, scalar8(dtype, step.inputZeroPoint)),
  ];
  if (step.weight.dtype === 'uint8')
    operands.push(g.constant(`${name}.weightZeroPoint`, scalar8('uint8', step.weightZeroPoint)));
  const node = (
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, number>>,
    suffix: string,
  ): string => g.node(op, inputs, attributes, { name: suffix === '' ? result : `${name}.${suffix}` });
  const constant = (suffix: string, tensor: Tensor): string => g.constant(`${name}.${suffix}`, tensor);
  const acc = node('MatMulInteger', operands, {}, 'acc');
  const wide = node('Cast', [acc], { to: DTYPES.int64.onnx }, 'wide');
  const scaled = node('Mul', [wide, constant('multiplier', pair(0))], {}, 'scaled');
  const numerator = node('Add', [scaled, constant('addend', pair(1))], {}, 'numerator');
  const quotient = node('Div', [numerator, constant('divisor', scalar64(1n << BigInt(step.shift)))], {}, 'quotient');
  const centred = node('Sub', [quotient, constant('offset', scalar64(step.offset))], {}, 'centred');
  const bounds = [constant('lo', scalar64(BigInt(step.lo))), constant('hi', scalar64(BigInt(step.hi)))];
  const clipped = node('Clip', [centred, ...bounds], {}, 'clipped');
  return node('Cast', [clipped], { to: DTYPES[step.outDtype].onnx }, '');
}
