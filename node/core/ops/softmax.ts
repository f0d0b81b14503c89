import { elementCount, zeros } from '../tensor/tensor.ts';
import { reduceSum } from './gradient.ts';
import type { InferCall, Op, VjpCall } from './op.ts';
import { FLOATS, intAttribute, namedAt, normalAxis, numbers, tensorAt, typeAt } from './rule.ts';

type Call = Pick<InferCall, 'node' | 'opset'>;

/** Axes that are normalised together: one from opset 13 on, all from `axis` to the last before (coerced to 2-D). */
function axesOf(call: Call, rank: number): number[] {
  const axis = normalAxis(call, intAttribute(call, 'axis') ?? (call.opset < 13 ? 1 : -1), Math.max(rank, 1));
  return call.opset < 13 ? Array.from({ length: rank - axis }, (_, i) => axis + i) : [axis];
}

/** Visits each normalised group: `size` elements `stride` apart from `start`. */
function groups(
  call: Call,
  dims: readonly number[],
  visit: (start: number, size: number, stride: number) => void,
): void {
  const axes = axesOf(call, dims.length);
  const first = axes[0] ?? 0;
  const outer = elementCount(dims.slice(0, first));
  const size = elementCount(axes.map((axis) => dims[axis]!));
  const stride = elementCount(dims.slice(first + axes.length));
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < stride; j++) visit(i * size * stride + j, size, stride);
  }
}

type Finish = (shifted: number, sum: number) => number;

function normalise(op: string, since: number, finish: Finish, vjp: (call: VjpCall, axes: number[]) => string): Op {
  return {
    op,
    domain: '',
    since,
    inputs: [1, 1],
    outputs: [1, 1],
    attributes: { axis: 'int' },
    infer: (call) => {
      const { dtype, dims } = typeAt(call, 0, FLOATS);
      axesOf(call, dims.length);
      return [{ dtype, dims }];
    },
    forward: (call) => {
      const x = tensorAt(call, 0);
      const out = zeros(x.dtype, x.dims);
      const [from, to] = [numbers(call, x), numbers(call, out)];
      groups(call, x.dims, (start, size, stride) => {
        let most = Number.NEGATIVE_INFINITY;
        for (let i = 0; i < size; i++) most = Math.max(most, from[start + i * stride]!);
        let sum = 0;
        for (let i = 0; i < size; i++) sum += Math.exp(from[start + i * stride]! - most);
        for (let i = 0; i < size; i++) to[start + i * stride] = finish(from[start + i * stride]! - most, sum);
      });
      return [out];
    },
    vjp: (call) => [vjp(call, axesOf(call, namedAt(call, 0).dims.length))],
  };
}

/** (dY - sum(dY * Y)) * Y along the normalised axes. */
function softmaxGradient({ emit, gradients, outputs }: VjpCall, axes: number[]): string {
  const [g, y] = [gradients[0]!, outputs[0]!.name];
  const along = reduceSum(emit, emit.node('Mul', [g, y]), axes, 1);
  return emit.node('Mul', [emit.node('Sub', [g, along]), y]);
}

/** dY - exp(Y) * sum(dY). */
function logSoftmaxGradient({ emit, gradients, outputs }: VjpCall, axes: number[]): string {
  const g = gradients[0]!;
  const share = emit.node('Mul', [emit.node('Exp', [outputs[0]!.name]), reduceSum(emit, g, axes, 1)]);
  return emit.node('Sub', [g, share]);
}

export const SOFTMAX: readonly Op[] = [11, 13].flatMap((since) => [
  normalise('Softmax', since, (shifted, sum) => Math.exp(shifted) / sum, softmaxGradient),
  normalise('LogSoftmax', since, (shifted, sum) => shifted - Math.log(sum), logSoftmaxGradient),
]);
