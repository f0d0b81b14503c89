import { backward } from '../autodiff/backward.ts';
import { emitterOn } from '../autodiff/emitter.ts';
import { inlineGraph } from '../autodiff/inline.ts';
import { ProtocolError } from '../errors.ts';
import { type GraphBuilder, graphBuilder } from '../onnx/build.ts';
import type { Graph, Model } from '../onnx/model.ts';
import { opsetOf } from '../onnx/opset.ts';
import { DEFAULT_BUDGET, meter } from '../ops/budget.ts';
import { inferGraph, typeOf } from '../ops/infer.ts';
import type { TensorType } from '../ops/op.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { softmaxCrossEntropy } from './loss.ts';
import { initialState, type Optimizer, stateName } from './optimizer.ts';

/** A model that cannot be trained as a classifier. */
export class TrainingRefused extends ProtocolError {
  override readonly code = 'TRAINING_REFUSED';
  constructor(why: string) {
    super({
      what: 'The model cannot be trained',
      why,
      fix: 'Train a classifier with one float32 input and one output of logits (or their Softmax).',
    });
  }
}

export interface Training {
  /** The forward pass; its initializers are where training starts. */
  readonly model: Model;
  /** Rows of a batch; fixed, because a Scan body has fixed shapes. */
  readonly batch: number;
  readonly optimizer: Optimizer;
  /** Initializers to train. @default all of float32 with more than one element, running statistics excepted */
  readonly trainable?: readonly string[];
}

/** A value carried from step to step: graph input `name`, graph output `name` + {@link NEXT}. */
export interface Carried {
  readonly name: string;
  readonly dims: readonly number[];
  readonly initial: Tensor<'float32'>;
}

/** A training graph and what its inputs are called. */
export interface TrainingGraph {
  readonly model: Model;
  /** Trained parameters first, in the order of the model's initializers, then the optimizer's state. */
  readonly carried: readonly Carried[];
  readonly parameters: readonly string[];
}

export const NEXT = '.next';
/** Names of the inputs and outputs that are not carried; no parameter may bear them. */
export const NAMES = {
  features: 'train.features',
  labels: 'train.labels',
  indices: 'train.indices',
  weights: 'train.weights',
  rate: 'train.rate',
  losses: 'train.losses',
} as const;

/** Where training starts to differentiate: the logits, in front of a final Softmax if there is one. */
function logitsOf(graph: Graph): string {
  const output = graph.outputs[0]!.name;
  const last = graph.nodes.find((node) => node.outputs.includes(output));
  return last?.op === 'Softmax' || last?.op === 'LogSoftmax' ? last.inputs[0]! : output;
}

/** Running means and variances: observed, never descended on. */
function statisticsOf({ nodes }: Graph): Set<string> {
  return new Set(nodes.flatMap(({ op, inputs }) => (op === 'BatchNormalization' ? inputs.slice(3) : [])));
}

function parametersOf({ model, trainable }: Training): Map<string, Tensor<'float32'>> {
  const { initializers } = model.graph;
  const statistics = statisticsOf(model.graph);
  const floats = [...initializers].filter(
    (entry): entry is [string, Tensor<'float32'>] => entry[1].dtype === 'float32',
  );
  const unknown = trainable?.find((name) => !floats.some(([float]) => float === name));
  if (unknown !== undefined) throw new TrainingRefused(`${JSON.stringify(unknown)} is no float32 initializer`);
  const chosen = floats.filter(
    ([name, { data }]) => trainable?.includes(name) ?? (data.length > 1 && !statistics.has(name)),
  );
  const reserved = chosen.find(([name]) => name.startsWith('train.') || name.endsWith(NEXT));
  if (reserved !== undefined)
    throw new TrainingRefused(`the parameter name ${JSON.stringify(reserved[0])} is reserved`);
  if (chosen.length === 0) throw new TrainingRefused('it has no float32 initializer of more than one element');
  return new Map(chosen);
}

/** What a step works on: its sizes, and the carried values before the first step. */
export interface Prepared extends Training {
  readonly parameters: ReadonlyMap<string, Tensor<'float32'>>;
  readonly carried: readonly Carried[];
  /** Dimensions of one sample. */
  readonly sample: readonly number[];
}

