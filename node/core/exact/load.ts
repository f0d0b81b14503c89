import type { Attribute, Graph, Model, Node } from '../onnx/model.ts';
import { DTYPES, type DType, type Tensor } from '../tensor/tensor.ts';
import { ExactModelMalformed } from './errors.ts';
import { readMetadata } from './metadata.ts';
import { transposed } from './modelFromProgram.ts';
import type { Program, ProgramInput, QLinearStep } from './program.ts';
import { proveProgram } from './prove.ts';
import { rangeClassOf } from './rangeClass.ts';

const OPSETS = { oldest: 17, newest: 21 } as const;

/**
 * The program of an exact model, derived from the graph alone and proven again, so that every node computes the same
 * `programRoot` from the artifact's bytes. The graph is hostile: each node, attribute, constant and name must be
 * literally what `modelFromProgram` writes; names of values are free.
 * @throws {ExactModelMalformed} naming the node; {@link ExactProofFailed}
 */
export function programFromModel(model: Model): Program {
  checkOpsets(model);
  const { graph } = model;
  const facts = readMetadata(model.metadata);
  const { name, dtype, dims } = readInput(graph);
  const reader = new Reader(graph, name);
  if (dims.length > 1) reader.flatten();
  const steps: QLinearStep[] = [];
  let source: DType = dtype;
  while (!reader.isAtEnd()) {
    const step = readStep(reader, source, steps.length);
    steps.push(step);
    source = step.outDtype;
  }
  const outputName = reader.finish(steps.at(-1));
  return proveProgram({
    input: { name, dtype, dims, ...facts.input },
    steps,
    output: { name: outputName, ...facts.output },
  });
}

function checkOpsets({ opsets }: Model): void {
  const [only, ...others] = opsets;
  if (only === undefined || others.length > 0 || only.domain !== '') {
    throw new ExactModelMalformed('opsets', 'it must import ai.onnx and nothing else');
  }
  if (only.version < OPSETS.oldest || only.version > OPSETS.newest) {
    throw new ExactModelMalformed('opsets', `ai.onnx ${only.version} is outside ${OPSETS.oldest}..${OPSETS.newest}`);
  }
}

function readInput(graph: Graph): Pick<ProgramInput, 'name' | 'dtype' | 'dims'> {
  const [input, ...others] = graph.inputs;
  if (input === undefined || others.length > 0)
    throw new ExactModelMalformed('inputs', `there are ${graph.inputs.length}, expected one`);
  const { name, dtype } = input;
  const [rows, ...dims] = input.dims ?? [];
  if (dtype !== 'uint8' && dtype !== 'int8')
    throw new ExactModelMalformed('inputs', `${name} is ${dtype}, expected uint8 or int8`);
  if (
    typeof rows !== 'string' ||
    dims.length < 1 ||
    dims.length > 3 ||
    !dims.every((dim): dim is number => typeof dim === 'number' && dim > 0)
  ) {
    throw new ExactModelMalformed('inputs', `${name} must have a symbolic number of rows and 1 to 3 fixed dimensions`);
  }
  return { name, dtype, dims };
}

/** Walks the one chain that the graph must be. Every node and every initializer is used exactly once. */
class Reader {
  readonly #graph: Graph;
  readonly #unused: Set<string>;
  #next = 0;
  #value: string;

  constructor(graph: Graph, input: string) {
    this.#graph = graph;
    this.#unused = new Set(graph.initializers.keys());
    this.#value = input;
  }

  isAtEnd(): boolean {
    return this.#next === this.#graph.nodes.length;
  }

  /** A complaint about the node that was taken last. */
  refuse(why: string): ExactModelMalformed {
    return this.#refuseAt(why, this.#next - 1);
  }

