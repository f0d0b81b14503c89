import { int } from '../onnx/build.ts';
import { DTYPES, elementCount, type Tensor, zeros } from '../tensor/tensor.ts';
import { inferBroadcast, type Pairwise, pairwise, perInput } from './arithmetic.ts';
import { keepWhere, unbroadcast } from './gradient.ts';
import type { ForwardCall, InferCall, Op, VjpCall } from './op.ts';
import { FLOATS, isBigTensor, NUMBERS, namedAt, numbers, requireInput, tensorAt, typeAt } from './rule.ts';

const pick = (least: boolean): Pairwise => {
  const number = least ? Math.min : Math.max;
  return { float: number, int: number, big: (a, b) => (a < b === least ? a : b) };
};
const MIN = pick(true);
const MAX = pick(false);

/** The gradient goes to the inputs that attain the extremum, ties share it evenly. */
function sharedGradient(call: VjpCall): (string | undefined)[] {
  const { emit } = call;
  const y = call.outputs[0]!;
  const attains = call.inputs.map((_, index) =>
    emit.node('Cast', [emit.node('Equal', [namedAt(call, index).name, y.name])], { to: int(DTYPES[y.dtype].onnx) }),
  );
  const share = emit.node('Div', [call.gradients[0]!, attains.length === 1 ? attains[0]! : emit.node('Sum', attains)]);
  return attains.map((mask, index) =>
    call.wanted[index] ? unbroadcast(emit, emit.node('Mul', [share, mask]), y.dims, namedAt(call, index)) : undefined,
  );
}

const extremum = (op: string, since: number, f: Pairwise): Op => ({
  op,
  domain: '',
  since,
  inputs: [1, 1024],
  outputs: [1, 1],
  attributes: {},
  infer: (call) => [inferBroadcast(call, typesOf(call))],
  work: perInput,
  forward: (call) => {
    const { dtype, dims } = call.outputs[0]!;
    const first = tensorAt(call, 0);
    let best = pairwise(f, first, first, zeros(dtype, first.dims));
    for (let i = 0; i < call.inputs.length; i++) best = pairwise(f, best, tensorAt(call, i), zeros(dtype, dims));
    return [best];
  },
  vjp: sharedGradient,
});

/** Integers joined Min, Max and Clip in opset 12. */
const typesOf = (call: InferCall) => (call.opset < 12 ? FLOATS : NUMBERS);

function clipInfer(call: InferCall) {
  const x = typeAt(call, 0, typesOf(call));
  for (const bound of [1, 2]) {
    if (call.inputs[bound] === undefined) continue;
    const { dims } = typeAt(call, bound, [x.dtype]);
    // The specification says scalar; exporters also write one-element lists and runtimes take them.
    requireInput(
      call,
      dims.length <= 1 && elementCount(dims) === 1,
      `input ${bound} of shape [${dims.join(', ')}] is no scalar`,
    );
  }
  return [{ dtype: x.dtype, dims: x.dims }];
}

/** min(upper, max(x, lower)): with lower > upper the result is upper, as in onnxruntime (measured). */
function clipForward(call: ForwardCall): Tensor[] {
  const x = tensorAt(call, 0);
  if (!isBigTensor(x)) return [clipNumbers(call, x)];
  const bounded = (value: Tensor, bound: Tensor | undefined, f: Pairwise) =>
    bound === undefined ? value : pairwise(f, value, { ...bound, dims: [] }, zeros(x.dtype, x.dims));
  return [bounded(bounded(x, call.inputs[1], MAX), call.inputs[2], MIN)];
}

/** The same without a call for each element: networks with ReLU6 spend their time here. */
function clipNumbers(call: ForwardCall, x: Tensor): Tensor {
  const bound = (index: number, open: number) => {
    const given = call.inputs[index];
    return given === undefined ? open : numbers(call, given)[0]!;
  };
  const [low, high] = [bound(1, Number.NEGATIVE_INFINITY), bound(2, Number.POSITIVE_INFINITY)];
  const out = zeros(x.dtype, x.dims);
  const [from, to] = [numbers(call, x), numbers(call, out)];
  for (let i = 0; i < from.length; i++) to[i] = Math.min(Math.max(from[i]!, low), high);
  return out;
}

/** Flows where x lies within the bounds, borders included. */
function clipGradient(call: VjpCall): (string | undefined)[] {
  const { emit } = call;
  const x = namedAt(call, 0);
  const not = (name: string) => emit.node('Not', [name]);
  const within = [
    ...(call.inputs[1] ? [not(emit.node('Less', [x.name, call.inputs[1].name]))] : []),
    ...(call.inputs[2] ? [not(emit.node('Greater', [x.name, call.inputs[2].name]))] : []),
  ];
  const g = call.gradients[0]!;
  const flow =
    within.length === 0 ? g : keepWhere(emit, within.length === 1 ? within[0]! : emit.node('And', within), g, x);
  return [flow, ...call.inputs.slice(1).map(() => undefined)];
}

const clip: Op = {
  op: 'Clip',
  domain: '',
  since: 11,
  inputs: [1, 3],
  outputs: [1, 1],
  attributes: {},
  infer: clipInfer,
  forward: clipForward,
  vjp: clipGradient,
};

export const EXTREMUM: readonly Op[] = [extremum('Min', 8, MIN), extremum('Max', 8, MAX), clip];
