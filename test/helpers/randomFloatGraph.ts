import { type GraphBuilder, graphBuilder, ints } from '../../node/core/onnx/build.ts';
import type { Model } from '../../node/core/onnx/model.ts';
import { elementCount, type Tensor, tensor } from '../../node/core/tensor/tensor.ts';
import type { Seeded } from './seeded.ts';

/** A value of the graph and the shape of its samples. */
interface Value {
  readonly name: string;
  readonly dims: readonly number[];
}
interface Draw {
  readonly g: GraphBuilder;
  readonly random: Seeded;
  readonly values: readonly Value[];
  readonly c: (value: Tensor) => string;
  readonly normals: (...dims: number[]) => string;
}
/** Adds an operator behind a value; undefined where it does not fit. */
type Growth = (draw: Draw, value: Value) => Value | undefined;

const int64 = (...values: number[]): Tensor => tensor('int64', [values.length], BigInt64Array.from(values, BigInt));
const same = (a: readonly number[], b: readonly number[]): boolean => String(a) === String(b);
const UNARY = ['Relu', 'Sigmoid', 'Tanh', 'Erf', 'Abs', 'Neg', 'Elu', 'HardSwish'] as const;

/** Outputs of a window along one axis. */
const windows = (size: number, kernel: number, stride: number, pad: number): number =>
  Math.floor((size + 2 * pad - kernel) / stride) + 1;

function windowOf({ random }: Draw, dims: readonly number[]) {
  const [, height, width] = dims as [number, number, number];
  const kernel = [random.int(1, Math.min(3, height)), random.int(1, Math.min(3, width))] as const;
  const strides = [random.int(1, 2), random.int(1, 2)] as const;
  const [y, x] = [random.int(0, 1) * (kernel[0] >> 1), random.int(0, 1) * (kernel[1] >> 1)];
  const output = [windows(height, kernel[0], strides[0], y), windows(width, kernel[1], strides[1], x)] as const;
  return { kernel, output, attributes: { strides: [...strides], pads: ints([y, x, y, x]) } };
}

