import { type Tensor, tensor } from '../../node/core/tensor/tensor.ts';
import { type Bytes, concat, fixed32, lie, msg, num, raw, str } from './protobuf.ts';

/**
 * Models that want to harm what runs them, in bytes of ONNX's protobuf (field numbers of onnx.proto), written without
 * any checks. Threats O1 to O13.
 */
export interface HostileModel {
  readonly name: string;
  readonly file: Bytes;
  readonly feeds: ReadonlyMap<string, Tensor>;
  /** It may also get away with an answer: odd, heavy or merely suspicious, but not wrong for the host. */
  readonly mayAnswer: boolean;
}

const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;
const BOOL = 9;
const TYPES = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, ints: 7 } as const;

const joined = (name: string, names: string): Bytes[] =>
  names === '' ? [] : names.split(',').map((each) => str(name === 'input' ? 1 : 2, each));
const attr = (name: string, type: keyof typeof TYPES, ...value: readonly Bytes[]): Bytes =>
  msg(5, str(1, name), ...value, num(20, TYPES[type]));
const int = (name: string, value: number | bigint): Bytes => attr(name, 'int', num(3, value));
const ints = (name: string, ...values: readonly (number | bigint)[]): Bytes =>
  attr(name, 'ints', ...values.map((value) => num(8, value)));
const text = (name: string, value: string): Bytes => attr(name, 'string', str(4, value));
const graphAttr = (name: string, ...parts: readonly Bytes[]): Bytes => attr(name, 'graph', msg(6, ...parts));

/** Inputs and outputs are names separated by commas. */
const node = (op: string, inputs: string, outputs: string, ...rest: readonly Bytes[]): Bytes =>
  msg(1, ...joined('input', inputs), ...joined('output', outputs), str(4, op), ...rest);
const domain = (name: string): Bytes => str(7, name);

type Dim = number | bigint | string;
const typed = (element: number, dims?: readonly Dim[]): Bytes =>
  msg(
    2,
    msg(
      1,
      num(1, element),
      ...(dims === undefined
        ? []
        : [msg(2, ...dims.map((dim) => msg(1, typeof dim === 'string' ? str(2, dim) : num(1, dim))))]),
    ),
  );
const value = (name: string, element = FLOAT, dims?: readonly Dim[]): Bytes =>
  concat(str(1, name), typed(element, dims));
const input = (name: string, element = FLOAT, dims?: readonly Dim[]): Bytes => msg(11, value(name, element, dims));
const output = (name: string, element = FLOAT, dims?: readonly Dim[]): Bytes => msg(12, value(name, element, dims));

const dims = (...sizes: readonly (number | bigint)[]): Bytes => concat(...sizes.map((size) => num(1, size)));
const little = (values: readonly (number | bigint)[]): Bytes =>
  new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
const int64s = (name: string, ...values: readonly (number | bigint)[]): Bytes =>
  msg(5, dims(values.length), num(2, INT64), str(8, name), msg(9, little(values)));
const int64 = (name: string, only: number | bigint): Bytes =>
  msg(5, num(2, INT64), str(8, name), msg(9, little([only])));
const bool = (name: string, only: boolean): Bytes => msg(5, num(2, BOOL), str(8, name), msg(9, raw(only ? 1 : 0)));
const floats = (name: string, sizes: readonly number[], fill = 1): Bytes => {
  const data = new Float32Array(sizes.reduce((a, b) => a * b, 1)).fill(fill);
  return msg(5, dims(...sizes), num(2, FLOAT), str(8, name), msg(9, new Uint8Array(data.buffer)));
};
const zeroBytes = (name: string, element: number, ...sizes: readonly number[]): Bytes =>
  msg(5, dims(...sizes), num(2, element), str(8, name), msg(9, new Uint8Array(sizes.reduce((a, b) => a * b, 1))));

