import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import type { Attribute } from '../../../../node/core/onnx/model.ts';
import { OpInputRefused } from '../../../../node/core/ops/errors.ts';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import type { Emit } from '../../../../node/core/ops/op.ts';
import { elementCount, type Tensor } from '../../../../node/core/tensor/tensor.ts';
import { Rng } from '../../../../node/core/train/rng.ts';
import { localSession } from '../../../helpers/localSession.ts';
import { floats } from '../ops/cases.ts';
import { f32, graph, model, node, values } from '../ops/graphs.ts';
import {
  analyticGradients,
  gradientModel,
  type Loss,
  lossOf,
  relativeError,
  type Spoil,
  worstError,
} from './gradients.ts';

const int = (value: number): Attribute => ({ type: 'int', value });
const ints = (...value: number[]): Attribute => ({ type: 'ints', value });
const rng = new Rng('images');
const random = (...dims: number[]): Tensor =>
  f32(
    dims,
    Array.from({ length: elementCount(dims) }, () => 2 * rng.uniform() - 1),
  );
const dot = (a: Tensor, b: Tensor): number => values(a).reduce((sum, x, i) => sum + x * values(b)[i]!, 0);

interface Geometry {
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
  readonly dilation: number;
  readonly group: number;
  readonly size: number;
}

const SWEEP: readonly Geometry[] = [1, 2, 3, 5]
  .flatMap((kernel) =>
    [1, 2, 3].flatMap((stride) =>
      [0, 1, 2].flatMap((pad) =>
        [1, 2].flatMap((dilation) =>
          [1, 2, 4].flatMap((group) => [7, 8, 9].map((size) => ({ kernel, stride, pad, dilation, group, size }))),
        ),
      ),
    ),
  )
  .filter(({ kernel, dilation, pad, size }) => dilation * (kernel - 1) + 1 <= size + 2 * pad);

/** Kernels wider than high and pads that differ on every side, so that no axis can stand in for another. */
function convLoss({ kernel, stride, pad, dilation, group, size }: Geometry): Loss {
  const attributes = {
    kernel_shape: ints(kernel, Math.max(1, kernel - 1)),
    strides: ints(stride, stride),
    dilations: ints(dilation, dilation),
    pads: pad === 0 ? ints(0, 0, 0, 0) : ints(pad + 1, pad - 1, pad - 1, pad),
    group: int(group),
  };
  const one = model(graph([node('Conv', ['x', 'w'], ['y'], attributes)], { x: 'float32', w: 'float32' }, ['y']));
  const feeds = new Map([
    ['x', random(1, 4, size, size)],
    ['w', random(4, 4 / group, kernel, Math.max(1, kernel - 1))],
  ]);
  return lossOf(one, feeds);
}

/**
 * Conv is linear in each operand, so <Conv(V, W), dY> = <V, dX> for every V: one random V checks the whole gradient
 * against nothing but the forward pass.
 */
function adjointError(loss: Loss, spoil?: Spoil): number {
  const gradients = analyticGradients(loss, spoil);
  return Math.max(
    ...['x', 'w'].map((name) => {
      const other = random(...loss.feeds.get(name)!.dims);
      const y = evaluateModel(loss.model, new Map([...loss.feeds, [name, other]]), { float64: true }).get('y')!;
      const [forwards, backwards] = [dot(y, loss.cotangents.get('dy')!), dot(other, gradients.get(name)!)];
      return Math.abs(forwards - backwards) / Math.max(1, Math.abs(forwards));
    }),
  );
}

describe('gradient of Conv', () => {
  it(`behavior: is the adjoint of the forward pass in ${SWEEP.length} geometries`, () => {
    assert.equal(SWEEP.length, 630);
    for (const geometry of SWEEP) {
      const error = adjointError(convLoss(geometry));
      assert.ok(error < 1e-12, `${JSON.stringify(geometry)}: ${error}`);
    }
  });

  it('behavior: onnxruntime in float32 agrees to 1e-5 on every 15th geometry', async () => {
    for (const geometry of SWEEP.filter((_, index) => index % 15 === 7)) {
      const loss = convLoss(geometry);
      const gradients = gradientModel(loss);
      const session = await localSession({ file: encodeModel(gradients), ...gradients.graph });
      const theirs = await session.run(new Map([...loss.feeds, ...loss.cotangents]));
      await session.close();
      for (const [name, gradient] of analyticGradients(loss)) {
        const error = relativeError(values(theirs.get(`${name}.gradient`)), values(gradient));
        assert.ok(error <= 1e-5, `${JSON.stringify(geometry)} ${name}: ${error}`);
      }
    }
  });
});

const pool = (op: string, x: Tensor, attributes: Record<string, Attribute>, opset = 17): Loss =>
  lossOf(model(graph([node(op, ['x'], ['y'], attributes)], { x: 'float32' }, ['y']), opset), new Map([['x', x]]));
const square = (kernel: number, stride: number, pad: number) => ({
  kernel_shape: ints(kernel, kernel),
  strides: ints(stride, stride),
  pads: ints(pad, pad, pad, pad),
});

