import type { Node } from '../onnx/model.ts';
import { ARITHMETIC } from './arithmetic.ts';
import { COMPARE } from './compare.ts';
import { CONSTANT } from './constant.ts';
import { OpUnsupported } from './errors.ts';
import { EXTREMUM } from './extremum.ts';
import { GATHER } from './gather.ts';
import { GEMM } from './gemm.ts';
import { MATMUL } from './matmul.ts';
import { MOVE } from './move.ts';
import type { Op } from './op.ts';
import { REDUCE } from './reduce.ts';
import { SCAN } from './scan.ts';
import { SHAPE } from './shape.ts';
import { SOFTMAX } from './softmax.ts';
import { UNARY } from './unary.ts';
import { WHERE } from './where.ts';

/** Versions of ai.onnx that the rows were written for. */
export const OPSETS = { least: 12, greatest: 21 } as const;

/** Every operator this project knows: shape inference, evaluation and autodiff all walk these rows. */
export const OPS: readonly Op[] = [
  ...ARITHMETIC,
  ...COMPARE,
  ...CONSTANT,
  ...EXTREMUM,
  ...GATHER,
  ...GEMM,
  ...MATMUL,
  ...MOVE,
  ...REDUCE,
  ...SCAN,
  ...SHAPE,
  ...SOFTMAX,
  ...UNARY,
  ...WHERE,
];

const rows = new Map<string, Op[]>();
for (const row of OPS) {
  const key = `${row.domain}:${row.op}`;
  rows.set(
    key,
    [...(rows.get(key) ?? []), row].sort((a, b) => b.since - a.since),
  );
}

/** The row of the highest version not above `opset`; undefined when the table has none. */
export function resolveOp(op: string, domain: string, opset: number): Op | undefined {
  if (opset < OPSETS.least || opset > OPSETS.greatest) return undefined;
  const name = domain === 'ai.onnx' ? '' : domain;
  return rows.get(`${name}:${op}`)?.find((row) => row.since <= opset);
}

const within = (count: number, [least, most]: readonly [number, number]): boolean => count >= least && count <= most;

/** The row of a node, with its attributes and arity checked. @throws {OpUnsupported} naming what has no row. */
export function checkNode(node: Node, opset: number): Op {
  const row = resolveOp(node.op, node.domain, opset);
  if (row === undefined) throw new OpUnsupported(node, opset, 'the operator table has no row for it');
  for (const [name, { type }] of node.attributes) {
    const expected = row.attributes[name];
    if (expected === undefined)
      throw new OpUnsupported(node, opset, `attribute ${JSON.stringify(name)} has no meaning here`);
    if (expected !== type)
      throw new OpUnsupported(node, opset, `attribute ${name} is of type ${type}, expected ${expected}`);
  }
  if (!within(node.inputs.length, row.inputs)) {
    throw new OpUnsupported(node, opset, `it has ${node.inputs.length} inputs, expected ${row.inputs.join(' to ')}`);
  }
  if (!within(node.outputs.length, row.outputs)) {
    throw new OpUnsupported(node, opset, `it has ${node.outputs.length} outputs, expected ${row.outputs.join(' to ')}`);
  }
  return row;
}