const IR = num(1, 8);
const opset = (version = 17, name = ''): Bytes => msg(8, str(1, name), num(2, version));
const model = (graph: readonly Bytes[], ...rest: readonly Bytes[]): Bytes =>
  concat(IR, msg(7, str(2, 'g'), ...graph), opset(), ...rest);

const X = input('x', FLOAT, ['N']);
const Y = output('y');
const FEED = new Map<string, Tensor>([['x', tensor('float32', [4], Float32Array.of(1, 2, 3, 4))]]);
const NONE: ReadonlyMap<string, Tensor> = new Map();
const fed = (name: string, given: Tensor): ReadonlyMap<string, Tensor> => new Map([[name, given]]);
const MIN64 = -(2n ** 63n);
const MAX64 = 2n ** 63n - 1n;

const all: HostileModel[] = [];
const add = (name: string, file: Bytes, feeds: ReadonlyMap<string, Tensor> = FEED): void => {
  all.push({ name, file, feeds, mayAnswer: false });
};
const odd = (name: string, file: Bytes, feeds: ReadonlyMap<string, Tensor> = FEED): void => {
  all.push({ name, file, feeds, mayAnswer: true });
};
/** A constant graph: what optimisers fold at load. */
const folded = (name: string, ...graph: readonly Bytes[]): void =>
  add(`folding bomb: ${name}`, model([...graph, Y]), NONE);

// O2: constants that unfold
folded('ConstantOfShape of 2^31 floats', int64s('s', 2 ** 31), node('ConstantOfShape', 's', 'y'));
folded('ConstantOfShape of 2^62 floats', int64s('s', 2n ** 62n), node('ConstantOfShape', 's', 'y'));
folded('ConstantOfShape of 2^80 floats', int64s('s', 2n ** 40n, 2n ** 40n), node('ConstantOfShape', 's', 'y'));
folded('Expand to 2^32', floats('a', [1]), int64s('s', 2 ** 32), node('Expand', 'a,s', 'y'));
folded('Tile 2^32 times', floats('a', [1]), int64s('s', 2 ** 32), node('Tile', 'a,s', 'y'));
folded(
  'Range to 2^33',
  int64('a', 0),
  int64('b', 2 ** 33),
  int64('c', 1),
  node('Range', 'a,b,c', 'r'),
  node('Cast', 'r', 'y', int('to', FLOAT)),
);
folded('Pad by 2^32', floats('a', [1]), int64s('p', 2 ** 32, 0), node('Pad', 'a,p', 'y'));
folded('Pad by int64 max', floats('a', [1]), int64s('p', MAX64, MAX64), node('Pad', 'a,p', 'y'));
folded('OneHot of depth 2^32', int64s('i', 0), int64('d', 2 ** 32), floats('v', [2]), node('OneHot', 'i,d,v', 'y'));
folded('RandomNormal of 2^32', node('RandomNormal', '', 'y', ints('shape', 2 ** 32)));
folded(
  'outer product of 2^17 by 2^17',
  floats('a', [2 ** 17, 1]),
  floats('b', [1, 2 ** 17]),
  node('MatMul', 'a,b', 'y'),
);
folded(
  'Einsum of four vectors',
  ...['a', 'b', 'c', 'd'].map((name) => floats(name, [1024])),
  node('Einsum', 'a,b,c,d', 'y', text('equation', 'i,j,k,l->ijkl')),
);
folded(
  '40 doublings by Concat',
  floats('h0', [1]),
  ...Array.from({ length: 40 }, (_, n) => node('Concat', `h${n},h${n}`, n === 39 ? 'y' : `h${n + 1}`, int('axis', 0))),
);
folded(
  'EyeLike of 2^17 squared',
  int64s('s', 2 ** 17, 2 ** 17),
  node('ConstantOfShape', 's', 'z'),
  node('EyeLike', 'z', 'y'),
);
folded('HannWindow of 2^33', int64('n', 2 ** 33), node('HannWindow', 'n', 'y'));
folded('Resize by 2^20 twice', floats('a', [1, 1, 2, 2]), floats('s', [4], 2 ** 20), node('Resize', 'a,,s', 'y'));
add(
  'runtime bomb: ConstantOfShape of a fed shape',
  model([input('s', INT64, [1]), node('ConstantOfShape', 's', 'y'), Y]),
  fed('s', tensor('int64', [1], BigInt64Array.of(2n ** 31n))),
);
add(
  'runtime bomb: an answer of 512 MiB',
  model([input('s', INT64, [1]), node('ConstantOfShape', 's', 'y'), Y]),
  fed('s', tensor('int64', [1], BigInt64Array.of(2n ** 27n))),
);
add('runtime bomb: Expand of a fed vector', model([X, int64s('s', 2 ** 30, 4), node('Expand', 'x,s', 'y'), Y]));

