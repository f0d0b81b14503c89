import type { Graph, Model } from '../onnx/model.ts';
import { opsetOf } from '../onnx/opset.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Charge, DEFAULT_BUDGET, meter, type SizeBudget } from './budget.ts';
import { inferNode, orderInputs, typeOf } from './infer.ts';
import type { TensorType } from './op.ts';
import { promoteModel, promoteTensor } from './promote.ts';
import { requireInput } from './rule.ts';

export interface EvaluateOptions {
  /** Every value of the graph, not only its outputs. @default false */
  readonly all?: boolean;
  /** Computes in float64 what the model computes in float32: the reference of gradient checks. @default false */
  readonly float64?: boolean;
  /** @default DEFAULT_BUDGET */
  readonly budget?: SizeBudget;
}

interface Run {
  readonly opset: number;
  readonly charge: Charge;
}

/** What a loop's body costs has been charged when the loop's own types were inferred. */
const FREE: Charge = () => undefined;

function runGraph(
  graph: Graph,
  inputs: readonly Tensor[],
  outer: ReadonlyMap<string, Tensor>,
  run: Run,
): Map<string, Tensor> {
  const values = new Map(outer);
  for (const [name, value] of graph.initializers) values.set(name, value);
  graph.inputs.forEach((input, index) => {
    values.set(input.name, inputs[index]!);
  });
  for (const node of graph.nodes) {
    const given = node.inputs.map((name) => (name === '' ? undefined : values.get(name)));
    const missing = node.inputs.find((name, index) => name !== '' && given[index] === undefined);
    requireInput({ node, opset: run.opset }, missing === undefined, `value ${JSON.stringify(missing)} is not defined`);
    const types = given.map((value) => value && typeOf(value));
    const scope = (): Map<string, TensorType> => new Map([...values].map(([name, value]) => [name, typeOf(value)]));
    const { row, outputs } = inferNode(node, types, node.attributes.has('body') ? scope() : new Map(), run);
    const results = row.forward({
      node,
      opset: run.opset,
      inputs: given,
      outputs,
      runGraph: (body, bodyInputs) => {
        const inner = runGraph(body, bodyInputs, values, { opset: run.opset, charge: FREE });
        return body.outputs.map((output) => inner.get(output.name)!);
      },
    });
    node.outputs.forEach((name, index) => {
      if (name !== '') values.set(name, results[index]!);
    });
  }
  return values;
}

/**
 * Runs a model in TypeScript: the reference for calibration and gradient checks, not for speed. float32 results are
 * computed in float64 and rounded once per element and node; they agree with onnxruntime to rounding, not bit for bit.
 * @returns outputs by name in the graph's order, or every value with `all`
 * @throws {OnnxOpUnsupported} {@link OpInputRefused} {@link GraphInputRefused} {@link SizeBudgetExceeded}
 */
export function evaluateModel(
  model: Model,
  inputs: ReadonlyMap<string, Tensor>,
  { all = false, float64 = false, budget = DEFAULT_BUDGET }: EvaluateOptions = {},
): Map<string, Tensor> {
  const source = float64 ? promoteModel(model) : model;
  const fed = new Map([...inputs].map(([name, value]) => [name, typeOf(float64 ? promoteTensor(value) : value)]));
  const ordered = orderInputs(source.graph, fed).map((type) => type.value!);
  const values = runGraph(source.graph, ordered, new Map(), { opset: opsetOf(model), charge: meter(budget) });
  return all ? values : new Map(source.graph.outputs.map(({ name }) => [name, values.get(name)!]));
}
