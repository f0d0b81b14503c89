import type { Attribute, Graph, Node } from '../onnx/model.ts';
import type { DType, Tensor } from '../tensor/tensor.ts';

/** What is known of a value before anything runs: element type, shape and, for small constants, the elements. */
export interface TensorType {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly value?: Tensor | undefined;
}

/** A value named in a graph, as gradient rules see it. */
export interface NamedType extends TensorType {
  readonly name: string;
}

/** Every rule receives inputs in the node's order; an omitted optional input is undefined. */
interface RuleCall {
  readonly node: Node;
  /** Version of ai.onnx that the model imports. */
  readonly opset: number;
}

export interface InferCall extends RuleCall {
  readonly inputs: readonly (TensorType | undefined)[];
  /** Types of the outputs of a subgraph that runs `times` over inputs of these types. */
  readonly inferGraph: (graph: Graph, inputs: readonly TensorType[], times: number) => readonly TensorType[];
}

export interface ForwardCall extends RuleCall {
  readonly inputs: readonly (Tensor | undefined)[];
  /** What `infer` answered: the budget has already been checked against it. */
  readonly outputs: readonly TensorType[];
  /** Outputs of a subgraph on these inputs; outer names stay visible inside. */
  readonly runGraph: (graph: Graph, inputs: readonly Tensor[]) => readonly Tensor[];
}

/** What a gradient rule may write: plain ONNX nodes of the model's opset, and constants. Answers are value names. */
export interface Emit {
  readonly opset: number;
  /** Adds a node with one output. */
  readonly node: (op: string, inputs: readonly string[], attributes?: Readonly<Record<string, Attribute>>) => string;
  /** Adds a node with `count` outputs. */
  readonly nodes: (
    count: number,
    op: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
  ) => string[];
  readonly constant: (value: Tensor) => string;
}

export interface VjpCall extends RuleCall {
  readonly inputs: readonly (NamedType | undefined)[];
  readonly outputs: readonly NamedType[];
  /** Name of dL/d(output) for each output; undefined where the loss does not depend on it. */
  readonly gradients: readonly (string | undefined)[];
  /** Which inputs need a gradient: rules emit nothing for the others. */
  readonly wanted: readonly boolean[];
  readonly emit: Emit;
}

/**
 * One operator of one domain from version `since` on, up to the next row of the same name. A row supports all it
 * claims: inputs, attributes and types it does not list are refused by name when the model is loaded.
 */
export interface Op {
  readonly op: string;
  readonly domain: string;
  readonly since: number;
  /** Least and greatest number of inputs. */
  readonly inputs: readonly [number, number];
  /** Least and greatest number of outputs. */
  readonly outputs: readonly [number, number];
  readonly attributes: Readonly<Record<string, Attribute['type']>>;
  /** @throws {OpInputRefused} on types or shapes that the specification does not allow. */
  readonly infer: (call: InferCall) => readonly TensorType[];
  readonly forward: (call: ForwardCall) => readonly Tensor[];
  /** Operations of one run beyond one per element of the outputs. */
  readonly work?: (call: InferCall, outputs: readonly TensorType[]) => number;
  /** Vector-Jacobian product: dL/d(input) for each input; undefined where it is zero or not wanted. */
  readonly vjp?: (call: VjpCall) => readonly (string | undefined)[];
}

/** The gradient rule of operators whose outputs do not vary smoothly: nothing flows back. */
export const stopGradient = (call: VjpCall): readonly undefined[] => call.inputs.map(() => undefined);
