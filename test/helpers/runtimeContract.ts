import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { graphBuilder } from '../../node/core/onnx/build.ts';
import { encodeModel } from '../../node/core/onnx/encode.ts';
import { DTYPES, type DType, type Tensor, tensor, tensorBytes } from '../../node/core/tensor/tensor.ts';
import type { Runtime } from '../../node/ports/Runtime.ts';
import { RuntimeClosed, RuntimeInputInvalid, RuntimeLoadFailed, RuntimeRunFailed } from '../../node/runtime/errors.ts';

const DTYPE_NAMES = Object.keys(DTYPES) as DType[];
const FLOAT_2X3 = tensor('float32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));

/** y = x W + b with x [N, 3], and the row sums of x. */
function affine(): Uint8Array {
  const g = graphBuilder('affine');
  const x = g.input('x', 'float32', ['N', 3]);
  const w = g.constant('w', tensor('float32', [3, 2], Float32Array.of(1, 0, 0, 1, 1, 1)));
  const b = g.constant('b', tensor('float32', [2], Float32Array.of(0.5, -0.5)));
  const axes = g.constant('axes', tensor('int64', [1], BigInt64Array.of(1n)));
  g.output(g.node('ReduceSum', [x, axes], { keepdims: 0 }), 'float32', ['N'], 'sums');
  g.output(g.node('Gemm', [x, w, b]), 'float32', ['N', 2], 'y');
  return encodeModel(g.model());
}

/** Hands one input of every element type through. */
function copies(): Uint8Array {
  const g = graphBuilder('copies');
  for (const dtype of DTYPE_NAMES) {
    g.output(g.node('Identity', [g.input(`${dtype}_in`, dtype, ['N'])]), dtype, ['N'], dtype);
  }
  return encodeModel(g.model());
}

function sample(dtype: DType, length: number): Tensor {
  const data = DTYPES[dtype].make(length);
  const bytes = new Uint8Array(data.buffer);
  bytes.forEach((_, at) => {
    bytes[at] = dtype === 'bool' ? at % 2 : (at * 151 + 7) & 255;
  });
  return { dtype, dims: [length], data };
}

/** Reshapes x to the shape that is fed: fails when the sizes differ, which only the run can know. */
function reshape(): Uint8Array {
  const g = graphBuilder('reshape');
  const x = g.input('x', 'float32', ['N']);
  g.output(g.node('Reshape', [x, g.input('shape', 'int64', [2])]), 'float32', ['A', 'B'], 'y');
  return encodeModel(g.model());
}

const values = (t: Tensor | undefined): unknown[] => [...(t?.data ?? [])];

/** What every implementation of the port does. */
export function describeRuntime(name: string, create: () => Runtime): void {
  describe(`${name}: the runtime contract`, () => {
    let runtime: Runtime;
    before(() => {
      runtime = create();
    });
    after(() => runtime.close());

    it('names its class without host or path', () => {
      assert.match(runtime.runtimeClass, /^[\w.-]+\/[\w.-]+( [\w.-]+)*$/);
    });

    it('runs a model and keeps the order of its outputs', async () => {
      const session = await runtime.load(affine());
      const outputs = await session.run(new Map([['x', FLOAT_2X3]]));
      assert.deepEqual([...outputs.keys()], ['sums', 'y']);
      assert.deepEqual(outputs.get('y')?.dims, [2, 2]);
      assert.deepEqual(values(outputs.get('y')), [4.5, 4.5, 10.5, 10.5]);
      assert.deepEqual(values(outputs.get('sums')), [6, 15]);
      await session.close();
    });

    it('tells the signature', async () => {
      const session = await runtime.load(affine());
      assert.deepEqual(session.inputs, [{ name: 'x', dtype: 'float32', dims: ['N', 3] }]);
      assert.deepEqual(session.outputs, [
        { name: 'sums', dtype: 'float32', dims: ['N'] },
        { name: 'y', dtype: 'float32', dims: ['N', 2] },
      ]);
      await session.close();
    });

    it('carries every element type through, bit for bit, empty tensors included', async () => {
      const session = await runtime.load(copies());
      for (const length of [0, 1, 5, 1000]) {
        const inputs = new Map(DTYPE_NAMES.map((dtype) => [`${dtype}_in`, sample(dtype, length)]));
        const outputs = await session.run(inputs);
        for (const dtype of DTYPE_NAMES) {
          const y = outputs.get(dtype)!;
          assert.equal(y.dtype, dtype);
          assert.deepEqual(y.dims, [length]);
          assert.deepEqual(Buffer.from(tensorBytes(y)), Buffer.from(tensorBytes(inputs.get(`${dtype}_in`)!)));
        }
      }
      await session.close();
    });

    it('answers concurrent runs each with its own result', async () => {
      const session = await runtime.load(affine());
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          session.run(new Map([['x', tensor('float32', [1, 3], Float32Array.of(n, 2 * n, 3 * n))]])),
        ),
      );
      assert.deepEqual(
        answers.map((outputs) => values(outputs.get('sums'))),
        Array.from({ length: 100 }, (_, n) => [6 * n]),
      );
      await session.close();
    });

    it('takes views into larger buffers and leaves them as they are', async () => {
      const session = await runtime.load(affine());
      const data = new Float32Array([9, 1, 2, 3, 9]).subarray(1, 4);
      const outputs = await session.run(new Map([['x', tensor('float32', [1, 3], data)]]));
      assert.deepEqual(values(outputs.get('sums')), [6]);
      assert.deepEqual([...new Float32Array(data.buffer)], [9, 1, 2, 3, 9]);
      await session.close();
    });

    const one = (dtype: DType, dims: readonly number[]): Tensor =>
      tensor(dtype, dims, DTYPES[dtype].make(dims.reduce((a, b) => a * b, 1)) as never);
    const WRONG: readonly (readonly [readonly (readonly [string, Tensor])[], RegExp])[] = [
      [[], /"x" is missing/],
      [[['z', FLOAT_2X3]], /"x" is missing/],
      [
        [
          ['x', FLOAT_2X3],
          ['z', FLOAT_2X3],
        ],
        /no input "z"/,
      ],
      [[['x', one('float64', [2, 3])]], /"x" is float64, expected float32/],
      [[['x', one('float32', [3])]], /shape \[3\], expected \[N, 3\]/],
      [[['x', one('float32', [1, 4])]], /shape \[1, 4\], expected \[N, 3\]/],
    ];
    it('error: RuntimeInputInvalid on inputs that are missing, misnamed, too many, or of another type or shape', async () => {
      const session = await runtime.load(affine());
      for (const [inputs, why] of WRONG) {
        await assert.rejects(session.run(new Map(inputs)), (error) => {
          assert(error instanceof RuntimeInputInvalid, String(error));
          assert.match(error.why, why);
          return true;
        });
      }
      assert.equal((await session.run(new Map([['x', FLOAT_2X3]]))).size, 2);
      await session.close();
    });

    it('says when the model fails on an input, and goes on', async () => {
      const session = await runtime.load(reshape());
      const x = tensor('float32', [6], new Float32Array(6));
      const to = (a: bigint, b: bigint): Promise<ReadonlyMap<string, Tensor>> =>
        session.run(
          new Map<string, Tensor>([
            ['x', x],
            ['shape', tensor('int64', [2], BigInt64Array.of(a, b))],
          ]),
        );
      await assert.rejects(to(4n, 4n), RuntimeRunFailed);
      assert.deepEqual((await to(2n, 3n)).get('y')?.dims, [2, 3]);
      await session.close();
    });

    it('error: RuntimeLoadFailed on nothing, garbage, half a model', async () => {
      const garbage = Uint8Array.from({ length: 500 }, (_, n) => (n * 73) & 255);
      for (const bytes of [new Uint8Array(), garbage, affine().subarray(0, 100)]) {
        await assert.rejects(runtime.load(bytes), RuntimeLoadFailed);
      }
    });

    it('stops waiting when asked to', async () => {
      const session = await runtime.load(affine());
      const reason = new Error('the client went away');
      const inputs = new Map([['x', FLOAT_2X3]]);
      await assert.rejects(session.run(inputs, { signal: AbortSignal.abort(reason) }), reason);
      const controller = new AbortController();
      const run = session.run(inputs, { signal: controller.signal });
      controller.abort(reason);
      await assert.rejects(run, reason);
      assert.equal((await session.run(inputs, { signal: new AbortController().signal })).size, 2);
      await session.close();
    });

    it('finishes accepted runs at close, takes no more, and leaves other sessions alone', async () => {
      const [session, other] = await Promise.all([runtime.load(affine()), runtime.load(affine())]);
      const inputs = new Map([['x', FLOAT_2X3]]);
      const accepted = [session.run(inputs), session.run(inputs), session.run(inputs)];
      const closing = session.close();
      await assert.rejects(session.run(inputs), RuntimeClosed);
      await closing;
      for (const outputs of await Promise.all(accepted)) assert.deepEqual(values(outputs.get('sums')), [6, 15]);
      await session.close();
      assert.equal((await other.run(inputs)).size, 2);
      await other.close();
    });

    it('loads nothing after close', async () => {
      const closed = create();
      const session = await closed.load(affine());
      await closed.close();
      await closed.close();
      await assert.rejects(session.run(new Map([['x', FLOAT_2X3]])), RuntimeClosed);
      await assert.rejects(closed.load(affine()), RuntimeClosed);
    });
  });
}
