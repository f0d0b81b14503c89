import { MOVE_FOLDS } from './foldMoves.ts';
import { type Affine, type Fold, isUsed, replace, usersOf, type Work } from './foldWork.ts';
import { type Bounds, boundsOf, type FloatNode, type FloatOp, sizeOf, UNBOUNDED } from './ir.ts';
import { at, scaledInput, scaledOutput } from './scaled.ts';

/** What folding leaves: operators that each become one step. */
export interface Folded {
  readonly nodes: readonly FloatNode[];
  readonly output: number;
  readonly units: { readonly scale: Float64Array; readonly shift: Float64Array };
}

/** Elements of the input that may each have a scale of their own: they must fit one text in the metadata. */
const MAX_OWN_UNITS = 1024;

/**
 * Folds constant scaling, activations and batch normalisations into the operators around them, and turns what is left
 * into operators that have a step. Computes the same reals, to rounding.
 */
export function folded(nodes: readonly FloatNode[], output: number): Folded {
  const units: Affine = { kind: 'affine', scale: Float64Array.of(1), shift: Float64Array.of(0) };
  let work: Work = { nodes: [...nodes], output, units };
  for (const folds of [FOLDS, [...FOLDS, intoInput], [...FOLDS, asStep, freedProbability]]) {
    work = compacted(work);
    let changes = true;
    while (changes) {
      changes = false;
      for (let id = 1; id < work.nodes.length; id++) {
        if (!isUsed(work, id)) continue;
        for (const fold of folds) changes = fold(work, id) || changes;
      }
    }
  }
  return compacted(work);
}

const FOLDS: readonly Fold[] = [
  intoProducer,
  intoConsumer,
  clipIntoProducer,
  ...MOVE_FOLDS,
  mergedAffine,
  mergedClip,
  composed,
];

/** `second` after `first`; lengths divide each other. */
function chained(first: Affine, second: Affine): Affine {
  const length = Math.max(first.scale.length, second.scale.length);
  const scale = Float64Array.from({ length }, (_, i) => at(first.scale, i) * at(second.scale, i));
  const shift = Float64Array.from({ length }, (_, i) => at(first.shift, i) * at(second.scale, i) + at(second.shift, i));
  return { kind: 'affine', scale, shift };
}

function intoProducer(work: Work, id: number): boolean {
  const { op, sources } = work.nodes[id]!;
  if (op.kind !== 'affine' || sources.length === 0) return false;
  const source = sources[0]!;
  const producer = work.nodes[source]!;
  if (usersOf(work, source) !== 1) return false;
  const made = scaledOutput(producer.op, op);
  if (made === undefined) return false;
  work.nodes[source] = { ...producer, op: made };
  replace(work, id, source);
  return true;
}

function intoConsumer(work: Work, id: number): boolean {
  const node = work.nodes[id]!;
  for (const [which, source] of node.sources.entries()) {
    const { op, sources } = work.nodes[source]!;
    if (op.kind !== 'affine') continue;
    const isTwice = node.sources.length === 2 && node.sources[0] === node.sources[1];
    const made = isTwice ? undefined : scaledInput(node, which, op);
    if (made === undefined) continue;
    work.nodes[id] = { ...node, op: made, sources: node.sources.with(which, sources[0]!) };
    if (!isUsed(work, source)) work.nodes[source] = { ...work.nodes[source]!, sources: [] };
    return true;
  }
  return false;
}

const intersected = (a: Bounds, b: Bounds): Bounds => ({
  lo: Math.min(Math.max(a.lo, b.lo), b.hi),
  hi: Math.max(Math.min(a.hi, b.hi), b.lo),
});

/** Operators whose step clips what it writes. */
function clipIntoProducer(work: Work, id: number): boolean {
  const { op, sources } = work.nodes[id]!;
  if (op.kind !== 'clip' || sources.length === 0) return false;
  const source = sources[0]!;
  const producer = work.nodes[source]!;
  const bounds = boundsOf(producer.op);
  if (bounds === undefined || usersOf(work, source) !== 1) return false;
  work.nodes[source] = { ...producer, op: { ...producer.op, ...intersected(bounds, op) } as FloatOp };
  replace(work, id, source);
  return true;
}

function mergedAffine(work: Work, id: number): boolean {
  return mergeWith(work, id, (first, second) =>
    first.kind === 'affine' && second.kind === 'affine' ? chained(first, second) : undefined,
  );
}

function mergedClip(work: Work, id: number): boolean {
  return mergeWith(work, id, (first, second) =>
    first.kind === 'clip' && second.kind === 'clip' ? { kind: 'clip', ...intersected(first, second) } : undefined,
  );
}

/** Two functions of single elements become one table. */
function composed(work: Work, id: number): boolean {
  return mergeWith(work, id, (first, second) => {
    const [f, g] = [functionIn(first), functionIn(second)];
    if (f === undefined || g === undefined) return undefined;
    if (first.kind !== 'pointwise' && second.kind !== 'pointwise') return undefined;
    return { kind: 'pointwise', apply: (x) => g(f(x)) };
  });
}

function mergeWith(work: Work, id: number, merge: (first: FloatOp, second: FloatOp) => FloatOp | undefined): boolean {
  const node = work.nodes[id]!;
  const source = node.sources[0];
  if (source === undefined || node.sources.length !== 1 || usersOf(work, source) !== 1) return false;
  const before = work.nodes[source]!;
  const op = merge(before.op, node.op);
  if (op === undefined) return false;
  work.nodes[id] = { ...node, op, sources: before.sources };
  work.nodes[source] = { ...before, sources: [] };
  return true;
}