  /** The next node: `op` on the current value and `constants` initializers; its attributes exactly `attributes`. */
  take(op: string, constants: number, attributes: Readonly<Record<string, number>> = {}): readonly Tensor[] {
    const node = this.#graph.nodes[this.#next];
    if (node === undefined) throw this.#refuseNext(`the graph ends where ${op} is expected`);
    if (node.op !== op || node.domain !== '') {
      throw this.#refuseNext(
        `it is ${JSON.stringify(node.op)} of domain ${JSON.stringify(node.domain)}, expected ${op}`,
      );
    }
    if (node.inputs.length !== constants + 1 || node.inputs[0] !== this.#value) {
      throw this.#refuseNext(`${op} must read ${JSON.stringify(this.#value)} and ${constants} constants`);
    }
    const wanted = Object.entries(attributes);
    if (
      node.attributes.size !== wanted.length ||
      wanted.some(([key, value]) => !isInt(node.attributes.get(key), value))
    ) {
      throw this.#refuseNext(`${op} must have the attributes ${JSON.stringify(attributes)} and no other`);
    }
    const tensors = node.inputs.slice(1).map((name) => this.#constant(name));
    this.#advance(node, op);
    return tensors;
  }

  /** Number of inputs of the next node. */
  width(): number {
    return this.#graph.nodes[this.#next]?.inputs.length ?? 0;
  }

  /** The type that the next node, a Cast, casts to. */
  castTarget(allowed: readonly DType[]): DType {
    const to = this.#graph.nodes[this.#next]?.attributes.get('to');
    const dtype = allowed.find((name) => isInt(to, DTYPES[name].onnx));
    if (dtype === undefined) throw this.#refuseNext(`it must cast to one of ${allowed.join(', ')}`);
    return dtype;
  }

  flatten(): void {
    this.take('Flatten', 0, { axis: 1 });
  }

  /** @returns the name of the output */
  finish(last: QLinearStep | undefined): string {
    const { outputs } = this.#graph;
    const [output] = outputs;
    if (last === undefined) throw this.#refuseNext('the graph has no step');
    if (outputs.length !== 1 || output?.name !== this.#value) {
      throw new ExactModelMalformed(
        'outputs',
        `the only output must be ${JSON.stringify(this.#value)}, the last value`,
      );
    }
    const [rows, n, ...rest] = output.dims ?? [];
    if (output.dtype !== last.outDtype || typeof rows !== 'string' || n !== last.n || rest.length > 0) {
      throw new ExactModelMalformed('outputs', `${output.name} must be ${last.outDtype} of shape [rows, ${last.n}]`);
    }
    const [unused] = this.#unused;
    if (unused !== undefined)
      throw new ExactModelMalformed('initializers', `${JSON.stringify(unused.slice(0, 80))} is not used`);
    return output.name;
  }

  #refuseAt(why: string, at: number): ExactModelMalformed {
    const node = this.#graph.nodes[at];
    const name = node === undefined || node.name === '' ? '' : ` ${JSON.stringify(node.name.slice(0, 80))}`;
    return new ExactModelMalformed(`node ${at}${name}`, why, { node: at });
  }

  #refuseNext(why: string): ExactModelMalformed {
    return this.#refuseAt(why, this.#next);
  }

  #constant(name: string): Tensor {
    const value = this.#graph.initializers.get(name);
    if (value === undefined || !this.#unused.delete(name)) {
      throw this.#refuseNext(`${JSON.stringify(name.slice(0, 80))} is not an initializer of its own`);
    }
    return value;
  }

  #advance(node: Node, op: string): void {
    const [output] = node.outputs;
    if (output === undefined || node.outputs.length !== 1) throw this.#refuseNext(`${op} must have one output`);
    this.#value = output;
    this.#next += 1;
  }
}

const isInt = (attribute: Attribute | undefined, value: number): boolean =>
  attribute?.type === 'int' && attribute.value === value;

