import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OnnxAttributeUnsupported, OnnxOpUnsupported } from '../../../../node/core/onnx/errors.ts';
import type { Attribute, Graph } from '../../../../node/core/onnx/model.ts';
import { GraphInputRefused, OpInputRefused, SizeBudgetExceeded } from '../../../../node/core/ops/errors.ts';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import { inferModelShapes } from '../../../../node/core/ops/infer.ts';
import type { Tensor } from '../../../../node/core/tensor/tensor.ts';
import { floats } from './cases.ts';
import { f32, graph, i64, model, node, t, values } from './graphs.ts';

const list = (...numbers: number[]): Tensor => i64([numbers.length], numbers);
const int = (value: number): Attribute => ({ type: 'int', value });
const shapesOf = (inputs: Record<string, readonly number[]>) => new Map(Object.entries(inputs));

/** A model of one node over x, with constants behind it. */
const single = (
  op: string,
  constants: Record<string, Tensor> = {},
  attributes: Record<string, Attribute> = {},
  opset = 17,
) =>
  model(
    graph([node(op, ['x', ...Object.keys(constants)], ['y'], attributes)], { x: 'float32' }, ['y'], constants),
    opset,
  );

const ints = (...value: number[]): Attribute => ({ type: 'ints', value });
/** A model of one node over an image that is a constant. */
const imageOf = (
  op: string,
  dims: readonly number[],
  constants: Record<string, Tensor>,
  attributes: Record<string, Attribute> = {},
) =>
  model(
    graph([node(op, ['image', ...Object.keys(constants)], ['y'], attributes)], { x: 'float32' }, ['y'], {
      image: floats(...dims),
      ...constants,
    }),
  );

/** Scale, bias, mean and variance of a batch normalisation. */
const perChannel = (count: number) => ({ s: floats(count), b: floats(count), m: floats(count), v: floats(count) });

describe('inferModelShapes', () => {
  it('behavior: shapes computed from shapes are known', () => {
    const nodes = [
      node('Shape', ['x'], ['s']),
      node('Gather', ['s', 'zero'], ['n']),
      node('Unsqueeze', ['n', 'front'], ['list']),
      node('Concat', ['list', 'open'], ['target'], { axis: int(0) }),
      node('Reshape', ['x', 'target'], ['y']),
    ];
    const constants = { zero: i64([], [0]), front: list(0), open: list(-1) };
    const types = inferModelShapes(model(graph(nodes, { x: 'float32' }, ['y'], constants)), shapesOf({ x: [5, 2, 3] }));
    assert.deepEqual(types.get('y')?.dims, [5, 6]);
  });

  it('error: OpInputRefused for a shape that depends on data', () => {
    const reshape = model(graph([node('Reshape', ['x', 's'], ['y'])], { x: 'float32', s: 'int64' }, ['y']));
    assert.throws(() => inferModelShapes(reshape, shapesOf({ x: [6], s: [1] })), OpInputRefused);
    const y = evaluateModel(
      reshape,
      new Map([
        ['x', floats(6)],
        ['s', list(2, 3)],
      ]),
    ).get('y');
    assert.deepEqual(y?.dims, [2, 3]);
  });

  const bombs: readonly (readonly [string, Graph])[] = [
    ['ConstantOfShape', graph([node('ConstantOfShape', ['s'], ['y'])], {}, ['y'], { s: list(2 ** 20, 2 ** 12) })],
    ['Expand', graph([node('Expand', ['v', 's'], ['y'])], {}, ['y'], { v: f32([1], [1]), s: list(2 ** 31) })],
    ['Tile', graph([node('Tile', ['v', 's'], ['y'])], {}, ['y'], { v: f32([1], [1]), s: list(2 ** 40) })],
    [
      'OneHot',
      graph([node('OneHot', ['i', 'd', 'm'], ['y'])], {}, ['y'], {
        i: list(1),
        d: i64([], [2 ** 33]),
        m: f32([2], [0, 1]),
      }),
    ],
    [
      'many small ones',
      graph(
        Array.from({ length: 40 }, (_, i) => node('ConstantOfShape', ['s'], [`y${i}`])),
        {},
        ['y0'],
        { s: list(2 ** 24) },
      ),
    ],
    [
      'arithmetic',
      graph(
        [
          node('ConstantOfShape', ['s'], ['a']),
          ...[0, 1, 2].map((i) => node('MatMul', [i ? `y${i - 1}` : 'a', 'a'], [`y${i}`])),
        ],
        {},
        ['y2'],
        { s: list(2 ** 11, 2 ** 11) },
      ),
    ],
  ];
  for (const [name, bomb] of bombs) {
    it(`error: SizeBudgetExceeded before allocating: ${name}`, () => {
      assert.throws(() => inferModelShapes(model(bomb), new Map()), SizeBudgetExceeded);
      const start = process.memoryUsage().arrayBuffers;
      const tight = { tensorBytes: 2 ** 25, totalBytes: 2 ** 26, operations: 2 ** 24 };
      assert.throws(() => evaluateModel(model(bomb), new Map(), { budget: tight }), SizeBudgetExceeded);
      assert.ok(process.memoryUsage().arrayBuffers - start < 2 ** 27);
    });
  }

  it('error: SizeBudgetExceeded for a loop that multiplies its body, or nothing', () => {
    const body = graph([node('MatMul', ['s', 'w'], ['t'])], { s: 'float32', u: 'float32' }, ['t']);
    const scan = node('Scan', ['x', 'u'], ['y'], { body: { type: 'graph', value: body }, num_scan_inputs: int(1) });
    const loop = model(graph([scan], { x: 'float32', u: 'float32' }, ['y'], { w: f32([8, 8], new Array(64).fill(0)) }));
    assert.equal(inferModelShapes(loop, shapesOf({ x: [8, 8], u: [1000] })).get('y')?.dims.length, 2);
    assert.throws(() => inferModelShapes(loop, shapesOf({ x: [8, 8], u: [2 ** 23] })), SizeBudgetExceeded);
    assert.throws(() => inferModelShapes(loop, shapesOf({ x: [0, 8], u: [2 ** 30, 0] })), SizeBudgetExceeded);
  });
});

