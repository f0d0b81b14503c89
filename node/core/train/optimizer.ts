import { scalar, scale } from '../ops/gradient.ts';
import type { Emit } from '../ops/op.ts';
import { type Tensor, zeros } from '../tensor/tensor.ts';

/** A value that an optimizer carries from step to step, and what it starts as. */
export interface OptimizerState {
  readonly name: string;
  readonly initial: Tensor<'float32'>;
}

/** One parameter in one step; every field is the name of a value. */
export interface Update {
  readonly parameter: string;
  readonly gradient: string;
  /** Learning rate, a scalar. */
  readonly rate: string;
  /** The optimizer's state for this parameter, in the order of {@link Optimizer.perParameter}. */
  readonly own: readonly string[];
  /** State shared by all parameters, already advanced by {@link Optimizer.advance}. */
  readonly shared: readonly string[];
}

/** A rule that turns gradients into steps, written as plain ONNX nodes. */
export interface Optimizer {
  readonly name: string;
  /** Names of the state kept for each parameter, of the parameter's shape, starting at zero. */
  readonly perParameter: readonly string[];
  readonly shared: readonly OptimizerState[];
  /** Next values of the shared state. */
  readonly advance: (emit: Emit, shared: readonly string[]) => readonly string[];
  /** Next values of the parameter and of its own state. */
  readonly update: (emit: Emit, update: Update) => { readonly parameter: string; readonly own: readonly string[] };
}

const constant = (emit: Emit, value: number): string => emit.constant(scalar('float32', value));

const descend = (emit: Emit, parameter: string, direction: string, rate: string): string =>
  emit.node('Sub', [parameter, emit.node('Mul', [direction, rate])]);

/** keep * old + take * fresh */
const blend = (emit: Emit, old: string, keep: number, fresh: string, take: number): string =>
  emit.node('Add', [scale(emit, old, 'float32', keep), scale(emit, fresh, 'float32', take)]);

const still = (_emit: Emit, shared: readonly string[]): readonly string[] => shared;

/** w <- w - rate g */
export const sgd: Optimizer = {
  name: 'sgd',
  perParameter: [],
  shared: [],
  advance: still,
  update: (emit, { parameter, gradient, rate }) => ({ parameter: descend(emit, parameter, gradient, rate), own: [] }),
};

/** v <- beta v + g; w <- w - rate v (heavy ball, as torch writes it). */
export const momentum = (beta = 0.9): Optimizer => ({
  name: `momentum(${beta})`,
  perParameter: ['velocity'],
  shared: [],
  advance: still,
  update: (emit, { parameter, gradient, rate, own }) => {
    const velocity = blend(emit, own[0]!, beta, gradient, 1);
    return { parameter: descend(emit, parameter, velocity, rate), own: [velocity] };
  },
});

/** Kingma and Ba (2015), with bias correction; beta^t is carried as state, so no step counter is needed. */
export const adam = (beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8): Optimizer => ({
  name: `adam(${beta1}, ${beta2}, ${epsilon})`,
  perParameter: ['mean', 'square'],
  shared: [
    { name: 'train.adam.power1', initial: scalar('float32', 1) as Tensor<'float32'> },
    { name: 'train.adam.power2', initial: scalar('float32', 1) as Tensor<'float32'> },
  ],
  advance: (emit, [power1, power2]) => [
    emit.node('Mul', [power1!, constant(emit, beta1)]),
    emit.node('Mul', [power2!, constant(emit, beta2)]),
  ],
  update: (emit, { parameter, gradient, rate, own, shared }) => {
    const mean = blend(emit, own[0]!, beta1, gradient, 1 - beta1);
    const square = blend(emit, own[1]!, beta2, emit.node('Mul', [gradient, gradient]), 1 - beta2);
    const corrected = (value: string, power: string) =>
      emit.node('Div', [value, emit.node('Sub', [constant(emit, 1), power])]);
    const spread = emit.node('Sqrt', [corrected(square, shared[1]!)]);
    const direction = emit.node('Div', [
      corrected(mean, shared[0]!),
      emit.node('Add', [spread, constant(emit, epsilon)]),
    ]);
    return { parameter: descend(emit, parameter, direction, rate), own: [mean, square] };
  },
});

/** Name of an optimizer's state for one parameter. */
export const stateName = (state: string, parameter: string): string => `train.${state}.${parameter}`;

/** State of a whole model before the first step, by name. */
export function initialState(optimizer: Optimizer, shapes: ReadonlyMap<string, readonly number[]>): OptimizerState[] {
  const own = [...shapes].flatMap(([parameter, dims]) =>
    optimizer.perParameter.map((name) => ({ name: stateName(name, parameter), initial: zeros('float32', dims) })),
  );
  return [...own, ...optimizer.shared];
}
