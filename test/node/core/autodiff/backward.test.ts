import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backward, GradientUnsupported } from '../../../../node/core/autodiff/backward.ts';
import { graphBuilder } from '../../../../node/core/onnx/build.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import type { Emit } from '../../../../node/core/ops/op.ts';
import { OPS, supportedOperators } from '../../../../node/core/ops/table.ts';
import type { Tensor } from '../../../../node/core/tensor/tensor.ts';
import { localSession } from '../../../helpers/localSession.ts';
import { CASES, feedsOf, floats, modelOf, type OpCase } from '../ops/cases.ts';
import { f32, graph, i64, model, node, values } from '../ops/graphs.ts';
import {
  analyticGradients,
  gradientModel,
  type Loss,
  lossOf,
  relativeError,
  type Spoil,
  worstError,
} from './gradients.ts';

/** Cases whose outputs are floats that vary with some fed float. */
const differentiable = CASES.filter(({ op, opset, inputs, fed, name }) => {
  const row = supportedOperators(op, '', opset);
  const fedFloat = fed.some((index) => inputs[index]?.dtype === 'float32');
  return (
    fedFloat &&
    row?.vjp !== undefined &&
    !/Cast float to int|Cast to bool|ConvTranspose|MaxPool float opset 11|extreme|Sigmoid far out|empty|Shape|ArgMax|Greater|Less|Equal/.test(
      name,
    )
  );
});
const lossOfCase = (example: OpCase): Loss => lossOf(modelOf(example), feedsOf(example));

/** Gradients as onnxruntime computes them in float32. */
async function onnxruntimeGradients(loss: Loss): Promise<ReadonlyMap<string, Tensor>> {
  const gradients = gradientModel(loss);
  const session = await localSession({ file: encodeModel(gradients), ...gradients.graph });
  const results = await session.run(new Map([...loss.feeds, ...loss.cotangents]));
  await session.close();
  return results;
}

async function agreesWithOnnxruntime(loss: Loss): Promise<void> {
  const theirs = await onnxruntimeGradients(loss);
  for (const [name, gradient] of analyticGradients(loss)) {
    const error = relativeError(values(theirs.get(`${name}.gradient`)), values(gradient));
    assert.ok(error <= 1e-5, `${name}: relative error ${error}`);
  }
}

describe('backward', () => {
  for (const example of differentiable) {
    it(`behavior: gradient of ${example.name} equals central differences to 1e-6`, () => {
      const error = worstError(lossOfCase(example));
      assert.ok(error <= 1e-6, `relative error ${error}`);
    });
    it(`behavior: gradient of ${example.name} in onnxruntime's float32 agrees to 1e-5`, () =>
      agreesWithOnnxruntime(lossOfCase(example)));
  }

  it('behavior: every operator with a gradient rule is checked', () => {
    const checked = new Set(differentiable.map(({ op, opset }) => supportedOperators(op, '', opset)));
    const constant =
      /^(Greater|Less|Equal|And|Or|Not|Shape|ArgMax|OneHot|Constant|GreaterOrEqual|LessOrEqual|ConstantOfShape|Range)$/;
    const missing = OPS.filter((row) => row.vjp !== undefined && !checked.has(row) && !constant.test(row.op));
    assert.deepEqual(
      missing.map(({ op, since }) => `${op}-${since}`),
      [],
    );
  });
});

const mlp = model(
  graph(
    [
      node('Gemm', ['x', 'W1', 'b1'], ['z']),
      node('Tanh', ['z'], ['h']),
      node('Mul', ['h', 'h'], ['square']),
      node('Add', ['square', 'h'], ['twice']),
      node('Gemm', ['twice', 'W2', 'b2'], ['scores']),
      node('LogSoftmax', ['scores'], ['y']),
    ],
    { x: 'float32', W1: 'float32', b1: 'float32', W2: 'float32', b2: 'float32' },
    ['y'],
  ),
);
const mlpLoss = lossOf(
  mlp,
  new Map([
    ['x', floats(4, 5)],
    ['W1', floats(5, 3)],
    ['b1', floats(3)],
    ['W2', floats(3, 2)],
    ['b2', floats(2)],
  ]),
);

