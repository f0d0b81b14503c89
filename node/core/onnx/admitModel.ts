import { DEFAULT_BUDGET as DEFAULT_SIZES, type SizeBudget } from '../ops/budget.ts';
import { inferModelShapes } from '../ops/infer.ts';
import type { TensorType } from '../ops/op.ts';
import { supportedOperators } from '../ops/table.ts';
import { DEFAULT_BUDGET, type ModelBudget } from './budget.ts';
import { decodeModel } from './decode.ts';
import { OnnxTypeUnsupported, quote } from './errors.ts';
import type { Model, ValueInfo } from './model.ts';
import { checkOperators } from './opset.ts';

export interface Admission {
  /** Bounds on the file. */
  readonly budget?: ModelBudget;
  /** Bounds on what one run allocates and multiplies. */
  readonly sizes?: SizeBudget;
  /** Sizes of symbolic dimensions. @default 1 each, which is also taken for dimensions without a name */
  readonly symbols?: ReadonlyMap<string, number>;
}

function sizesOf({ name, dims }: ValueInfo, symbols: ReadonlyMap<string, number>): number[] {
  if (dims === null) throw new OnnxTypeUnsupported(`input ${quote(name)}`, 'declares no shape');
  return dims.map((dim) => (typeof dim === 'number' ? dim : dim === null ? 1 : (symbols.get(dim) ?? 1)));
}

/**
 * The one door for files of strangers: reads the file within a budget, admits only known operators and attributes, and
 * computes the shape of every value of one run, so that a small file cannot ask for much memory or time. Nothing is
 * allocated for the run.
 * @throws {ProtocolError} what {@link decodeModel}, {@link checkOperators} and {@link inferModelShapes} throw
 */
export function admitModel(
  bytes: Uint8Array,
  { budget = DEFAULT_BUDGET, sizes = DEFAULT_SIZES, symbols = new Map() }: Admission = {},
): { readonly model: Model; readonly types: ReadonlyMap<string, TensorType> } {
  const model = decodeModel(bytes, budget);
  checkOperators(model, supportedOperators);
  const shapes = new Map(model.graph.inputs.map((input) => [input.name, sizesOf(input, symbols)]));
  return { model, types: inferModelShapes(model, shapes, sizes) };
}