describe('gradients of the pools', () => {
  for (const [kernel, stride, pad] of [
    [2, 2, 0],
    [3, 2, 1],
    [3, 1, 1],
  ] as const) {
    it(`behavior: MaxPool ${kernel}/${stride}/${pad}, distinct values and ties`, () => {
      assert.ok(worstError(pool('MaxPool', floats(2, 2, 6, 6), square(kernel, stride, pad))) <= 1e-6);
      // All equal, as after a Relu: every window sends its whole gradient to exactly one of its cells.
      const tied = pool('MaxPool', f32([2, 2, 6, 6], new Array(144).fill(0)), square(kernel, stride, pad));
      assertMass(tied);
    });
  }

  it('behavior: pools conserve mass when no padding is counted', () => {
    assertMass(pool('AveragePool', floats(2, 3, 6, 6), square(2, 2, 0)));
    assertMass(pool('AveragePool', floats(2, 3, 7, 7), square(3, 2, 1)));
    assertMass(pool('GlobalAveragePool', floats(2, 3, 4, 5), {}));
  });

  it('error: OpInputRefused for MaxPool below opset 16, where scattering cannot add', () => {
    const loss = pool('MaxPool', floats(1, 1, 4, 4), square(2, 2, 0), 15);
    assert.throws(
      () => gradientModel(loss),
      (error) => error instanceof OpInputRefused && /opset 16/.test(error.why),
    );
  });
});

function assertMass(loss: Loss): void {
  const total = (x: Tensor | undefined) => values(x).reduce((sum, value) => sum + value, 0);
  const [given, received] = [total(loss.cotangents.get('dy')), total(analyticGradients(loss).get('x'))];
  assert.ok(Math.abs(given - received) < 1e-5 * Math.abs(given), `${given} given, ${received} received`);
}

describe('mutations that the checks must catch', () => {
  type Rewrite = (
    op: string,
    inputs: readonly string[],
    attributes: NonNullable<Parameters<Emit['node']>[2]>,
    emit: Emit,
  ) => string;
  const spoiled =
    (rewrite: Rewrite): Spoil =>
    (emit) => ({ ...emit, node: (op, inputs, attributes = {}) => rewrite(op, inputs, attributes, emit) });
  const uneven: Geometry = { kernel: 3, stride: 2, pad: 1, dilation: 1, group: 2, size: 8 };

  it('behavior: dropping the Slice of dW', () => {
    const loss = convLoss(uneven);
    assert.ok(adjointError(loss) < 1e-12);
    const noSlice = spoiled((op, inputs, attributes, emit) =>
      op === 'Slice' ? inputs[0]! : emit.node(op, inputs, attributes),
    );
    const { dims } = analyticGradients(loss, noSlice).get('w')!;
    assert.notDeepEqual(dims, loss.feeds.get('w')!.dims);
  });

  it('behavior: dropping output_padding', () => {
    const loss = convLoss(uneven);
    const noPadding = spoiled((op, inputs, { output_padding: _, ...attributes }, emit) =>
      emit.node(op, inputs, attributes),
    );
    const { dims } = analyticGradients(loss, noPadding).get('x')!;
    assert.notDeepEqual(dims, loss.feeds.get('x')!.dims);
  });

  it('behavior: cutting taps without strides, or of the image unpadded', () => {
    const loss = convLoss({ ...uneven, group: 1 });
    assert.ok(adjointError(loss) < 1e-12);
    for (const change of [
      { op: 'Slice', keep: 4 },
      { op: 'Pad', keep: 0 },
    ]) {
      const cut = spoiled((op, inputs, attributes, emit) => {
        if (op !== change.op) return emit.node(op, inputs, attributes);
        return change.keep === 0 ? inputs[0]! : emit.node(op, inputs.slice(0, change.keep), attributes);
      });
      assert.throws(() => assert.ok(adjointError(loss, cut) < 1e-12), change.op);
    }
  });

  it('behavior: overwriting instead of adding under overlapping windows, as MaxUnpool does', () => {
    const loss = pool('MaxPool', floats(2, 2, 6, 6), square(3, 1, 1));
    const overwrite = spoiled((op, inputs, { reduction: _, ...attributes }, emit) => emit.node(op, inputs, attributes));
    assert.ok(worstError(loss) <= 1e-6);
    assert.ok(worstError(loss, overwrite) > 0.1);
  });

  it('behavior: averaging over padding that was not counted', () => {
    const loss = pool('AveragePool', floats(1, 2, 5, 5), square(3, 2, 1));
    const uncounted = spoiled((op, inputs, attributes, emit) =>
      op === 'Div' ? emit.node('Div', [inputs[0]!, emit.constant(f32([], [9]))]) : emit.node(op, inputs, attributes),
    );
    assert.ok(worstError(loss) <= 1e-6);
    assert.ok(worstError(loss, uncounted) > 0.01);
  });

  it('behavior: forgetting the strides of dX', () => {
    const swapped = spoiled((op, inputs, attributes, emit) =>
      emit.node(
        op,
        inputs,
        op === 'ConvTranspose' ? { ...attributes, strides: ints(1, 1), output_padding: ints(0, 0) } : attributes,
      ),
    );
    assert.throws(() => {
      assert.ok(adjointError(convLoss(uneven), swapped) < 1e-12);
    });
  });
});