/** Checks a training request. @throws {TrainingRefused} */
export function prepare(training: Training): Prepared {
  const { model, optimizer, batch } = training;
  const [input] = model.graph.inputs;
  if (model.graph.inputs.length !== 1 || input!.dtype !== 'float32' || model.graph.outputs.length !== 1) {
    throw new TrainingRefused('it must have one float32 input and one output');
  }
  const sample = (input!.dims ?? []).slice(1);
  if (input!.dims === null || !sample.every((dim): dim is number => typeof dim === 'number')) {
    throw new TrainingRefused(`the shape of one sample is not fixed: [${sample.map((dim) => dim ?? '?').join(', ')}]`);
  }
  if (!Number.isInteger(batch) || batch < 1) throw new TrainingRefused(`a batch of ${batch} rows`);
  const parameters = parametersOf(training);
  const shapes = new Map([...parameters].map(([name, { dims }]) => [name, dims]));
  const states = [...[...parameters].map(([name, initial]) => ({ name, initial })), ...initialState(optimizer, shapes)];
  const carried = states.map(({ name, initial }) => ({ name, dims: initial.dims, initial }));
  return { ...training, parameters, carried, sample };
}

export interface StepInputs {
  /** Name of each carried value inside the builder. */
  readonly carried: ReadonlyMap<string, string>;
  readonly features: string;
  readonly labels: string;
  readonly weights: string;
  readonly rate: string;
}

/** Forward pass, loss, backward pass and update. @returns next carried values, in order, and the loss, by name */
export function emitStep(g: GraphBuilder, prepared: Prepared, inputs: StepInputs): { next: string[]; loss: string } {
  const { model, parameters, optimizer, carried, batch, sample } = prepared;
  const emit = emitterOn(g);
  const given = new Map([[model.graph.inputs[0]!.name, inputs.features]]);
  for (const name of parameters.keys()) given.set(name, inputs.carried.get(name)!);
  const { nodes, constants, names } = inlineGraph(g, model.graph, given);
  const known = new Map<string, TensorType>([...constants].map(([name, value]) => [name, typeOf(value)]));
  known.set(inputs.features, { dtype: 'float32', dims: [batch, ...sample] });
  for (const [name, { dtype, dims }] of parameters) known.set(given.get(name)!, { dtype, dims });
  const forward: Graph = { name: 'forward', nodes, inputs: [], outputs: [], initializers: new Map() };
  const types = inferGraph(forward, [], known, { opset: g.opset, charge: meter(DEFAULT_BUDGET) });

  const logits = names.get(logitsOf(model.graph))!;
  const { dims } = types.get(logits)!;
  if (dims.length !== 2 || dims[0] !== batch) throw new TrainingRefused(`its output has shape [${dims.join(', ')}]`);
  const { loss, gradient } = softmaxCrossEntropy(emit, { ...inputs, logits, classes: dims[1]! });
  const wanted = [...parameters.keys()].map((name) => given.get(name)!);
  const gradients = backward({ nodes, types, seeds: new Map([[logits, gradient]]), wanted, emit });

  const shared = optimizer.advance(
    emit,
    optimizer.shared.map(({ name }) => inputs.carried.get(name)!),
  );
  const next = new Map(optimizer.shared.map(({ name }, index) => [name, shared[index]!]));
  for (const name of parameters.keys()) {
    const parameter = given.get(name)!;
    const parameterGradient = gradients.get(parameter);
    if (parameterGradient === undefined)
      throw new TrainingRefused(`parameter ${JSON.stringify(name)} does not reach its output`);
    const own = optimizer.perParameter.map((state) => inputs.carried.get(stateName(state, name))!);
    const updated = optimizer.update(emit, { parameter, gradient: parameterGradient, rate: inputs.rate, own, shared });
    next.set(name, updated.parameter);
    optimizer.perParameter.forEach((state, index) => {
      next.set(stateName(state, name), updated.own[index]!);
    });
  }
  return { next: carried.map(({ name }) => next.get(name)!), loss };
}

/**
 * One training step as plain ONNX. Inputs: every carried value, {@link NAMES}.features [B, ...], labels int64 [B],
 * weights [B], rate []. Outputs: every carried value with {@link NEXT}, and the loss under NAMES.losses.
 * @throws {TrainingRefused} {@link GradientUnsupported}
 */
export function buildStep(training: Training): TrainingGraph {
  const prepared = prepare(training);
  const { batch, carried, sample } = prepared;
  const g = graphBuilder('step', { opset: opsetOf(training.model), irVersion: training.model.irVersion });
  const inputs = new Map(carried.map(({ name, dims }) => [name, g.input(name, 'float32', dims)]));
  const { next, loss } = emitStep(g, prepared, {
    carried: inputs,
    features: g.input(NAMES.features, 'float32', [batch, ...sample]),
    labels: g.input(NAMES.labels, 'int64', [batch]),
    weights: g.input(NAMES.weights, 'float32', [batch]),
    rate: g.input(NAMES.rate, 'float32', []),
  });
  carried.forEach(({ name, dims }, index) => {
    g.output(next[index]!, 'float32', dims, name + NEXT);
  });
  g.output(loss, 'float32', [], NAMES.losses);
  return { model: g.model(), carried, parameters: [...prepared.parameters.keys()] };
}
