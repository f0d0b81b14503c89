import { OnnxAttributeUnsupported, OnnxOpUnsupported, quote } from '../onnx/errors.ts';
import type { Node } from '../onnx/model.ts';
import { resolverOf } from '../onnx/opset.ts';
import { ACTIVATION } from './activation.ts';
import { ARITHMETIC } from './arithmetic.ts';
import { COMPARE } from './compare.ts';
import { CONSTANT } from './constant.ts';
import { CONV } from './conv.ts';
import { DROPOUT } from './dropout.ts';
import { EXTREMUM } from './extremum.ts';
import { GATHER } from './gather.ts';
import { GEMM } from './gemm.ts';
import { MATMUL } from './matmul.ts';
import { MOVE } from './move.ts';
import { NORMALISATION } from './normalisation.ts';
import type { Op } from './op.ts';
import { PAD } from './pad.ts';
import { POOL } from './pool.ts';
import { RANGE } from './range.ts';
import { REDUCE } from './reduce.ts';
import { requireInput } from './rule.ts';
import { SCAN } from './scan.ts';
import { SHAPE } from './shape.ts';
import { SOFTMAX } from './softmax.ts';
import { SPLIT } from './split.ts';
import { UNARY } from './unary.ts';
import { WHERE } from './where.ts';

/** Every operator this project knows: shape inference, evaluation and autodiff all walk these rows. */
export const OPS: readonly Op[] = [
  ...ACTIVATION,
  ...ARITHMETIC,
  ...COMPARE,
  ...CONSTANT,
  ...CONV,
  ...DROPOUT,
  ...EXTREMUM,
  ...GATHER,
  ...GEMM,
  ...MATMUL,
  ...MOVE,
  ...NORMALISATION,
  ...PAD,
  ...POOL,
  ...RANGE,
  ...REDUCE,
  ...SCAN,
  ...SHAPE,
  ...SOFTMAX,
  ...SPLIT,
  ...UNARY,
  ...WHERE,
];

/** The row of an operator at a version of its domain: what `checkOperators` of core/onnx asks for. */
export const supportedOperators = resolverOf(OPS);

const within = (count: number, [least, most]: readonly [number, number]): boolean => count >= least && count <= most;

/**
 * The row of a node, its attributes and arity checked.
 * @throws {OnnxOpUnsupported} {@link OnnxAttributeUnsupported} {@link OpInputRefused} naming op, domain and version
 */
export function checkNode(node: Node, opset: number): Op {
  const row = supportedOperators(node.op, node.domain, opset);
  const where = `node ${quote(node.name)}`;
  if (row === undefined) throw new OnnxOpUnsupported(node.op, node.domain, opset, where);
  for (const [name, { type }] of node.attributes) {
    const expected = Object.hasOwn(row.attributes, name) ? row.attributes[name] : undefined;
    if (expected === type) continue;
    const why = expected === undefined ? 'the operator has no such attribute' : `it is ${type}, expected ${expected}`;
    throw new OnnxAttributeUnsupported(node.op, node.domain, opset, where, name, why);
  }
  for (const side of ['inputs', 'outputs'] as const) {
    const [count, range] = [node[side].length, row[side]];
    requireInput({ node, opset }, within(count, range), `it has ${count} ${side}, expected ${range.join(' to ')}`);
  }
  return row;
}