/** The eight nodes of one step. */
function readStep(reader: Reader, source: DType, index: number): QLinearStep {
  const operands = readOperands(reader, source);
  reader.take('Cast', 0, { to: DTYPES.int64.onnx });
  const multiplier = channelsOf(reader, reader.take('Mul', 1)[0]!, operands.n);
  const addend = channelsOf(reader, reader.take('Add', 1)[0]!, operands.n);
  const shift = log2(reader, scalarOf(reader, reader.take('Div', 1)[0]!));
  const offset = scalarOf(reader, reader.take('Sub', 1)[0]!);
  const [lo, hi] = reader.take('Clip', 2).map((bound) => int32(reader, scalarOf(reader, bound)));
  const outDtype = reader.castTarget(['uint8', 'int8', 'int32']) as QLinearStep['outDtype'];
  reader.take('Cast', 0, { to: DTYPES[outDtype].onnx });
  const pairs = interleaved(multiplier, addend);
  return { op: 'QLINEAR', source: index, ...operands, pairs, shift, offset, lo: lo!, hi: hi!, outDtype };
}

type Operands = Pick<QLinearStep, 'rangeClass' | 'k' | 'n' | 'weight' | 'inputZeroPoint' | 'weightZeroPoint'>;

function readOperands(reader: Reader, source: DType): Operands {
  const [weight, inputZero, weightZero] = reader.take('MatMulInteger', reader.width() === 4 ? 3 : 2);
  const { dtype, dims } = weight!;
  const rangeClass = rangeClassOf(source, dtype);
  if (rangeClass === undefined || dims.length !== 2) {
    throw reader.refuse(`the weights are ${dtype} of rank ${dims.length} for ${source} inputs`);
  }
  if ((dtype === 'uint8') !== (weightZero !== undefined)) {
    throw reader.refuse('a weight zero point belongs to uint8 weights, and only to them');
  }
  const [k = 0, n = 0] = dims;
  return {
    rangeClass,
    k,
    n,
    weight: transposed(weight as QLinearStep['weight'], k, n),
    inputZeroPoint: zeroPointOf(reader, inputZero!, source),
    weightZeroPoint: weightZero === undefined ? 0 : zeroPointOf(reader, weightZero, 'uint8'),
  };
}

function zeroPointOf(reader: Reader, { dtype, dims, data }: Tensor, expected: DType): number {
  if (dtype !== expected || dims.length !== 0) {
    throw reader.refuse(`a zero point is ${dtype} of rank ${dims.length}, expected a scalar of ${expected}`);
  }
  return Number(data[0]);
}

function scalarOf(reader: Reader, { dtype, dims, data }: Tensor): bigint {
  if (dtype !== 'int64' || dims.length !== 0) {
    throw reader.refuse(`a constant is ${dtype} of rank ${dims.length}, expected a scalar of int64`);
  }
  return data[0] as bigint;
}

function channelsOf(reader: Reader, { dtype, dims, data }: Tensor, n: number): BigInt64Array {
  if (dtype !== 'int64' || dims.length !== 1 || dims[0] !== n) {
    throw reader.refuse(`a channel constant is ${dtype} of shape [${dims.join(', ')}], expected int64 of shape [${n}]`);
  }
  return data as BigInt64Array;
}

function interleaved(multiplier: BigInt64Array, addend: BigInt64Array): Tensor<'int64'> {
  const data = new BigInt64Array(2 * multiplier.length);
  for (const [channel, value] of multiplier.entries()) data.set([value, addend[channel]!], 2 * channel);
  return { dtype: 'int64', dims: [multiplier.length, 2], data };
}

function log2(reader: Reader, divisor: bigint): number {
  for (let shift = 1; shift <= 61; shift++) if (divisor === 1n << BigInt(shift)) return shift;
  throw reader.refuse(`it divides by ${divisor}, not by a power of two from 2 to 2^61`);
}

function int32(reader: Reader, value: bigint): number {
  if (BigInt.asIntN(32, value) !== value) throw reader.refuse(`it clips at ${value}, outside int32`);
  return Number(value);
}