describe('refusals', () => {
  it('error: OnnxOpUnsupported names operator, domain and version', () => {
    const fed = new Map([['x', floats(2)]]);
    for (const [op, opset] of [
      ['Einsum', 17],
      ['LayerNormalization', 12],
    ] as const) {
      assert.throws(
        () => evaluateModel(single(op, {}, {}, opset), fed),
        (error) => error instanceof OnnxOpUnsupported && new RegExp(`${op}.*ai\\.onnx.*${opset}`).test(error.message),
      );
    }
    const foreign = model(graph([{ ...node('Gelu', ['x'], ['y']), domain: 'com.microsoft' }], { x: 'float32' }, ['y']));
    assert.throws(() => evaluateModel(foreign, fed), OnnxOpUnsupported);
  });

  it('error: OnnxAttributeUnsupported names the attribute', () => {
    const fed = new Map([['x', floats(2)]]);
    assert.throws(
      () => evaluateModel(single('Relu', {}, { slope: int(1) }), fed),
      (error) => error instanceof OnnxAttributeUnsupported && /slope/.test(error.message),
    );
    assert.throws(
      () => evaluateModel(single('Softmax', {}, { axis: { type: 'float', value: 1 } }), fed),
      OnnxAttributeUnsupported,
    );
    assert.throws(
      () => evaluateModel(single('Reshape', { s: list(2) }, { allowzero: int(1) }, 13), fed),
      OnnxAttributeUnsupported,
    );
  });

  const wrong: readonly (readonly [string, ReturnType<typeof model>])[] = [
    ['arity', single('Relu', { extra: floats(2) })],
    ['shapes that do not broadcast', single('Add', { b: floats(3, 5) })],
    ['mixed element types', single('Add', { b: i64([1], [1]) })],
    ['an element type without the operator', single('MatMulInteger', { b: floats(4, 2) })],
    ['columns and rows that differ', single('MatMul', { b: floats(3, 2) })],
    ['a scalar matrix', single('MatMul', { b: f32([], [1]) })],
    ['Gemm of a vector', single('Gemm', { b: floats(4) })],
    ['Gemm of misfitting columns', single('Gemm', { b: floats(3, 2) })],
    ['Gemm with a bias that does not fit', single('Gemm', { b: floats(4, 2), c: floats(3) })],
    ['an axis out of range', single('Softmax', {}, { axis: int(2) })],
    ['a reshape that loses elements', single('Reshape', { s: list(3, 2) })],
    ['a reshape with two open dimensions', single('Reshape', { s: list(-1, -1) })],
    ['a reshape with 0 and -1 under allowzero', single('Reshape', { s: list(0, -1) }, { allowzero: int(1) })],
    ['a reshape that copies a dimension too many', single('Reshape', { s: list(2, 4, 0) })],
    ['a squeeze of a wide axis', single('Squeeze', { axes: list(0) })],
    ['a repeated axis', single('Unsqueeze', { axes: list(0, 0) })],
    ['a permutation that repeats', single('Transpose', {}, { perm: { type: 'ints', value: [0, 0] } })],
    ['a slice of step 0', single('Slice', { a: list(0), b: list(1), c: list(0), d: list(0) })],
    ['a slice with lists that differ in length', single('Slice', { a: list(0), b: list(1, 2) })],
    ['concatenation of misfitting shapes', single('Concat', { b: floats(2, 3) }, { axis: int(0) })],
    ['concatenation without an axis', single('Concat', { b: floats(2, 4) })],
    ['an index out of range', single('Gather', { i: list(2) })],
    [
      'a negative shape',
      model(graph([node('ConstantOfShape', ['s'], ['y'])], { x: 'float32' }, ['y'], { s: list(-2) })),
    ],
    [
      'a range by 0',
      model(
        graph([node('Range', ['a', 'b', 'b'], ['y'])], { x: 'float32' }, ['y'], { a: i64([], [3]), b: i64([], [0]) }),
      ),
    ],
    ['a depth of 0', single('OneHot', { d: i64([], [0]), m: f32([2], [0, 1]) })],
    ['a Constant without a value', model(graph([node('Constant', [], ['y'])], { x: 'float32' }, ['y']))],
    ['a Cast to a type that does not exist here', single('Cast', {}, { to: int(10) })],
    ['tile counts that do not fit', single('Tile', { r: list(2) })],
    ['an expansion that does not fit', single('Expand', { s: list(3, 3) })],
    ['a bound that is no scalar', single('Clip', { low: floats(2) })],
    ['a value that nothing defines', model(graph([node('Add', ['x', 'ghost'], ['y'])], { x: 'float32' }, ['y']))],
    [
      'ReduceMax of integers',
      model(graph([node('ReduceMax', ['n'], ['y'])], { x: 'float32' }, ['y'], { n: list(1, 2) })),
    ],
    [
      'scatter that multiplies',
      single('ScatterND', { i: i64([1, 1], [0]), u: floats(1, 4) }, { reduction: { type: 'string', value: 'mul' } }),
    ],
    ['updates that do not fit', single('ScatterND', { i: i64([1, 1], [0]), u: floats(1, 3) })],
    [
      'integers divided by zero',
      model(graph([node('Div', ['n', 'z'], ['y'])], { x: 'float32' }, ['y'], { n: list(1), z: list(0) })),
    ],
    [
      'the least integer divided by -1',
      model(
        graph([node('Div', ['n', 'z'], ['y'])], { x: 'float32' }, ['y'], {
          n: t('int32', [1], [-(2 ** 31)]),
          z: t('int32', [1], [-1]),
        }),
      ),
    ],
    [
      'zero points of another type',
      model(
        graph([node('MatMulInteger', ['a', 'a', 'z'], ['y'])], { x: 'float32' }, ['y'], {
          a: t('uint8', [1, 1], [1]),
          z: t('int8', [], [1]),
        }),
      ),
    ],
    [
      'zero points per row',
      model(
        graph([node('MatMulInteger', ['a', 'b', 'z'], ['y'])], { x: 'float32' }, ['y'], {
          a: t('uint8', [2, 1], [1, 2]),
          b: t('uint8', [1, 1], [1]),
          z: t('uint8', [2], [1, 1]),
        }),
      ),
    ],
    ['a convolution of three axes', imageOf('Conv', [1, 1, 4], { w: floats(1, 1, 2) })],
    ['channels that do not fit', imageOf('Conv', [1, 2, 4, 4], { w: floats(1, 1, 2, 2) })],
    ['groups of nothing', imageOf('Conv', [1, 1, 4, 4], { w: floats(1, 1, 2, 2) }, { group: int(0) })],
    ['strides of 0', imageOf('Conv', [1, 1, 4, 4], { w: floats(1, 1, 2, 2) }, { strides: ints(0, 1) })],
    ['negative pads', imageOf('Conv', [1, 1, 4, 4], { w: floats(1, 1, 2, 2) }, { pads: ints(-1, 0, 0, 0) })],
    [
      'a kernel that is not that of the weights',
      imageOf('Conv', [1, 1, 4, 4], { w: floats(1, 1, 2, 2) }, { kernel_shape: ints(3, 3) }),
    ],
    ['a window larger than the image', imageOf('Conv', [1, 1, 4, 4], { w: floats(1, 1, 5, 5) })],
    [
      'an unknown auto_pad',
      imageOf('Conv', [1, 1, 4, 4], { w: floats(1, 1, 2, 2) }, { auto_pad: { type: 'string', value: 'ALL' } }),
    ],
    ['a bias that is not one per map', imageOf('Conv', [1, 1, 4, 4], { w: floats(1, 1, 2, 2), b: floats(2) })],
    ['ceil_mode', imageOf('MaxPool', [1, 1, 4, 4], {}, { kernel_shape: ints(2, 2), ceil_mode: int(1) })],
    ['storage_order', imageOf('MaxPool', [1, 1, 4, 4], {}, { kernel_shape: ints(2, 2), storage_order: int(1) })],
    ['a pool without a window', imageOf('MaxPool', [1, 1, 4, 4], {})],
    [
      'padding as large as the window',
      imageOf('AveragePool', [1, 1, 4, 4], {}, { kernel_shape: ints(2, 2), pads: ints(2, 0, 0, 0) }),
    ],
    [
      'a batch normalisation that trains',
      imageOf('BatchNormalization', [1, 2, 3, 3], perChannel(2), { training_mode: int(1) }),
    ],
    ['statistics that are not one per channel', imageOf('BatchNormalization', [1, 2, 3, 3], perChannel(3))],
    ['a batch normalisation of a vector', imageOf('BatchNormalization', [2], perChannel(2))],
    [
      'a layer normalisation in half precision',
      single('LayerNormalization', { s: floats(4) }, { stash_type: int(10) }),
    ],
    ['a scale that does not fit', single('LayerNormalization', { s: floats(2) })],
    ['pieces that do not make the whole', single('Split', { s: list(3) })],
    ['a piece of negative size', single('Split', { s: list(-2) })],
    ['padding that mirrors', single('Pad', { p: list(1, 1, 1, 1) }, { mode: { type: 'string', value: 'reflect' } })],
    ['padding of too few axes', single('Pad', { p: list(1, 1) })],
    ['padding that cuts', single('Pad', { p: list(0, -1, 0, 0) })],
    ['dropout that drops', single('Dropout', { r: f32([], [0.5]), t: t('bool', [], [1]) })],
    ['a pool over no space', imageOf('GlobalAveragePool', [1, 1], {})],
    [
      'an output_padding that does not fit',
      imageOf('ConvTranspose', [1, 1, 2, 2], { w: floats(1, 1, 2, 2) }, { output_padding: ints(1, 0) }),
    ],
    [
      'padding chosen by a transposed convolution',
      imageOf(
        'ConvTranspose',
        [1, 1, 2, 2],
        { w: floats(1, 1, 2, 2) },
        { auto_pad: { type: 'string', value: 'VALID' } },
      ),
    ],
  ];
  for (const [name, broken] of wrong) {
    it(`error: OpInputRefused for ${name}`, () => {
      assert.throws(
        () => evaluateModel(broken, new Map([['x', floats(2, 4)]])),
        (error) => error instanceof OpInputRefused && error.message.includes(`opset ${17}`),
      );
    });
  }

  const late: readonly (readonly [string, Record<string, Attribute>, number, RegExp])[] = [
    ['Gelu', { approximate: { type: 'string', value: 'cubic' } }, 20, /"cubic"/],
    ['Split', { num_outputs: int(2) }, 18, /num_outputs is 2/],
    ['Split', {}, 18, /num_outputs is undefined/],
  ];
  for (const [op, attributes, opset, why] of late) {
    it(`error: OpInputRefused for ${op} with ${JSON.stringify(attributes)}`, () => {
      const broken = single(op, {}, attributes, opset);
      assert.throws(
        () => evaluateModel(broken, new Map([['x', floats(2, 4)]])),
        (error) => error instanceof OpInputRefused && why.test(error.why),
      );
    });
  }

  it('error: GraphInputRefused for inputs that are missing, unknown, of another type or shape', () => {
    const declared = single('Relu');
    const shaped = (dims: (number | string | null)[]) => ({
      ...declared,
      graph: { ...declared.graph, inputs: [{ name: 'x', dtype: 'float32' as const, dims }] },
    });
    const feed = (name: string, value: Tensor) => new Map([[name, value]]);
    const cases: readonly (readonly [Parameters<typeof evaluateModel>[0], ReadonlyMap<string, Tensor>])[] = [
      [declared, new Map()],
      [declared, feed('ghost', floats(1))],
      [declared, feed('x', list(1))],
      [shaped([2, 3]), feed('x', floats(2, 2))],
      [shaped(['N', 3]), feed('x', floats(3))],
      [shaped(['N', 'N']), feed('x', floats(2, 3))],
    ];
    for (const [broken, feeds] of cases) assert.throws(() => evaluateModel(broken, feeds), GraphInputRefused);
    assert.deepEqual(evaluateModel(shaped(['N', null]), feed('x', floats(2, 3))).get('y')?.dims, [2, 3]);
  });
});