// O3 and O8: initialisers
const sparse = (values: Bytes, indices: Bytes, ...sizes: readonly (number | bigint)[]): Bytes =>
  msg(15, msg(1, values), msg(2, indices), ...sizes.map((size) => num(3, size)));
const sparseValue = concat(dims(1), num(2, FLOAT), fixed32(4, 1), str(8, 'w'));
const sparseIndex = (at: number | bigint): Bytes => concat(dims(1), num(2, INT64), num(7, at));
const sparseFile = (at: number | bigint, ...sizes: readonly (number | bigint)[]): Bytes =>
  concat(IR, opset(), msg(7, sparse(sparseValue, sparseIndex(at), ...sizes), node('Identity', 'w', 'y'), Y));
add('sparse bomb: two gigabytes in under a hundred bytes', sparseFile(0, 2 ** 29), NONE);
add('sparse bomb: sixteen gigabytes', sparseFile(0, 2 ** 32), NONE);
add('sparse: index behind the end', sparseFile(2 ** 40, 16), NONE);
add('sparse: negative dims', sparseFile(0, -16), NONE);
add('sparse: overflowing dims', sparseFile(0, 2n ** 33n, 2n ** 33n), NONE);

const weights = (name: string, ...parts: readonly Bytes[]): void =>
  add(`initialiser: ${name}`, model([X, msg(5, str(8, 'w'), ...parts), node('Add', 'x,w', 'y'), Y]));
weights('too few bytes', dims(1000), num(2, FLOAT), msg(9, new Uint8Array(16)));
weights('too many bytes', dims(2), num(2, FLOAT), msg(9, new Uint8Array(16)));
weights('negative dims', dims(-4), num(2, FLOAT), msg(9, new Uint8Array(16)));
weights('overflowing dims', dims(2n ** 32n, 2n ** 32n, 4), num(2, FLOAT), msg(9, new Uint8Array(16)));
weights('a gigabyte announced, nothing there', dims(2 ** 28), num(2, FLOAT));
weights('unknown element type', dims(4), num(2, 99), msg(9, new Uint8Array(16)));
weights('strings', dims(1), num(2, 8), msg(6, raw(255, 254)));

// O1: external data
const external = (name: string, location: string, ...more: readonly (readonly [string, string])[]): void =>
  add(
    `external data: ${name}`,
    model([
      X,
      msg(
        5,
        str(8, 'w'),
        dims(4),
        num(2, FLOAT),
        num(14, 1),
        ...[['location', location] as const, ...more].map(([key, entry]) => msg(13, str(1, key), str(2, entry))),
      ),
      node('Add', 'x,w', 'y'),
      Y,
    ]),
  );
external('a parent folder', '../../../../../../etc/passwd', ['length', '16']);
external('an absolute path', '/etc/passwd', ['length', '16']);
external('/dev/zero without end', '/dev/zero', ['length', '1099511627776']);
external('its own environment', '/proc/self/environ', ['length', '16']);
external('a file beside it', 'weights.bin', ['offset', '0'], ['length', '16']);
external('a negative offset', 'weights.bin', ['offset', '-16'], ['length', '16']);
external('an address in memory', '*/_ORT_MEM_ADDR_/*', ['offset', '4096'], ['length', '16']);
external('no location', '');