const GROWTHS: readonly Growth[] = [
  (draw, { name, dims }) => {
    if (dims.length !== 3) return undefined;
    const group = dims[0]! % 2 === 0 ? draw.random.int(1, 2) : 1;
    const maps = draw.random.int(1, 4) * group;
    const { kernel, output, attributes } = windowOf(draw, dims);
    const weights = draw.normals(maps, dims[0]! / group, ...kernel);
    const made = draw.g.node('Conv', [name, weights, draw.normals(maps)], { group, ...attributes });
    return { name: made, dims: [maps, ...output] };
  },
  (draw, { name, dims }) => {
    if (dims.length !== 3) return undefined;
    const { kernel, output, attributes } = windowOf(draw, dims);
    const [op, own] = draw.random.pick([
      ['MaxPool', {}],
      ['AveragePool', { count_include_pad: 0 }],
      ['AveragePool', { count_include_pad: 1 }],
    ] as const);
    return {
      name: draw.g.node(op, [name], { kernel_shape: [...kernel], ...attributes, ...own }),
      dims: [dims[0]!, ...output],
    };
  },
  ({ g, random, normals }, { name, dims }) => {
    const n = random.int(1, 6);
    const product = g.node('MatMul', [name, normals(dims.at(-1)!, n)]);
    return { name: g.node('Add', [product, normals(n)]), dims: dims.with(-1, n) };
  },
  ({ g, random }, { name, dims }) => ({ name: g.node(random.pick(UNARY), [name]), dims }),
  ({ g }, { name, dims }) => ({ name: g.node('Mul', [name, g.node('Sigmoid', [name])]), dims }),
  ({ g, random, values }, { name, dims }) => {
    const others = values.filter((other) => same(other.dims, dims));
    return { name: g.node(random.pick(['Add', 'Sub', 'Mul']), [name, random.pick(others).name]), dims };
  },
  ({ g, random, normals }, { name, dims }) => {
    const constant = normals(1, ...dims.map((dim) => random.pick([1, dim])));
    return {
      name: g.node(
        random.pick(['Add', 'Mul', 'Sub']),
        random.pick([
          [name, constant],
          [constant, name],
        ]),
      ),
      dims,
    };
  },
  ({ g, random }, { name, dims }) => {
    const order = dims.map((_, at) => [random.uint32(), at + 1] as const).toSorted((a, b) => a[0] - b[0]);
    const perm = order.map(([, axis]) => axis);
    return {
      name: g.node('Transpose', [name], { perm: ints([0, ...perm]) }),
      dims: perm.map((axis) => dims[axis - 1]!),
    };
  },
  ({ g, random, c }, { name, dims }) => {
    const size = elementCount(dims);
    const first = random.pick([1, 2, 3, 4, 6].filter((divisor) => size % divisor === 0));
    const target = random.pick([[size], [first, size / first], [1, first, size / first]]);
    return { name: g.node('Reshape', [name, c(int64(-1, ...target))]), dims: target };
  },
  ({ g, random }, { name, dims }) => ({ name: g.node('Softmax', [name], { axis: random.int(1, dims.length) }), dims }),
  ({ g, random, values }, { name, dims }) => {
    if (dims.length !== 2) return undefined;
    const other = random.pick(values.filter((one) => one.dims.length === 2 && one.dims[1] === dims[1]));
    const turned = g.node('Transpose', [other.name], { perm: ints([0, 2, 1]) });
    return { name: g.node('MatMul', [name, turned]), dims: [dims[0]!, other.dims[0]!] };
  },
  ({ g, normals }, { name, dims }) => {
    const k = dims.at(-1)!;
    return k < 2 ? undefined : { name: g.node('LayerNormalization', [name, normals(k), normals(k)]), dims };
  },
  ({ g, random, values }, { name, dims }) => {
    const axis = random.int(0, dims.length - 1);
    const others = values.filter(
      (one) => one.dims.length === dims.length && same(one.dims.with(axis, 0), dims.with(axis, 0)),
    );
    const other = random.pick(others);
    const joined = dims.with(axis, dims[axis]! + other.dims[axis]!);
    if (elementCount(joined) > 3000) return undefined;
    return { name: g.node('Concat', [name, other.name], { axis: axis + 1 }), dims: joined };
  },
  ({ g, random, c }, { name, dims }) => {
    const axis = random.int(0, dims.length - 1);
    const start = random.int(0, dims[axis]! - 1);
    const end = random.int(start + 1, dims[axis]!);
    const step = random.int(1, 2);
    const made = g.node('Slice', [name, c(int64(start)), c(int64(end)), c(int64(axis + 1)), c(int64(step))]);
    return { name: made, dims: dims.with(axis, Math.ceil((end - start) / step)) };
  },
  ({ g, random }, { name, dims }) => {
    if (dims.length < 2) return undefined;
    const axis = random.int(0, dims.length - 1);
    const keepdims = random.int(0, 1);
    const made = g.node(random.pick(['ReduceMean', 'ReduceMax']), [name], { axes: ints([axis + 1]), keepdims });
    return { name: made, dims: keepdims === 1 ? dims.with(axis, 1) : dims.toSpliced(axis, 1) };
  },
  ({ g, random, c, normals }, { name, dims }) => {
    if (dims.length < 2) return undefined;
    const [n] = dims as [number];
    const variance = c(
      tensor(
        'float32',
        [n],
        Float32Array.from({ length: n }, () => 0.5 + random.unit()),
      ),
    );
    return { name: g.node('BatchNormalization', [name, normals(n), normals(n), normals(n), variance]), dims };
  },
  ({ g, random, c }, { name, dims }) => {
    const bound = (value: number): string => c(tensor('float32', [], Float32Array.of(value)));
    return { name: g.node('Clip', [name, bound(-1), bound(random.int(1, 2))]), dims };
  },
];

/** A float model of a few operators of all kinds, over images, tokens or features. */
export function randomFloatGraph(random: Seeded): Model {
  const g = graphBuilder('random', { opset: 17 });
  const dims = random.pick([
    [random.int(1, 3), random.int(3, 7), random.int(3, 7)],
    [random.int(2, 6), random.pick([2, 4, 6, 8])],
    [random.int(2, 9)],
  ]);
  const c = (value: Tensor): string => g.constant('c', value);
  const normals = (...own: number[]): string =>
    c(
      tensor(
        'float32',
        own,
        Float32Array.from({ length: elementCount(own) }, () => random.normal() * 0.7),
      ),
    );
  const values: Value[] = [{ name: g.input('x', 'float32', ['N', ...dims]), dims }];
  for (let i = random.int(2, 9); i > 0; i--) {
    const from = random.int(0, 2) === 0 ? random.pick(values) : values.at(-1)!;
    const made = random.pick(GROWTHS)({ g, random, values, c, normals }, from);
    if (made !== undefined) values.push(made);
  }
  g.output(values.at(-1)!.name, 'float32', null, 'y');
  return g.model();
}