describe('backward over a network', () => {
  it('behavior: a value used three times collects the gradient of every path', () => {
    assert.ok(worstError(mlpLoss) <= 1e-6);
  });

  it('behavior: float32 in onnxruntime', () => agreesWithOnnxruntime(mlpLoss));

  it('behavior: directional derivatives of the loss in onnxruntime', async () => {
    const session = await localSession({ file: encodeModel(mlp), ...mlp.graph });
    const gradients = await onnxruntimeGradients(mlpLoss);
    const value = async (feeds: ReadonlyMap<string, Tensor>) => {
      const y = values((await session.run(feeds)).get('y'));
      return y.reduce((sum, x, i) => sum + x * values(mlpLoss.cotangents.get('dy'))[i]!, 0);
    };
    for (let direction = 0; direction < 20; direction++) {
      const step = new Map([...mlpLoss.feeds].map(([name, { dims }]) => [name, values(floats(...dims))]));
      const size = Math.sqrt([...step.values()].flat().reduce((sum, x) => sum + x * x, 0));
      const h = 1e-2 / size;
      const moved = (sign: number) =>
        new Map(
          [...mlpLoss.feeds].map(([name, x]) => [
            name,
            f32(
              x.dims,
              values(x).map((v, i) => v + sign * h * step.get(name)![i]!),
            ),
          ]),
        );
      const difference = ((await value(moved(1))) - (await value(moved(-1)))) / (2 * h);
      const slope = [...step].reduce(
        (sum, [name, along]) =>
          sum + values(gradients.get(`${name}.gradient`)).reduce((s, g, i) => s + g * along[i]!, 0),
        0,
      );
      assert.ok(Math.abs(difference - slope) <= 1e-3 * Math.max(1, Math.abs(slope)), `${difference} against ${slope}`);
    }
    await session.close();
  });

  it('behavior: leaves that need no gradient are pruned', () => {
    const g = graphBuilder('pruned');
    const emitted: string[] = [];
    const emit: Emit = {
      opset: 17,
      node: (op, inputs, attributes = {}) => {
        emitted.push(op);
        return g.node(op, inputs, attributes);
      },
      nodes: () => assert.fail('no rule here needs several outputs'),
      constant: (value) => g.constant('c', value),
    };
    const dense = [node('Gemm', ['x', 'W1', 'b1'], ['h']), node('Gemm', ['h', 'W2', 'b2'], ['y'])];
    const type = (...dims: number[]) => ({ dtype: 'float32' as const, dims });
    const types = new Map(
      Object.entries({
        x: type(4, 5),
        W1: type(5, 3),
        b1: type(3),
        h: type(4, 3),
        W2: type(3, 2),
        b2: type(2),
        y: type(4, 2),
      }),
    );
    const gradients = backward({ nodes: dense, types, seeds: new Map([['y', 'dy']]), wanted: ['W2'], emit });
    assert.deepEqual(emitted, ['Gemm']);
    assert.deepEqual([...gradients.keys()], ['W2']);
    const none = backward({ nodes: dense, types, seeds: new Map([['h', 'dh']]), wanted: ['W2'], emit });
    assert.equal(none.size, 0);
  });

  it('error: GradientUnsupported names the operator', () => {
    const body = graph([node('Identity', ['s'], ['t'])], { s: 'float32', u: 'float32' }, ['t']);
    const scan = node('Scan', ['a', 'b'], ['y'], {
      body: { type: 'graph', value: body },
      num_scan_inputs: { type: 'int', value: 1 },
    });
    const looped = model(graph([scan], { a: 'float32', b: 'float32' }, ['y']));
    const loss = lossOf(
      looped,
      new Map([
        ['a', floats(2)],
        ['b', floats(3, 2)],
      ]),
    );
    assert.throws(
      () => gradientModel(loss),
      (error) => error instanceof GradientUnsupported && /Scan.*opset 17/.test(error.message),
    );
  });
});

describe('invariants of gradients', () => {
  const ones = (loss: Loss): Loss => ({
    ...loss,
    cotangents: new Map(
      [...loss.cotangents].map(([name, { dims, data }]) => [name, f32(dims, new Array(data.length).fill(1))]),
    ),
  });

  it('behavior: rows of the gradient of Softmax and LogSoftmax sum to 0', () => {
    for (const op of ['Softmax', 'LogSoftmax']) {
      const loss = lossOf(
        model(graph([node(op, ['x'], ['y'])], { x: 'float32' }, ['y'])),
        new Map([['x', floats(3, 4)]]),
      );
      const dx = values(analyticGradients(loss).get('x'));
      for (let row = 0; row < 3; row++) {
        const sum = dx.slice(4 * row, 4 * row + 4).reduce((a, b) => a + b, 0);
        assert.ok(Math.abs(sum) < 1e-15, `${op}: ${sum}`);
      }
    }
  });

  it('behavior: rows of an embedding that were not looked up get exactly 0', () => {
    for (const opset of [13, 17]) {
      const lookup = model(
        graph([node('Gather', ['x', 'i'], ['y'])], { x: 'float32' }, ['y'], { i: i64([3], [2, 0, 2]) }),
        opset,
      );
      const dx = values(analyticGradients(ones(lossOf(lookup, new Map([['x', floats(4, 2)]])))).get('x'));
      assert.deepEqual(dx, [1, 1, 0, 0, 2, 2, 0, 0]);
    }
  });

  it('behavior: ties of Max share the gradient, Relu and Sqrt pass none at 0, Clip passes at its borders', () => {
    const gradient = (op: string, x: readonly number[], constants: Record<string, Tensor> = {}) => {
      const one = model(graph([node(op, ['x', ...Object.keys(constants)], ['y'])], { x: 'float32' }, ['y'], constants));
      return values(analyticGradients(ones(lossOf(one, new Map([['x', f32([x.length], x)]])))).get('x'));
    };
    assert.deepEqual(gradient('Max', [1, 2, 3], { other: f32([3], [1, 1, 4]) }), [0.5, 1, 0]);
    assert.deepEqual(gradient('Relu', [0, -1, 1]), [0, 0, 1]);
    assert.deepEqual(gradient('Sqrt', [0, 4]), [0, 0.25]);
    assert.deepEqual(gradient('Clip', [-1, 1, 2], { low: f32([], [-1]), high: f32([], [1]) }), [1, 1, 0]);
  });
});

