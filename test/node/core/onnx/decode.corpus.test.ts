import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { ProtocolError } from '../../../../node/core/errors.ts';
import { decodeModel } from '../../../../node/core/onnx/decode.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import type { Model } from '../../../../node/core/onnx/model.ts';
import { byteLength } from '../../../../node/core/tensor/tensor.ts';
import { Seeded } from '../../../helpers/seeded.ts';

/** Files written by the reference tool (generate.py beside them). */
const folder = new URL('../../../vectors/onnx/', import.meta.url);
const read = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, folder)));
const names = (kind: string): string[] => readdirSync(new URL(kind, folder)).map((file) => file.replace('.onnx', ''));
const accepted = (name: string): Model => decodeModel(read(`accepted/${name}.onnx`));

/** Files whose every byte the reader keeps and the writer writes as the reference tool does. */
const IDENTICAL = ['branches', 'cnn', 'old-ir', 'quantised', 'scan', 'shapes', 'types-raw'];

async function outputs(bytes: Uint8Array, model: Model): Promise<Record<string, unknown>> {
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const random = new Seeded(5);
  const feeds = Object.fromEntries(
    model.graph.inputs.map(({ name, dims }) => {
      const shape = (dims ?? []).map((dim) => (typeof dim === 'number' ? dim : 2));
      const size = shape.reduce((product, dim) => product * dim, 1);
      return [
        name,
        new OrtTensor(
          'float32',
          Float32Array.from({ length: size }, () => random.normal()),
          shape,
        ),
      ];
    }),
  );
  const results = await session.run(feeds);
  const plain = Object.entries(results).map(([name, { type, dims, data }]) => [name, { type, dims, data }]);
  await session.release();
  return Object.fromEntries(plain);
}

describe('decodeModel on files of the reference tool', () => {
  for (const name of names('accepted')) {
    it(`default: ${name} survives the round trip`, () => {
      const file = read(`accepted/${name}.onnx`);
      const model = decodeModel(file);
      const bytes = encodeModel(model);
      assert.deepEqual(decodeModel(bytes), model);
      assert.deepEqual(encodeModel(decodeModel(bytes)), bytes);
      if (IDENTICAL.includes(name)) assert.deepEqual(bytes, file);
    });
  }

  for (const name of names('accepted').filter((known) => known !== 'attributes')) {
    it(`behavior: onnxruntime computes the same from the rewritten ${name}`, async () => {
      const file = read(`accepted/${name}.onnx`);
      const model = decodeModel(file);
      assert.deepEqual(await outputs(encodeModel(model), model), await outputs(file, model));
    });
  }

  for (const name of names('refused')) {
    it(`error: ${name}`, () => {
      assert.throws(
        () => decodeModel(read(`refused/${name}.onnx`)),
        (error) => error instanceof ProtocolError && error.code === name.split('.')[0] && error.fix.length > 0,
      );
    });
  }

  it('behavior: reads element types alike from raw and from typed data', () => {
    const [inRaw, inFields] = [accepted('types-raw').graph, accepted('types-typed').graph];
    assert.equal(inRaw.initializers.size, 11);
    assert.deepEqual(inFields.initializers, inRaw.initializers);
    assert.deepEqual(inRaw.initializers.get('uint64')?.data, new BigUint64Array([0n, 1n, 2n ** 63n, 2n ** 64n - 1n]));
    assert.deepEqual(inRaw.initializers.get('int64')?.data, new BigInt64Array([-(2n ** 63n), -1n, 0n, 2n ** 63n - 1n]));
    assert.deepEqual(inRaw.initializers.get('int8')?.data, new Int8Array([-128, -1, 0, 127]));
    assert.ok(Object.is(inFields.initializers.get('float32')?.data[1], -0));
  });

  it('behavior: reads every kind of attribute', () => {
    const node = accepted('attributes').graph.nodes[0]!;
    assert.equal(node.domain, 'org.example');
    const found = Object.fromEntries([...node.attributes].map(([name, { type, value }]) => [name, [type, value]]));
    const inner = node.attributes.get('a_tensor')!;
    assert.ok(inner.type === 'tensor' && byteLength(inner.value) === 16);
    const { a_tensor: _, ...others } = found;
    assert.deepEqual(others, {
      an_int: ['int', -7],
      a_float: ['float', Math.fround(0.1)],
      a_string: ['string', 'söft'],
      some_ints: ['ints', [1, -2, 2 ** 53 - 1]],
      some_floats: ['floats', [0.5, -1.25]],
      some_strings: ['strings', ['a', '', 'ß']],
      largest: ['int', 2 ** 53 - 1],
      smallest: ['int', 1 - 2 ** 53],
    });
  });

  it('behavior: takes repeated initializers off the inputs, and writes them again for IR 3', () => {
    const model = accepted('old-ir');
    assert.deepEqual(
      model.graph.inputs.map((input) => input.name),
      ['x'],
    );
    assert.equal(model.irVersion, 3);
  });

  it('behavior: drops documentation and annotations', () => {
    const [annotated, plain] = [accepted('annotated'), accepted('torch-mlp')];
    assert.deepEqual(annotated.graph.nodes, plain.graph.nodes);
    assert.deepEqual(annotated.metadata, plain.metadata);
    assert.deepEqual(Object.fromEntries(plain.metadata), { author: 'a stranger', licence: 'MIT' });
    assert.equal(encodeModel(annotated).length, encodeModel(plain).length);
  });

  it('behavior: reads dimensions that are named, unknown or zero', () => {
    const { inputs, outputs: declared, initializers } = accepted('shapes').graph;
    assert.deepEqual(inputs[0]?.dims, [null, 'N', 3]);
    assert.deepEqual(declared.at(-1)?.dims, [0, 3]);
    assert.deepEqual([initializers.get('scalar')?.dims, initializers.get('empty')?.data.length], [[], 0]);
  });

  it('behavior: reads a subgraph that uses values of the graph around it', () => {
    const body = accepted('scan').graph.nodes[0]!.attributes.get('body');
    assert.ok(body?.type === 'graph');
    assert.deepEqual(body.value.nodes[0]?.inputs, ['row', 'w']);
  });
});
