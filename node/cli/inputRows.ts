import { ProtocolError } from '../core/errors.ts';
import type { Program } from '../core/exact/program.ts';
import { type Tensor, tensor } from '../core/tensor/tensor.ts';

export class InputNotGiven extends ProtocolError {
  override readonly code = 'INPUT_NOT_GIVEN';
}

/** Rows of one command: enough for a file of examples, few enough for the memory of a laptop. */
const MAX_ROWS = 100_000;

/** One row of numbers as the program takes it: a JSON array, nested or flat. @throws {InputNotGiven} */
export function parseRow(text: string, program: Program): Tensor {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputNotGiven({
      what: 'The input is not JSON',
      why: cause instanceof Error ? cause.message : String(cause),
      fix: 'Give an array of numbers, e.g. --input "[0, 0, 5, ...]".',
      cause,
    });
  }
  return rowOf(value, program, undefined);
}

/**
 * Rows of numbers: one JSON array (a row, or an array of rows), or lines, each a JSON array or numbers with commas.
 * @throws {InputNotGiven}
 */
export function parseRows(text: string, program: Program): Tensor[] {
  const whole = jsonOf(text);
  if (Array.isArray(whole)) {
    const isRows = whole.length > 0 && whole.every(Array.isArray) && flat(whole[0]).length === sizeOf(program);
    return isRows ? bounded(whole).map((row, i) => rowOf(row, program, i + 1)) : [rowOf(whole, program, undefined)];
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0)
    throw new InputNotGiven({
      what: 'Nothing to compute on',
      why: 'the input is empty',
      fix: `Give ${sizeOf(program)} numbers, as a JSON array or as one line with commas.`,
    });
  return bounded(lines).map((line, i) =>
    rowOf(jsonOf(line) ?? line.split(/[,;\s]+/).map(numberOf), program, lines.length > 1 ? i + 1 : undefined),
  );
}

function bounded<T>(rows: readonly T[]): readonly T[] {
  if (rows.length <= MAX_ROWS) return rows;
  throw new InputNotGiven({
    what: 'The input has too many rows',
    why: `it has ${rows.length}, one command takes ${MAX_ROWS}`,
    fix: 'Split it.',
  });
}

/** Undefined: it is no JSON. */
function jsonOf(text: string): unknown {
  if (!/^\s*\[/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const numberOf = (text: string): number => (text === '' ? Number.NaN : Number(text));
const flat = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]).flat(8) : []);
const sizeOf = ({ input }: Program): number => input.dims.reduce((product, dim) => product * dim, 1);

function rowOf(value: unknown, program: Program, line: number | undefined): Tensor {
  const numbers = flat(value);
  const wanted = sizeOf(program);
  const isRow = numbers.length === wanted && numbers.every((item) => typeof item === 'number' && Number.isFinite(item));
  if (!isRow) {
    const where = line === undefined ? '' : ` in row ${line}`;
    throw new InputNotGiven({
      what: 'The input does not fit the model',
      why:
        numbers.length === wanted
          ? `not all of its ${wanted} values${where} are numbers`
          : `it has ${numbers.length} values${where}, one sample has ${wanted}`,
      fix: `Give ${wanted} numbers as the model card describes them.`,
      meta: { wanted, given: numbers.length, ...(line === undefined ? {} : { line }) },
    });
  }
  return tensor('float32', [1, ...program.input.dims], Float32Array.from(numbers as number[]));
}
