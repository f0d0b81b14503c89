import { type GraphBuilder, graphBuilder } from '../onnx/build.ts';
import type { Model } from '../onnx/model.ts';
import { DTYPES, type DTypeArrays, type Tensor, tensor } from '../tensor/tensor.ts';
import { metadataOf } from './metadata.ts';
import type { Program, QLinearStep } from './program.ts';

/** Version of ai.onnx that exact models are written for: the oldest accepted, so that the most runtimes read it. */
const OPSET = 17;

const int64 = (data: BigInt64Array): Tensor<'int64'> => tensor('int64', [data.length], data);
const int64Scalar = (value: bigint): Tensor<'int64'> => tensor('int64', [], BigInt64Array.of(value));

/** A zero point. */
export const byteScalar = (dtype: 'uint8' | 'int8', value: number): Tensor =>
  dtype === 'uint8' ? tensor('uint8', [], Uint8Array.of(value)) : tensor('int8', [], Int8Array.of(value));

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
  const operands = [
    value,
    g.constant(`${name}.weight`, transposed(step.weight, step.n, step.k)),
    g.constant(`${name}.inputZeroPoint`, byteScalar(dtype, step.inputZeroPoint)),
  ];
  if (step.weight.dtype === 'uint8') {
    operands.push(g.constant(`${name}.weightZeroPoint`, byteScalar('uint8', step.weightZeroPoint)));
  }
  const acc = g.node('MatMulInteger', operands, {}, { name: `${name}.acc` });
  return emitRequant(g, step, acc, name, result);
}

/** The constants of a requantisation. */
export type Requantization = Pick<QLinearStep, 'pairs' | 'shift' | 'offset' | 'lo' | 'hi' | 'outDtype'>;

/** The seven nodes from int32 accumulators [rows, N] to the step's output. */
export function emitRequant(g: GraphBuilder, step: Requantization, acc: string, name: string, result: string): string {
  const half = (which: 0 | 1): Tensor => int64(step.pairs.data.filter((_, at) => at % 2 === which));
  const constant = (suffix: string, value: Tensor): string => g.constant(`${name}.${suffix}`, value);
  const wide = g.node('Cast', [acc], { to: DTYPES.int64.onnx }, { name: `${name}.wide` });
  const scaled = g.node('Mul', [wide, constant('multiplier', half(0))], {}, { name: `${name}.scaled` });
  const numerator = g.node('Add', [scaled, constant('addend', half(1))], {}, { name: `${name}.numerator` });
  const divisor = constant('divisor', int64Scalar(1n << BigInt(step.shift)));
  const quotient = g.node('Div', [numerator, divisor], {}, { name: `${name}.quotient` });
  const centred = g.node(
    'Sub',
    [quotient, constant('offset', int64Scalar(step.offset))],
    {},
    { name: `${name}.centred` },
  );
  const bounds = [constant('lo', int64Scalar(BigInt(step.lo))), constant('hi', int64Scalar(BigInt(step.hi)))];
  const clipped = g.node('Clip', [centred, ...bounds], {}, { name: `${name}.clipped` });
  return g.node('Cast', [clipped], { to: DTYPES[step.outDtype].onnx }, { name: result });
}
