import { float, int } from '../onnx/build.ts';
import { zeros } from '../tensor/tensor.ts';
import { scale, unbroadcast } from './gradient.ts';
import { multiply } from './matmul.ts';
import type { InferCall, Op, VjpCall } from './op.ts';
import { FLOATS, floatAttribute, intAttribute, namedAt, numbers, requireInput, tensorAt, typeAt } from './rule.ts';
import { broadcastDims, broadcastStrides, sameDims, viewOffsets } from './strides.ts';

type Call = Pick<InferCall, 'node' | 'opset'>;

const settings = (call: Call) => ({
  alpha: floatAttribute(call, 'alpha') ?? 1,
  beta: floatAttribute(call, 'beta') ?? 1,
  transA: (intAttribute(call, 'transA') ?? 0) !== 0,
  transB: (intAttribute(call, 'transB') ?? 0) !== 0,
});

/** [rows, inner, columns] of the product. */
function sizes(call: Call, a: readonly number[], b: readonly number[]): [number, number, number] {
  const { transA, transB } = settings(call);
  requireInput(call, a.length === 2 && b.length === 2, 'A and B must be matrices');
  const [m, k] = transA ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
  const [depth, n] = transB ? [b[1]!, b[0]!] : [b[0]!, b[1]!];
  requireInput(call, k === depth, `A has ${k} columns, B has ${depth} rows`);
  return [m, k, n];
}

/** dA, dB and dC of Y = alpha A' B' + beta C for the four ways of transposing (federated 5.2). */
function gradient(call: VjpCall): (string | undefined)[] {
  const { emit } = call;
  const [a, b, c] = [namedAt(call, 0), namedAt(call, 1), call.inputs[2]];
  const g = call.gradients[0]!;
  const { alpha, beta, transA, transB } = settings(call);
  const gemm = (x: string, y: string, first: boolean, second: boolean) =>
    emit.node('Gemm', [x, y], {
      ...(alpha === 1 ? {} : { alpha: float(alpha) }),
      ...(first ? { transA: int(1) } : {}),
      ...(second ? { transB: int(1) } : {}),
    });
  const dA = () => (transA ? gemm(b.name, g, transB, true) : gemm(g, b.name, false, !transB));
  const dB = () => (transB ? gemm(g, a.name, true, transA) : gemm(a.name, g, !transA, false));
  const dC = () => unbroadcast(emit, scale(emit, g, a.dtype, beta), call.outputs[0]!.dims, c!);
  return [
    call.wanted[0] ? dA() : undefined,
    call.wanted[1] ? dB() : undefined,
    ...(call.inputs.length > 2 ? [c !== undefined && call.wanted[2] ? dC() : undefined] : []),
  ];
}

const gemm: Op = {
  op: 'Gemm',
  domain: '',
  since: 11,
  inputs: [2, 3],
  outputs: [1, 1],
  attributes: { alpha: 'float', beta: 'float', transA: 'int', transB: 'int' },
  infer: (call) => {
    const [a, b] = [typeAt(call, 0, FLOATS), typeAt(call, 1, FLOATS)];
    requireInput(call, a.dtype === b.dtype, `element types differ: ${a.dtype} and ${b.dtype}`);
    const [m, , n] = sizes(call, a.dims, b.dims);
    if (call.inputs[2] !== undefined) {
      const c = typeAt(call, 2, [a.dtype]);
      const fits = sameDims(broadcastDims([c.dims, [m, n]]) ?? [], [m, n]);
      requireInput(call, fits, `C of shape [${c.dims.join(', ')}] does not broadcast to [${m}, ${n}]`);
    }
    return [{ dtype: a.dtype, dims: [m, n] }];
  },
  work: (call) => sizes(call, call.inputs[0]!.dims, call.inputs[1]!.dims).reduce((total, size) => total * size, 1),
  forward: (call) => {
    const [a, b, c] = [tensorAt(call, 0), tensorAt(call, 1), call.inputs[2]];
    const { alpha, beta, transA, transB } = settings(call);
    const [m, k, n] = sizes(call, a.dims, b.dims);
    const product = new Float64Array(m * n);
    const left = { data: numbers(call, a), start: 0, row: transA ? 1 : k, column: transA ? m : 1 };
    const right = { data: numbers(call, b), start: 0, row: transB ? 1 : n, column: transB ? k : 1 };
    multiply(left, right, [m, k, n], product, 0);
    const out = zeros(a.dtype, [m, n]);
    const to = numbers(call, out);
    const bias = c && numbers(call, c);
    const at = c && viewOffsets([m, n], broadcastStrides(c.dims, [m, n]));
    for (let i = 0; i < product.length; i++) to[i] = alpha * product[i]! + (bias && at ? beta * bias[at[i]!]! : 0);
    return [out];
  },
  vjp: gradient,
};

export const GEMM: readonly Op[] = [gemm];