/** An operator on single elements, all alike, as a function. */
function functionIn(op: FloatOp): ((x: number) => number) | undefined {
  if (op.kind === 'pointwise') return op.apply;
  if (op.kind === 'clip') return (x) => Math.min(op.hi, Math.max(op.lo, x));
  if (op.kind !== 'affine' || op.scale.length !== 1) return undefined;
  const [scale, shift] = [op.scale[0]!, op.shift[0]!];
  return (x) => scale * x + shift;
}

/** Scaling of the input goes into what its integers mean. */
function intoInput(work: Work, id: number): boolean {
  const { op, sources } = work.nodes[id]!;
  if (op.kind !== 'affine' || sources[0] !== 0 || usersOf(work, 0) !== 1) return false;
  const size = sizeOf(work.nodes[0]!);
  if (op.scale.some((scale) => scale <= 0) || (op.scale.length > 1 && size > MAX_OWN_UNITS)) return false;
  const length = op.scale.length === 1 ? 1 : size;
  const spread = (list: Float64Array): Float64Array => Float64Array.from({ length }, (_, i) => at(list, i));
  work.units = chained(work.units, { ...op, scale: spread(op.scale), shift: spread(op.shift) });
  replace(work, id, 0);
  return true;
}

/** Scaling that nothing takes in: a table, a sum with a constant, or a depthwise convolution with one tap. */
function asStep(work: Work, id: number): boolean {
  const node = work.nodes[id]!;
  const { op, sources, dims } = node;
  if (sources.length === 0) return false;
  if (op.kind === 'clip' || (op.kind === 'affine' && op.scale.length === 1)) {
    work.nodes[id] = { ...node, op: { kind: 'pointwise', apply: functionIn(op)! } };
    return true;
  }
  if (op.kind !== 'affine') return false;
  const size = sizeOf(node);
  const { scale, shift } = op;
  if (scale.length === size && scale.every((value) => value === 1)) {
    work.nodes[id] = { ...node, op: { kind: 'addConstant', constant: shift, ...UNBOUNDED } };
    return true;
  }
  const n = scale.length;
  const [height, width] = [size / n, 1];
  const geometry = {
    height,
    width,
    channels: n,
    kernel: [1, 1],
    strides: [1, 1],
    padTop: 0,
    padLeft: 0,
    output: [height, width],
  } as const;
  const conv: FloatOp = { kind: 'conv', geometry, groups: n, n, weight: scale, bias: shift, ...UNBOUNDED };
  work.nodes[id] = { ...node, op: conv, dims: dims.length === 3 && dims[2] === n ? dims : [height, width, n] };
  return true;
}

/** Probabilities have a scale of their own: where they are joined with other values, a table gives them another one. */
function freedProbability(work: Work, id: number): boolean {
  const node = work.nodes[id]!;
  if (node.op.kind !== 'concat') return false;
  const which = node.sources.findIndex((source) => originOf(work, source).op.kind === 'softmax');
  if (which < 0) return false;
  const source = node.sources[which]!;
  const { dims } = work.nodes[source]!;
  const op = { kind: 'pointwise', apply: (x: number) => x } as const;
  const freed = work.nodes.push({ name: node.name, op, sources: [source], dims }) - 1;
  work.nodes[id] = { ...node, sources: node.sources.map((one) => (one === source ? freed : one)) };
  return true;
}

/** Where the integers of a value come from, behind moves and pools that pass them on. */
function originOf(work: Work, id: number): FloatNode {
  const node = work.nodes[id]!;
  const passes = node.op.kind === 'gather' || node.op.kind === 'maxPool';
  return passes ? originOf(work, node.sources[0]!) : node;
}

/** Only what the output needs, numbered anew, equals once; every source comes before its reader. */
function compacted({ nodes, output, units }: Work): Work {
  const numbers = new Map<number, number>();
  const alike = new Map<string, number>();
  const operators = new Map<FloatOp, number>();
  const result: FloatNode[] = [];
  for (const id of sorted(nodes, output)) {
    const node = nodes[id]!;
    const sources = node.sources.map((source) => numbers.get(source)!);
    const { op } = node;
    if (!operators.has(op)) operators.set(op, operators.size);
    const kind = op.kind === 'gather' ? `gather ${op.base} ${op.strides}` : operators.get(op)!;
    const key = `${kind} from ${sources} to ${node.dims}`;
    const number = alike.get(key) ?? result.push({ ...node, sources }) - 1;
    alike.set(key, number);
    numbers.set(id, number);
  }
  return { nodes: result, output: numbers.get(output)!, units };
}

/** The input and what the output needs, sources first: depth first, with a stack of its own for long chains. */
function sorted(nodes: readonly FloatNode[], output: number): Set<number> {
  const done = new Set<number>([0]);
  const stack = [output];
  while (stack.length > 0) {
    const id = stack.at(-1)!;
    const next = done.has(id) ? undefined : nodes[id]!.sources.find((source) => !done.has(source));
    if (next !== undefined) stack.push(next);
    else {
      done.add(id);
      stack.pop();
    }
  }
  return done;
}