/** Changes every emitted node of one operator. */
const spoiled =
  (
    op: string,
    change: (inputs: readonly string[], attributes: Parameters<Emit['node']>[2], emit: Emit) => string,
  ): Spoil =>
  (emit) => ({
    ...emit,
    node: (name, inputs, attributes = {}) =>
      name === op ? change(inputs, attributes, emit) : emit.node(name, inputs, attributes),
  });
const INT0 = { type: 'int', value: 0 } as const;

describe('mutations that the gradient check must catch', () => {
  const find = (name: string) => lossOfCase(CASES.find((example) => example.name === name)!);
  const mutations: readonly (readonly [string, Loss, Spoil])[] = [
    ['Relu lets everything through', find('Relu opset 17'), spoiled('Where', ([, g]) => g!)],
    ['Sub forgets its sign', find('Sub same shape opset 17'), spoiled('Neg', ([g]) => g!)],
    [
      'Mul multiplies by its own input',
      find('Mul same shape opset 17'),
      spoiled('Mul', ([g], _, emit) => emit.node('Mul', [g!, 'i0'])),
    ],
    ['Exp multiplies by x', find('Exp opset 17'), spoiled('Mul', ([g], _, emit) => emit.node('Mul', [g!, 'i0']))],
    ['ReduceMean forgets the count', find('ReduceMean kept opset 18'), spoiled('Mul', ([g]) => g!)],
    ['Softmax forgets the row sums', find('Softmax opset 17'), spoiled('Sub', ([g]) => g!)],
    ['LogSoftmax forgets Exp', find('LogSoftmax opset 17'), spoiled('Exp', ([y]) => y!)],
    [
      'Gather overwrites instead of adding',
      find('Gather opset 17'),
      spoiled('ScatterND', (inputs, _, emit) => emit.node('ScatterND', inputs)),
    ],
    ['a value used twice keeps one path', mlpLoss, spoiled('Sum', ([first]) => first!)],
    [
      'Gemm forgets alpha',
      find('Gemm 00 opset 17'),
      spoiled('Gemm', (inputs, { alpha: _, ...rest } = {}, emit) => emit.node('Gemm', inputs, rest)),
    ],
    [
      'Slice scatters from the other end',
      find('Slice backwards opset 17'),
      spoiled('ScatterElements', ([blank, at, g], attributes, emit) => {
        const reversed = emit.node('Slice', [
          at!,
          ...[-1, -(2 ** 40), 0, -1].map((value) => emit.constant(i64([1], [value]))),
        ]);
        return emit.node('ScatterElements', [blank!, reversed, g!], attributes ?? { axis: INT0 });
      }),
    ],
  ];
  for (const [name, loss, spoil] of mutations) {
    it(`behavior: ${name}`, () => {
      assert.ok(worstError(loss) <= 1e-6, 'the honest gradient passes');
      assert.ok(worstError(loss, spoil) > 1e-3, 'the spoiled gradient fails');
    });
  }
});

describe('evaluateModel in float64', () => {
  it('behavior: agrees with float32 to rounding on a gradient graph', () => {
    const feeds = new Map([...mlpLoss.feeds, ...mlpLoss.cotangents]);
    const gradients = gradientModel(mlpLoss);
    const [single, double] = [evaluateModel(gradients, feeds), evaluateModel(gradients, feeds, { float64: true })];
    for (const [name, value] of single) assert.ok(relativeError(values(value), values(double.get(name))) < 1e-6, name);
  });
});
