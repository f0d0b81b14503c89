import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProtocolError } from '../../../../node/core/errors.ts';
import { ExactModelMalformed } from '../../../../node/core/exact/errors.ts';
import { programFromModel } from '../../../../node/core/exact/load.ts';
import { modelFromProgram } from '../../../../node/core/exact/modelFromProgram.ts';
import { programRoot } from '../../../../node/core/exact/program.ts';
import { decodeModel } from '../../../../node/core/onnx/decode.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import type { Attribute, Graph, Model, Node } from '../../../../node/core/onnx/model.ts';
import { type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import { randomGraph, randomProgram } from '../../../helpers/randomProgram.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const random = new Seeded(52);
const model = modelFromProgram(randomProgram(new Seeded(4), { steps: 2, rangeClass: 'U7S8' }));
const { graph } = model;

const withGraph = (change: Partial<Graph>): Model => ({ ...model, graph: { ...graph, ...change } });
const withNodes = (nodes: readonly Node[]): Model => withGraph({ nodes });
const withNode = (index: number, change: Partial<Node>): Model =>
  withNodes(graph.nodes.with(index, { ...graph.nodes[index]!, ...change }));
const indexOf = (op: string): number => graph.nodes.findIndex((node) => node.op === op);
const withConstant = (name: string, value: Tensor): Model => {
  assert.ok(graph.initializers.has(name), name);
  return withGraph({ initializers: new Map([...graph.initializers, [name, value]]) });
};
const withMetadata = (key: string, value: string | undefined): Model => {
  const metadata = new Map(model.metadata);
  if (value === undefined) metadata.delete(key);
  else metadata.set(key, value);
  return { ...model, metadata };
};
const int64 = (dims: number[], ...values: bigint[]): Tensor => tensor('int64', dims, BigInt64Array.from(values));
const attributes = (...entries: [string, Attribute][]): ReadonlyMap<string, Attribute> => new Map(entries);
const swapped = (a: number, b: number): Model =>
  withNodes(graph.nodes.with(a, graph.nodes[b]!).with(b, graph.nodes[a]!));
const extra = (op: string): Node => ({
  op,
  domain: '',
  name: 'extra',
  inputs: [graph.nodes[0]!.outputs[0]!],
  outputs: ['extra'],
  attributes: new Map(),
});
const record = model.metadata.get('assay.step.1')!;
const n1 = graph.initializers.get('step1.multiplier')!.dims[0]!;
const weight = graph.initializers.get('step1.weight') as Tensor<'int8'>;

describe('programFromModel', () => {
  it('reads back every program that modelFromProgram writes, through bytes, with the same root (200 programs)', () => {
    for (let i = 0; i < 200; i++) {
      const program = randomProgram(random, { wide: i % 2 === 0 });
      const bytes = encodeModel(modelFromProgram(program));
      const back = programFromModel(decodeModel(bytes));
      assert.deepEqual(back, program);
      assert.equal(programRoot(back), programRoot(program));
    }
  });

  it('error: ExactModelMalformed for other names of values', () => {
    const rename = (name: string): string => `v_${name}`;
    const renamed: Graph = {
      ...graph,
      nodes: graph.nodes.map((node) => ({
        ...node,
        name: 'n',
        inputs: node.inputs.map(rename),
        outputs: node.outputs.map(rename),
      })),
      inputs: graph.inputs.map((value) => ({ ...value, name: rename(value.name) })),
      outputs: graph.outputs.map((value) => ({ ...value, name: rename(value.name) })),
      initializers: new Map([...graph.initializers].map(([name, value]) => [rename(name), value])),
    };
    assert.throws(() => programFromModel({ ...model, graph: renamed }), ExactModelMalformed);
  });

  it('passes over metadata of other tools', () => {
    assert.deepEqual(programFromModel(withMetadata('com.example.note', 'hi')), programFromModel(model));
  });

  const clip = indexOf('Clip');
  const [input] = graph.inputs;
  const [output] = graph.outputs;
  const refused: Record<string, Model> = {
    'a weight of -128': withConstant('step1.weight', { ...weight, data: weight.data.with(0, -128) }),
    'weights of float': withConstant(
      'step1.weight',
      tensor('float32', weight.dims, new Float32Array(weight.data.length)),
    ),
    'weights of rank 3': withConstant('step1.weight', { ...weight, dims: [1, ...weight.dims] }),
    'uint8 weights without a zero point': withConstant(
      'step1.weight',
      tensor('uint8', weight.dims, new Uint8Array(weight.data.length)),
    ),
    'a multiplier too large': withConstant('step1.multiplier', int64([n1], ...new Array<bigint>(n1).fill(1n << 61n))),
    'a multiplier for all channels': withConstant('step1.multiplier', int64([1], 1n)),
    'a scalar multiplier': withConstant('step1.multiplier', int64([], 1n)),
    'an int32 multiplier': withConstant('step1.multiplier', tensor('int32', [n1], new Int32Array(n1).fill(1))),
    'an addend that leaves the numerator negative': withConstant(
      'step1.addend',
      int64([n1], ...new Array<bigint>(n1).fill(0n)),
    ),
    'a divisor that is no power of two': withConstant('step1.divisor', int64([], 3n)),
    'a divisor of 0': withConstant('step1.divisor', int64([], 0n)),
    'a divisor of -1': withConstant('step1.divisor', int64([], -1n)),
    'a divisor of 1': withConstant('step1.divisor', int64([], 1n)),
    'a divisor of rank 1': withConstant('step1.divisor', int64([1], 1n << 40n)),
    'the smallest int64 as offset': withConstant('step1.offset', int64([], -(1n << 63n))),
    'an upper clip of 255 before a 7-bit step': withConstant('step1.hi', int64([], 255n)),
    'an upper clip beyond uint8': withConstant('step1.hi', int64([], 256n)),
    'an upper clip beyond int32': withConstant('step1.hi', int64([], 1n << 40n)),
    'a lower clip above the upper': withConstant('step1.lo', int64([], 200n)),
    'a zero point of another type': withConstant('step1.inputZeroPoint', tensor('int8', [], Int8Array.of(0))),
    'a zero point of rank 1': withConstant('step1.inputZeroPoint', tensor('uint8', [1], Uint8Array.of(0))),
    'a zero point of 200': withConstant('step1.inputZeroPoint', tensor('uint8', [], Uint8Array.of(200))),
    'an unused initializer': withGraph({ initializers: new Map([...graph.initializers, ['idle', weight]]) }),
    'one initializer in two places': withNode(clip, { inputs: graph.nodes[clip]!.inputs.with(1, 'step1.offset') }),
    'a missing clip': withNodes([
      ...graph.nodes.slice(0, clip),
      { ...graph.nodes[clip + 1]!, inputs: graph.nodes[clip]!.inputs.slice(0, 1) },
      ...graph.nodes.slice(clip + 2),
    ]),
    'a clip without an upper bound': withNode(clip, { inputs: graph.nodes[clip]!.inputs.slice(0, 2) }),
    'a clip with an omitted bound': withNode(clip, { inputs: graph.nodes[clip]!.inputs.with(1, '') }),
    'a clip after the cast': swapped(clip, clip + 1),
    'the multiplication after the addition': swapped(indexOf('Mul'), indexOf('Add')),
    'an extra node at the end': withNodes([...graph.nodes, extra('Relu')]),
    'an extra node in the middle': withNodes(graph.nodes.toSpliced(3, 0, extra('Identity'))),
    'a float operator inside': withNode(indexOf('Mul'), { op: 'Sigmoid' }),
    'a control-flow operator inside': withNode(indexOf('Div'), { op: 'Loop' }),
    'an operator of another domain': withNode(indexOf('Mul'), { domain: 'com.microsoft' }),
    'an unknown attribute': withNode(indexOf('Mul'), { attributes: attributes(['axis', { type: 'int', value: 1 }]) }),
    'a cast to float': withNode(clip + 1, { attributes: attributes(['to', { type: 'int', value: 1 }]) }),
    'a cast to int16': withNode(clip + 1, { attributes: attributes(['to', { type: 'int', value: 5 }]) }),
    'a cast without a target': withNode(clip + 1, { attributes: new Map() }),
    'a cast with saturation': withNode(clip + 1, {
      attributes: attributes(['to', { type: 'int', value: 2 }], ['saturate', { type: 'int', value: 1 }]),
    }),
    'a cast target that is no integer': withNode(clip + 1, {
      attributes: attributes(['to', { type: 'float', value: 2 }]),
    }),
    'a first cast to int32': withNode(indexOf('Cast'), { attributes: attributes(['to', { type: 'int', value: 6 }]) }),
    'operands the wrong way round': withNode(indexOf('Div'), {
      inputs: graph.nodes[indexOf('Div')]!.inputs.toReversed(),
    }),
    'a node that reads an older value': withNode(indexOf('Sub'), {
      inputs: [graph.nodes[indexOf('Mul')]!.outputs[0]!, graph.nodes[indexOf('Sub')]!.inputs[1]!],
    }),
    'a truncated step': withNodes(graph.nodes.slice(0, -1)),
    'two outputs of a node': withNode(indexOf('Mul'), {
      outputs: [graph.nodes[indexOf('Mul')]!.outputs[0]!, 'second'],
    }),
    'no nodes': withNodes([]),
    'a second output': withGraph({
      outputs: [output!, { name: graph.nodes[2]!.outputs[0]!, dtype: 'int64', dims: null }],
    }),
    'an inner value as the output': withGraph({ outputs: [{ ...output!, name: graph.nodes[2]!.outputs[0]! }] }),
    'an output of another type': withGraph({ outputs: [{ ...output!, dtype: 'float32' }] }),
    'an output of another shape': withGraph({ outputs: [{ ...output!, dims: ['N', 1000] }] }),
    'an output with fixed rows': withGraph({ outputs: [{ ...output!, dims: [1, output!.dims![1]!] }] }),
    'two inputs': withGraph({ inputs: [input!, { ...input!, name: 'second' }] }),
    'no input': withGraph({ inputs: [] }),
    'a float input': withGraph({ inputs: [{ ...input!, dtype: 'float32' }] }),
    'an input without shape': withGraph({ inputs: [{ ...input!, dims: null }] }),
    'an input with fixed rows': withGraph({ inputs: [{ ...input!, dims: [1, ...input!.dims!.slice(1)] }] }),
    'an input with a second symbolic dimension': withGraph({ inputs: [{ ...input!, dims: ['N', 'M'] }] }),
    'an input of rank 3 without Flatten': withGraph({ inputs: [{ ...input!, dims: ['N', 2, 2] }] }),
    'opset 16': { ...model, opsets: [{ domain: '', version: 16 }] },
    'opset 22': { ...model, opsets: [{ domain: '', version: 22 }] },
    'a second domain': {
      ...model,
      opsets: [
        { domain: '', version: 17 },
        { domain: 'com.microsoft', version: 1 },
      ],
    },
    'no format in the metadata': withMetadata('assay.exact', undefined),
    'another format': withMetadata('assay.exact', '1'),
    'no scale': withMetadata('assay.input.scale', undefined),
    'a scale that is no number': withMetadata('assay.input.scale', '[NaN]'),
    'a scale that is no list': withMetadata('assay.input.scale', '0.5'),
    'a scale that is no JSON': withMetadata('assay.input.scale', '[0.5'),
    'scales of text': withMetadata('assay.input.scale', '["0.5"]'),
    'an input scale of 0': withMetadata('assay.input.scale', '[0]'),
    'scales for another number of elements': withMetadata('assay.input.scale', '[1,1,1,1,1,1,1]'),
    'no offset': withMetadata('assay.input.offset', undefined),
    'an offset of -0': withMetadata('assay.input.offset', '[-0]'),
    'a scale in another spelling': withMetadata('assay.input.scale', '[0.50]'),
    'an infinite scale': withMetadata('assay.output.scale', 'Infinity'),
    'a scale of 0': withMetadata('assay.output.scale', '0'),
    'an upper input bound beyond the class': withMetadata('assay.input.hi', '255'),
    'a fractional bound': withMetadata('assay.input.lo', '0.5'),
    'an unknown activation': withMetadata('assay.output.activation', 'sigmoid'),
    'labels that are no JSON': withMetadata('assay.labels', '['),
    'labels that are no list': withMetadata('assay.labels', '{"0":"a"}'),
    'labels that are no strings': withMetadata('assay.labels', '[1]'),
    'labels for other channels': withMetadata('assay.labels', '["only one", "two", "three"]'),
    'labels without end': withMetadata('assay.labels', `["${'x'.repeat(1_100_000)}"]`),
    'no record': withMetadata('assay.step.1', undefined),
    'a record in upper case': withMetadata('assay.step.1', record.toUpperCase()),
    'a record that is too short': withMetadata('assay.step.1', record.slice(0, -2)),
    'a record of an unknown operator': withMetadata('assay.step.1', `0x0d${record.slice(4)}`),
    'a record of another operator': withMetadata('assay.step.1', `0x06${record.slice(4)}`),
    'a third record': withMetadata('assay.step.3', record),
    'records in another place': withMetadata('assay.step.9', record),
    'an unknown key of ours': withMetadata('assay.input.mean', '0'),
  };
  for (const [name, hostile] of Object.entries(refused)) {
    it(`error: refuses ${name}`, () => {
      assert.throws(
        () => programFromModel(hostile),
        (error) =>
          error instanceof ProtocolError && ['EXACT_MODEL_MALFORMED', 'EXACT_PROOF_FAILED'].includes(error.code),
      );
    });
  }

  it('names the offending node', () => {
    const hostile = withNode(indexOf('Mul'), { op: 'Sigmoid', name: 'culprit' });
    assert.throws(
      () => programFromModel(hostile),
      (error) => error instanceof ExactModelMalformed && /node \d+/.test(error.what) && /step1\.scaled/.test(error.why),
    );
  });

  it('3,000 random edits of the graph are refused or change nothing but what they say (seed 52)', () => {
    const root = programRoot(programFromModel(model));
    let refusals = 0;
    for (let i = 0; i < 3000; i++) {
      const at = random.int(0, graph.nodes.length - 1);
      const other = random.pick(graph.nodes);
      const node = graph.nodes[at]!;
      const change = random.pick<Partial<Node>>([
        { op: other.op },
        { inputs: other.inputs },
        { outputs: other.outputs },
        { attributes: other.attributes },
        { inputs: node.inputs.toReversed() },
        { inputs: [...node.inputs, node.inputs[0]!] },
      ]);
      try {
        const derived = programRoot(programFromModel(withNode(at, change)));
        assert.equal(derived, root);
      } catch (error) {
        assert.ok(error instanceof ProtocolError, String(error));
        refusals += 1;
      }
    }
    assert.ok(refusals > 1500);
  });

  it('reads back every graph of all operators (100 programs, seed 54)', () => {
    const graphs = new Seeded(54);
    for (let i = 0; i < 100; i++) {
      const program = randomGraph(graphs);
      const back = programFromModel(decodeModel(encodeModel(modelFromProgram(program))));
      assert.deepEqual(back, program);
      assert.equal(programRoot(back), programRoot(program));
    }
  });

  it('6,000 damaged records of all operators are refused, and never crash (seed 55)', () => {
    const damage = new Seeded(55);
    const refusals = new Map<string, number>();
    for (let i = 0; i < 60; i++) {
      const whole = modelFromProgram(randomGraph(damage, { steps: 3 }));
      const root = programRoot(programFromModel(whole));
      const keys = [...whole.metadata.keys()].filter((name) => name.startsWith('assay.step.'));
      for (let j = 0; j < 100; j++) {
        const key = damage.pick(keys);
        const bytes = Buffer.from(whole.metadata.get(key)!.slice(2), 'hex');
        const at = damage.pick([damage.int(0, 24), damage.int(0, bytes.length - 1), 32 + 8 * damage.int(0, 15)]);
        bytes[at] = damage.pick([0, 1, 2, 3, 127, 128, 255, bytes[at]! ^ (1 << damage.int(0, 7))]);
        const metadata = new Map([...whole.metadata, [key, `0x${bytes.toString('hex')}`]]);
        try {
          // What an operator does not execute (dims of a last dimension of 1, say) may be said in another way.
          programFromModel({ ...whole, metadata });
        } catch (error) {
          assert.ok(error instanceof ProtocolError, String(error));
          refusals.set(error.code, (refusals.get(error.code) ?? 0) + 1);
        }
      }
      assert.equal(programRoot(programFromModel(whole)), root);
    }
    assert.ok(
      refusals.get('EXACT_PROOF_FAILED')! > 1000 && refusals.get('EXACT_MODEL_MALFORMED')! > 500,
      `${[...refusals]}`,
    );
  });

  it('4,000 damaged files are refused or give a proven program, and never crash (seed 53)', () => {
    const file = encodeModel(model);
    const root = programRoot(programFromModel(model));
    const damage = new Seeded(53);
    let [refusals, changed] = [0, 0];
    for (let i = 0; i < 4000; i++) {
      const bytes = file.slice(0, i % 10 === 0 ? damage.int(0, file.length) : file.length);
      for (let flips = damage.int(1, 3); flips > 0 && bytes.length > 0; flips--) {
        bytes[damage.int(0, bytes.length - 1)]! ^= 1 << damage.int(0, 7);
      }
      try {
        if (programRoot(programFromModel(decodeModel(bytes))) !== root) changed += 1;
      } catch (error) {
        assert.ok(error instanceof ProtocolError, String(error));
        refusals += 1;
      }
    }
    assert.ok(refusals > 1000 && changed > 100, `${refusals} refused, ${changed} changed`);
  });
});