describe('Scan', () => {
  const body = (outputs: string[]) =>
    graph(
      [node('Mul', ['state', 'factor'], ['scaled']), node('Add', ['scaled', 'step'], ['next'])],
      { state: 'float32', step: 'float32' },
      outputs,
    );
  const scan = (inner: Graph, count = 1) =>
    model(
      graph(
        [
          node('Scan', ['start', 'x'], ['last', 'all'], {
            body: { type: 'graph', value: inner },
            num_scan_inputs: int(count),
          }),
        ],
        { start: 'float32', x: 'float32' },
        ['last', 'all'],
        { factor: f32([], [2]) },
      ),
    );
  const twice: Graph = { ...body(['next', 'scaled']) };
  const feeds = new Map([
    ['start', f32([1], [1])],
    ['x', f32([3, 1], [10, 20, 30])],
  ]);

  it('default: carries the state, stacks the rest, sees outer values', () => {
    const results = evaluateModel(scan(twice), feeds);
    assert.deepEqual(values(results.get('last')), [118]);
    assert.deepEqual(values(results.get('all')), [2, 24, 88]);
    assert.deepEqual(results.get('all')?.dims, [3, 1]);
  });

  it('error: OpInputRefused for a body that does not fit', () => {
    const growing = graph(
      [node('Concat', ['state', 'step'], ['next'], { axis: int(0) })],
      { state: 'float32', step: 'float32' },
      ['next', 'step'],
    );
    const broken = [
      scan(twice, 3),
      scan(body(['next'])),
      scan(growing),
      scan({ ...twice, inputs: twice.inputs.slice(1) }),
    ];
    for (const wrong of broken) assert.throws(() => evaluateModel(wrong, feeds), OpInputRefused);
    const scalar = new Map([...feeds, ['x', f32([], [1])] as const]);
    assert.throws(() => evaluateModel(scan(twice), scalar), OpInputRefused);
  });
});