// O4: control flow without end
const yes = (name: string): Bytes => node('Identity', 'c_in', name);
const loopBody = (...work: readonly Bytes[]): Bytes =>
  graphAttr(
    'body',
    str(2, 'b'),
    input('i', INT64, []),
    input('c_in', BOOL, []),
    input('v'),
    yes('c_out'),
    ...work,
    output('c_out', BOOL, []),
    output('v_out'),
  );
const COUNT_UP = node('Add', 'v,v', 'v_out');
add(
  'endless: Loop of 2^63 - 1 passes',
  model([X, int64('m', MAX64), bool('c', true), node('Loop', 'm,c,x', 'y', loopBody(COUNT_UP)), Y]),
);
add(
  'endless: Loop without a trip count',
  model([X, bool('c', true), node('Loop', ',c,x', 'y', loopBody(COUNT_UP)), Y]),
);
add(
  'endless: a Loop in a Loop in a Loop',
  model([
    X,
    int64('m', 2 ** 40),
    bool('c', true),
    node(
      'Loop',
      'm,c,x',
      'y',
      loopBody(
        node(
          'Loop',
          'm,c,v',
          'v_out',
          graphAttr(
            'body',
            str(2, 'b'),
            input('j', INT64, []),
            input('d_in', BOOL, []),
            input('u'),
            node('Identity', 'd_in', 'd_out'),
            node(
              'Loop',
              'm,c,u',
              'u_out',
              graphAttr(
                'body',
                str(2, 'b'),
                input('k', INT64, []),
                input('e_in', BOOL, []),
                input('t'),
                node('Identity', 'e_in', 'e_out'),
                node('Add', 't,t', 't_out'),
                output('e_out', BOOL, []),
                output('t_out'),
              ),
            ),
            output('d_out', BOOL, []),
            output('u_out'),
          ),
        ),
      ),
    ),
    Y,
  ]),
);
add(
  'endless: a constant Loop, folded at load',
  model([floats('x', [4]), int64('m', MAX64), bool('c', true), node('Loop', 'm,c,x', 'y', loopBody(COUNT_UP)), Y]),
  NONE,
);
add(
  'growing: Loop that doubles its state',
  model([
    X,
    int64('m', MAX64),
    bool('c', true),
    node('Loop', 'm,c,x', 'y', loopBody(node('Concat', 'v,v', 'v_out', int('axis', 0)))),
    Y,
  ]),
);
add(
  'growing: Loop that keeps every state',
  model([
    X,
    int64('m', MAX64),
    bool('c', true),
    node(
      'Loop',
      'm,c,x',
      'last,y',
      graphAttr(
        'body',
        str(2, 'b'),
        input('i', INT64, []),
        input('c_in', BOOL, []),
        input('v'),
        yes('c_out'),
        COUNT_UP,
        node('Identity', 'v_out', 'kept'),
        output('c_out', BOOL, []),
        output('v_out'),
        output('kept'),
      ),
    ),
    Y,
  ]),
);
add(
  'endless: Scan over 2^33 rows',
  model([
    X,
    int64s('s', 2n ** 33n, 0),
    node('ConstantOfShape', 's', 'rows'),
    node(
      'Scan',
      'x,rows',
      'y',
      int('num_scan_inputs', 1),
      graphAttr('body', str(2, 'b'), input('v'), input('r'), COUNT_UP, output('v_out')),
    ),
    Y,
  ]),
);

