import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { InvariantBroken } from '../../../../node/core/errors.ts';
import { graphBuilder, strings } from '../../../../node/core/onnx/build.ts';
import { decodeModel } from '../../../../node/core/onnx/decode.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import type { Model } from '../../../../node/core/onnx/model.ts';
import { DTYPES, type DType, type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const random = new Seeded(3);
const weights = (...dims: number[]): Tensor =>
  tensor(
    'float32',
    dims,
    Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()),
  );

function mlp(irVersion: number, opset: number): Model {
  const g = graphBuilder('mlp', { irVersion, opset, producerVersion: '0.1.0' });
  const x = g.input('x', 'float32', ['N', 8]);
  const hidden = g.node('Relu', [
    g.node('Gemm', [x, g.constant('w', weights(4, 8)), g.constant('b', weights(4))], { transB: 1 }),
  ]);
  g.output(
    g.node('Softmax', [g.node('MatMul', [hidden, g.constant('v', weights(4, 3))])], { axis: -1 }),
    'float32',
    ['N', 3],
    'y',
  );
  return g.model({ author: 'söme one', licence: 'MIT' });
}

function convolution(): Model {
  const g = graphBuilder('convolution');
  const x = g.input('x', 'float32', ['N', 1, 8, 8]);
  const conv = g.node('Conv', [x, g.constant('k', weights(2, 1, 3, 3))], {
    kernel_shape: [3, 3],
    pads: [1, 1, 1, 1],
    auto_pad: 'NOTSET',
  });
  const pooled = g.node('MaxPool', [conv], { kernel_shape: [2, 2], strides: [2, 2] });
  const shape = g.constant('shape', tensor('int64', [2], new BigInt64Array([-1n, 32n])));
  g.output(g.node('Reshape', [pooled, shape]), 'float32', ['N', 32]);
  return g.model();
}

function scan(): Model {
  const g = graphBuilder('scan');
  const [s, rows, w] = [
    g.input('s', 'float32', [1, 3]),
    g.input('rows', 'float32', ['T', 1, 4]),
    g.constant('w', weights(4, 3)),
  ];
  const body = g.subgraph('body');
  const [state, row] = [body.input('state', 'float32', [1, 3]), body.input('row', 'float32', [1, 4])];
  const next = body.node('Add', [state, body.node('MatMul', [row, w])]);
  body.output(next, 'float32', [1, 3]);
  body.output(body.node('Tanh', [next]), 'float32', [1, 3]);
  const [last, all] = g.nodes(2, 'Scan', [s, rows], { body: body.graph(), num_scan_inputs: 1 });
  g.output(last!, 'float32', [1, 3]);
  g.output(all!, 'float32', ['T', 1, 3]);
  return g.model();
}

function everyType(): Model {
  const g = graphBuilder('types');
  for (const dtype of Object.keys(DTYPES) as DType[]) {
    const value = { dtype, dims: [2, 1], data: DTYPES[dtype].make(2) } as Tensor;
    g.output(g.node('Identity', [g.constant(dtype, value)]), dtype, [2, 1]);
  }
  return g.model();
}

function foreign(): Model {
  const g = graphBuilder('foreign', { opsets: [{ domain: 'org.example', version: 1 }] });
  const attributes = { f: 0.5, s: 'text', t: weights(2), list: [0.5, 1], names: strings(['a', '']), none: strings([]) };
  g.output(g.node('Op', [g.input('x', 'float32', null)], attributes, { domain: 'org.example' }), 'float32', null);
  return g.model();
}

const MODELS: Readonly<Record<string, Model>> = {
  mlp: mlp(8, 17),
  'mlp of IR 3': mlp(3, 13),
  'mlp of IR 10': mlp(10, 21),
  convolution: convolution(),
  scan: scan(),
  types: everyType(),
  foreign: foreign(),
};

describe('encodeModel', () => {
  for (const [name, model] of Object.entries(MODELS)) {
    it(`default: ${name} reads back as it was`, () => {
      const bytes = encodeModel(model);
      assert.deepEqual(decodeModel(bytes), model);
      assert.deepEqual(encodeModel(decodeModel(bytes)), bytes);
      assert.equal(bytes.byteLength, bytes.buffer.byteLength);
      assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype);
    });
  }

  it('behavior: the bytes of a small model are these', () => {
    const g = graphBuilder('g', { irVersion: 8, opset: 17, producerName: 'p' });
    g.output(g.node('Neg', [g.input('x', 'float32', ['N', 2])]), 'float32', null);
    const expected = [
      '0808', // ir_version 8
      '120170', // producer_name p
      '3a35', // graph of 53 bytes
      '0a0d0a017812036e656722034e6567', // node: input x, output neg, op_type Neg
      '120167', // name g
      '5a140a0178120f0a0d080112090a0312014e0a020802', // input x: float [N, 2]
      '620b0a036e656712040a020801', // output neg: float, no shape
      '42040a001011', // opset_import: '' 17
    ];
    assert.equal(Buffer.from(encodeModel(g.model())).toString('hex'), expected.join(''));
  });

  it('args: values outside the format are a bug of the caller', () => {
    const model = mlp(8, 17);
    assert.throws(() => encodeModel({ ...model, irVersion: 2 ** 60 }), InvariantBroken);
    assert.throws(() => encodeModel({ ...model, producerName: '\ud800' }), InvariantBroken);
  });

  it('behavior: the reference checker accepts what was written', (t) => {
    const python = process.env['PYTHON'] ?? 'python3';
    // Debian's own onnx knows IR versions up to 8 only.
    const isNewEnough = 'import onnx, sys; sys.exit(onnx.IR_VERSION < 10)';
    if (spawnSync(python, ['-c', isNewEnough]).status !== 0) {
      t.skip('python3 has no recent onnx: install it, or name another interpreter in PYTHON');
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), 'assay-onnx-'));
    try {
      const paths = Object.entries(MODELS)
        // The checker insists on shapes, which files may leave out.
        .filter(([name]) => name !== 'foreign')
        .map(([name, model]) => {
          const path = join(folder, `${name}.onnx`);
          writeFileSync(path, encodeModel(model));
          return path;
        });
      const program = 'import onnx, sys\nfor path in sys.argv[1:]: onnx.checker.check_model(path, full_check=True)';
      const { status, stderr } = spawnSync(python, ['-c', program, ...paths], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
