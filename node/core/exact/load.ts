import { type Digest, fromHex } from '../codec/hex.ts';
import type { Attribute, Graph, Model, Node, ValueInfo } from '../onnx/model.ts';
import { DTYPES, type Tensor } from '../tensor/tensor.ts';
import { ExactModelMalformed } from './errors.ts';
import { metadataOf, readMetadata, recordsIn } from './metadata.ts';
import { modelFromProgram } from './modelFromProgram.ts';
import type { Program, ProgramInput } from './program.ts';
import { proveProgram } from './prove.ts';
import { decodePlainRecord, type Step } from './step.ts';
import { STEP_KINDS } from './stepKinds.ts';

/**
 * The program of an exact model, proven again, so that every node computes the same `programRoot` from the artifact's bytes.
 * The file is hostile: its records and constants say what program it claims to be, and then the graph must be
 * literally, node by node and byte by byte, what `modelFromProgram` writes for that program.
 * @throws {ExactModelMalformed} naming what differs; {@link ExactProofFailed}
 */
export function programFromModel(model: Model): Program {
  const { graph, metadata } = model;
  const facts = readMetadata(metadata);
  const steps = recordsIn(metadata).map((record, index) => stepOf(record, graph, index + 1));
  if (graph.outputs.length !== 1)
    throw new ExactModelMalformed('outputs', `there are ${graph.outputs.length}, expected one`);
  const program = proveProgram({
    input: { ...readInput(graph), ...facts.input },
    steps,
    output: { name: graph.outputs[0]!.name, ...facts.output },
  });
  requireSame(model, modelFromProgram(program, { producerVersion: model.producerVersion }));
  const written = metadataOf(program.input, program.output);
  for (const [key, value] of Object.entries(written))
    if (metadata.get(key) !== value) throw new ExactModelMalformed(`metadata ${key}`, 'it is not in its one form');
  return program;
}

function readInput({ inputs }: Graph): Pick<ProgramInput, 'name' | 'dtype' | 'dims'> {
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0)
    throw new ExactModelMalformed('inputs', `there are ${inputs.length}, expected one`);
  const { name, dtype } = input;
  const [, ...dims] = input.dims ?? [];
  if (dtype !== 'uint8' && dtype !== 'int8')
    throw new ExactModelMalformed('inputs', `it is ${dtype}, expected uint8 or int8`);
  if (dims.length < 1 || dims.length > 3 || !dims.every((dim): dim is number => typeof dim === 'number' && dim > 0))
    throw new ExactModelMalformed('inputs', 'it must have a symbolic number of rows and 1 to 3 fixed dimensions');
  return { name, dtype, dims };
}

/** The step of a record, with its constants out of the graph. */
function stepOf(hex: string, graph: Graph, j: number): Step {
  const where = `step ${j}`;
  const step = decodePlainRecord(fromHex(hex as Digest), where);
  const kind = STEP_KINDS[step.op];
  const written = (suffix: string): Tensor => {
    const name = `step${j}.${suffix}`;
    const value = graph.initializers.get(name);
    if (value === undefined) throw new ExactModelMalformed(where, `the initializer ${name} is missing`);
    return value;
  };
  return { ...step, constants: kind.constants(step, written) };
}

/** Everything that a runtime executes is the same in both. */
function requireSame(given: Model, expected: Model): void {
  if (JSON.stringify(given.opsets) !== JSON.stringify(expected.opsets) || given.irVersion !== expected.irVersion)
    throw new ExactModelMalformed(
      'opsets',
      `it must be ir ${expected.irVersion}, ai.onnx ${expected.opsets[0]!.version} alone`,
    );
  const [a, b] = [given.graph, expected.graph];
  requireValues('inputs', a.inputs, b.inputs);
  requireValues('outputs', a.outputs, b.outputs);
  if (a.nodes.length !== b.nodes.length)
    throw new ExactModelMalformed('nodes', `there are ${a.nodes.length}, its program has ${b.nodes.length}`);
  for (const [at, node] of a.nodes.entries()) requireNode(node, b.nodes[at]!, at);
  if (a.initializers.size !== b.initializers.size)
    throw new ExactModelMalformed(
      'initializers',
      `there are ${a.initializers.size}, its program has ${b.initializers.size}`,
    );
  for (const [name, value] of b.initializers) {
    const own = a.initializers.get(name);
    if (own === undefined || !sameTensor(own, value))
      throw new ExactModelMalformed(`initializer ${name}`, 'it is not the one of its program');
  }
}

function requireValues(where: string, given: readonly ValueInfo[], expected: readonly ValueInfo[]): void {
  if (JSON.stringify(given) !== JSON.stringify(expected))
    throw new ExactModelMalformed(where, `they are not those of its program, ${JSON.stringify(expected)}`);
}

function requireNode(given: Node, expected: Node, at: number): void {
  const where = `node ${at}`;
  const complain = (what: string): ExactModelMalformed =>
    new ExactModelMalformed(
      where,
      `its ${what} is not that of its program, whose node is ${expected.op} for ${expected.outputs[0]}`,
    );
  if (given.op !== expected.op || given.domain !== expected.domain) throw complain('operator');
  if (JSON.stringify(given.inputs) !== JSON.stringify(expected.inputs)) throw complain('input');
  if (JSON.stringify(given.outputs) !== JSON.stringify(expected.outputs)) throw complain('output');
  if (given.attributes.size !== expected.attributes.size) throw complain('number of attributes');
  for (const [name, value] of expected.attributes)
    if (!sameAttribute(given.attributes.get(name), value)) throw complain(`attribute ${name}`);
}

/** Exact graphs have plain attributes only: no tensors, no subgraphs. */
const sameAttribute = (given: Attribute | undefined, expected: Attribute): boolean =>
  given !== undefined && given.type === expected.type && JSON.stringify(given.value) === JSON.stringify(expected.value);

function sameTensor(a: Tensor, b: Tensor): boolean {
  if (a.dtype !== b.dtype || a.dims.length !== b.dims.length || a.dims.some((dim, axis) => dim !== b.dims[axis]))
    return false;
  if (a.data.length !== b.data.length || a.data.BYTES_PER_ELEMENT !== DTYPES[b.dtype].bytes) return false;
  for (let at = 0; at < a.data.length; at++) if (a.data[at] !== b.data[at]) return false;
  return true;
}