// O5: nesting
const branches = (depth: number): Bytes => {
  let inner = concat(str(2, 'g'), node('Identity', 'x', 'z'), output('z'));
  for (let level = 0; level < depth; level++) {
    const both = concat(
      graphAttr('then_branch', inner),
      level < 10
        ? graphAttr('else_branch', inner)
        : graphAttr('else_branch', str(2, 'g'), node('Identity', 'x', 'z'), output('z')),
    );
    inner = concat(str(2, 'g'), node('If', 'c', `z${level}`, both), output(`z${level}`));
  }
  return model([X, bool('c', true), inner]);
};
odd('nested: 20 If, the inner ten doubled', branches(20));
add('nested: 1,500 If', branches(1500));
const fun = (name: string, ...nodes: readonly Bytes[]): Bytes =>
  msg(
    25,
    str(1, name),
    str(4, 'a'),
    str(5, 'b'),
    ...nodes.map((each) => concat(raw(0x3a), each.subarray(1))),
    msg(9, str(1, ''), num(2, 17)),
    msg(9, str(1, 'f'), num(2, 1)),
    str(10, 'f'),
  );
const call = (name: string, from: string, to: string): Bytes => node(name, from, to, domain('f'));
const functions = (...list: readonly Bytes[]): Bytes => model([X, call('f0', 'x', 'y'), Y], opset(1, 'f'), ...list);
const chain = (depth: number): Bytes =>
  functions(
    ...Array.from({ length: depth }, (_, n) =>
      fun(`f${n}`, n === depth - 1 ? node('Neg', 'a', 'b') : call(`f${n + 1}`, 'a', 'b')),
    ),
  );
add('nested: functions 3,000 deep', chain(3000));
add(
  'nested: 30 doublings by functions',
  functions(
    ...Array.from({ length: 31 }, (_, n) =>
      n === 30
        ? fun('f30', node('Neg', 'a', 'b'))
        : fun(`f${n}`, call(`f${n + 1}`, 'a', 'm'), call(`f${n + 1}`, 'm', 'b')),
    ),
  ),
);
add('nested: a function that calls itself', functions(fun('f0', call('f0', 'a', 'b'))));
add(
  'nested: two functions that call each other',
  functions(fun('f0', call('f1', 'a', 'b')), fun('f1', call('f0', 'a', 'b'))),
);

// O6: arithmetic traps
const image = input('x', FLOAT, [1, 4, 4, 4]);
const IMAGE = fed('x', tensor('float32', [1, 4, 4, 4], new Float32Array(64).fill(1)));
const onImage = (name: string, op: string, ...attributes: readonly Bytes[]): void =>
  add(`trap: ${op} ${name}`, model([image, node(op, 'x', 'y', ...attributes), Y]), IMAGE);
onImage('of block size 2^32', 'DepthToSpace', int('blocksize', 2n ** 32n));
onImage('of block size 0', 'DepthToSpace', int('blocksize', 0));
onImage('of block size 2^32', 'SpaceToDepth', int('blocksize', 2n ** 32n));
onImage('of stride 0', 'MaxPool', ints('kernel_shape', 2, 2), ints('strides', 0, 0));
onImage('of kernel 0', 'AveragePool', ints('kernel_shape', 0, 0));
onImage('with huge pads', 'MaxPool', ints('kernel_shape', 2, 2), ints('pads', MAX64, MAX64, MAX64, MAX64));
onImage('by a wrong permutation', 'Transpose', ints('perm', 0, 0, 7, -1));
const conv = (name: string, ...attributes: readonly Bytes[]): void =>
  add(
    `trap: Conv ${name}`,
    model([image, floats('w', [2, 4, 2, 2]), node('Conv', 'x,w', 'y', ...attributes), Y]),
    IMAGE,
  );
conv('of stride 0', ints('strides', 0, 0));
conv('of group 0', int('group', 0));
conv('with pads of int64 max', ints('pads', MAX64, MAX64, MAX64, MAX64));
conv('with dilation 2^62', ints('dilations', 2n ** 62n, 2n ** 62n));
add(
  'trap: ConvTranspose of stride 2^40',
  model([
    image,
    floats('w', [4, 2, 2, 2]),
    node('ConvTranspose', 'x,w', 'y', ints('strides', 2n ** 40n, 2n ** 40n)),
    Y,
  ]),
  IMAGE,
);
const whole = (
  name: string,
  op: string,
  element: number,
  left: Tensor,
  right: Tensor,
  ...rest: readonly Bytes[]
): void =>
  odd(
    `trap: ${name}`,
    model([input('a', element), input('b', element), node(op, 'a,b', 'y', ...rest), output('y', element)]),
    new Map([
      ['a', left],
      ['b', right],
    ]),
  );
const longs = (...values: readonly bigint[]): Tensor => tensor('int64', [values.length], BigInt64Array.from(values));
const words = (...values: readonly number[]): Tensor => tensor('int32', [values.length], Int32Array.from(values));
whole('int64 minimum / -1', 'Div', INT64, longs(MIN64), longs(-1n));
whole('int32 minimum / -1', 'Div', INT32, words(-(2 ** 31)), words(-1));
whole('int64 / 0', 'Div', INT64, longs(1n), longs(0n));
whole('int32 / 0', 'Div', INT32, words(1), words(0));
whole('int64 minimum mod -1', 'Mod', INT64, longs(MIN64), longs(-1n));
whole('int32 mod 0', 'Mod', INT32, words(1), words(0));
const onVector = (name: string, op: string, inputs: string, constants: readonly Bytes[], outputs = 'y'): void =>
  add(`trap: ${op} ${name}`, model([X, ...constants, node(op, inputs, outputs), Y]));
const matrix64 = (name: string, only: number | bigint): Bytes =>
  msg(5, dims(1, 1), num(2, INT64), str(8, name), msg(9, little([only])));
onVector('far outside', 'Gather', 'x,i', [int64s('i', 2n ** 40n)]);
onVector('far below', 'GatherElements', 'x,i', [int64s('i', MIN64)]);
onVector('far outside', 'ScatterND', 'x,i,u', [matrix64('i', 2n ** 40n), floats('u', [1])]);
onVector('of -1', 'TopK', 'x,k', [int64s('k', -1)], 'y,z');
onVector('by step 0', 'Slice', 'x,s,e,,t', [int64s('s', 0), int64s('e', 4), int64s('t', 0)]);
onVector('into [-1, -1]', 'Reshape', 'x,s', [int64s('s', -1, -1)]);
onVector('into 2^62', 'Reshape', 'x,s', [int64s('s', 2n ** 62n, 4)]);
onVector('on axis 2^40', 'CumSum', 'x,i', [int64('i', 2n ** 40n)]);
onVector('into parts of -1', 'Split', 'x,s', [int64s('s', -1, 5)], 'y,z');
add(
  'trap: LSTM of hidden size 2^31',
  model([
    input('x', FLOAT, [1, 1, 4]),
    floats('w', [1, 4, 4]),
    floats('r', [1, 4, 1]),
    node('LSTM', 'x,w,r', 'y', int('hidden_size', 2 ** 31)),
    Y,
  ]),
  fed('x', tensor('float32', [1, 1, 4], new Float32Array(4))),
);
add(
  'trap: MatMulInteger with a zero point per row of another length',
  model([
    input('x', 2, [2, 4]),
    zeroBytes('w', 3, 4, 2),
    zeroBytes('z', 2, 7),
    node('MatMulInteger', 'x,w,z', 'y'),
    output('y', INT32),
  ]),
  fed('x', tensor('uint8', [2, 4], new Uint8Array(8))),
);

// O7 and O9: what is not a model, or of another world
const plain = model([X, node('Neg', 'x', 'y'), Y]);
add('bytes: none', new Uint8Array());
add(
  'bytes: noise',
  Uint8Array.from({ length: 4096 }, (_, n) => Math.imul(n + 1, 0x9e3779b1) >>> 24),
);
add('bytes: zeros', new Uint8Array(4096));
add('bytes: half a model', plain.subarray(0, plain.length >> 1));
add('bytes: a graph that announces more than there is', concat(IR, opset(), lie(7, 2 ** 31 - 1, str(2, 'g'))));
add('bytes: a length of 2^63', concat(IR, opset(), lie(7, 2n ** 63n, str(2, 'g'))));
add('bytes: groups 10,000 deep', concat(...Array.from({ length: 10_000 }, () => raw(0x0b))));
add('model: no graph', concat(IR, opset()));
add('model: no opset', concat(IR, msg(7, X, node('Neg', 'x', 'y'), Y)));
add('model: opset of the future', concat(IR, opset(9999), msg(7, X, node('Neg', 'x', 'y'), Y)));
add('model: IR of the future', concat(num(1, 9999), opset(), msg(7, X, node('Neg', 'x', 'y'), Y)));
add('model: unknown operator', model([X, node('Detonate', 'x', 'y'), Y]));
add(
  'model: operator of an unknown domain',
  model([X, node('Neg', 'x', 'y', domain('com.example')), Y], opset(1, 'com.example')),
);
add('model: a cycle', model([X, node('Add', 'x,b', 'a'), node('Neg', 'a', 'b'), node('Neg', 'b', 'y'), Y]));
add('model: an output that nobody makes', model([X, node('Neg', 'x', 'z'), Y]));
add('model: the same output twice', model([X, node('Neg', 'x', 'y'), node('Abs', 'x', 'y'), Y]));
add(
  'model: invalid UTF-8 for a name',
  model([X, node('Neg', 'x', 'y'), msg(12, msg(1, raw(0xff, 0xfe)), typed(FLOAT))]),
);
add(
  'model: a sequence for an output',
  model([X, node('SequenceConstruct', 'x', 'y'), msg(12, str(1, 'y'), msg(2, msg(4, msg(1, msg(1, num(1, FLOAT))))))]),
);
add('model: float16 for an output', model([X, node('Cast', 'x', 'y', int('to', 10)), output('y', 10)]));
odd(
  'model: inputs and outputs named like parts of JavaScript',
  model([input('__proto__', FLOAT, ['N']), node('Neg', '__proto__', 'constructor'), output('constructor')]),
  new Map([['__proto__', FEED.get('x')!]]),
);
odd('model: a name of a megabyte', model([X, node('Neg', 'x', 'y', str(3, 'n'.repeat(2 ** 20))), Y]));

// O10 to O12: heavy or strange, but valid
odd('trap: TopK of 2^62', model([X, int64s('k', 2n ** 62n), node('TopK', 'x,k', 'y,z'), Y]));
odd('trap: Softmax on axis 2^40', model([X, node('Softmax', 'x', 'y', int('axis', 2n ** 40n)), Y]));
odd('answer: not a number', model([X, node('Sub', 'x,x', 'z'), node('Div', 'z,z', 'y'), Y]));
add(
  'heavy: twenty products of matrices of 4,000 squared',
  model([
    X,
    int64s('s', 4000, 4000),
    node('ConstantOfShape', 's', 'zeros'),
    node('ReduceMean', 'x', 'mean'),
    node('Add', 'zeros,mean', 'm0'),
    ...Array.from({ length: 20 }, (_, n) => node('MatMul', `m0,m${n}`, `m${n + 1}`)),
    node('ReduceSum', 'm20', 'y'),
    Y,
  ]),
);
odd(
  'heavy: 20,000 nodes',
  model([
    X,
    ...Array.from({ length: 20_000 }, (_, n) => node('Neg', n === 0 ? 'x' : `h${n}`, n === 19_999 ? 'y' : `h${n + 1}`)),
    Y,
  ]),
);

export const HOSTILE_MODELS: readonly HostileModel[] = all;
