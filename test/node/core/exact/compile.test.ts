import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileExact } from '../../../../node/core/exact/compile.ts';
import type { RangeMethod } from '../../../../node/core/exact/compiler/range.ts';
import { CalibrationRefused } from '../../../../node/core/exact/errors.ts';
import { runProgram } from '../../../../node/core/exact/interpreter.ts';
import { programFromModel } from '../../../../node/core/exact/load.ts';
import { type Program, programRoot } from '../../../../node/core/exact/program.ts';
import { decodeOutput, encodeInput } from '../../../../node/core/exact/quantize.ts';
import { REQUANT } from '../../../../node/core/exact/step.ts';
import { graphBuilder } from '../../../../node/core/onnx/build.ts';
import { decodeModel } from '../../../../node/core/onnx/decode.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import type { Model } from '../../../../node/core/onnx/model.ts';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import { type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import { Seeded } from '../../../helpers/seeded.ts';
import { type TrainedModel, type TrainingTask, trainedModel } from '../../../helpers/trainedDigits.ts';

const random = new Seeded(900);

/** Float32 values around 0. */
const normals = (dims: number[], size = 1, shift = 0): Tensor<'float32'> =>
  tensor(
    'float32',
    dims,
    Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal() * size + shift),
  );

interface NetOptions {
  readonly sizes: readonly number[];
  readonly weightSize?: number;
  readonly biasSize?: number;
  readonly end?: string;
  readonly activation?: string;
}
function net({ sizes, weightSize = 0.3, biasSize = 0.1, end, activation = 'Relu' }: NetOptions): Model {
  const g = graphBuilder('net');
  let value = g.input('x', 'float32', ['N', sizes[0]!]);
  for (let i = 1; i < sizes.length; i++) {
    const [k, n] = [sizes[i - 1]!, sizes[i]!];
    value = g.node('Gemm', [
      value,
      g.constant('w', normals([k, n], weightSize)),
      g.constant('b', normals([n], biasSize)),
    ]);
    if (i < sizes.length - 1 && activation !== '') value = g.node(activation, [value]);
  }
  if (end !== undefined) value = g.node(end, [value]);
  g.output(value, 'float32', ['N', sizes.at(-1)!], 'y');
  return g.model();
}

const argmaxes = (data: ArrayLike<number>, n: number): number[] =>
  Array.from({ length: data.length / n }, (_, row) => {
    let best = 0;
    for (let i = 1; i < n; i++) if (data[row * n + i]! > data[row * n + best]!) best = i;
    return best;
  });
const logits = (program: Program, x: Tensor<'float32'>): Float32Array =>
  decodeOutput(program, runProgram(program, encodeInput(program, x.data, x.dims)).output);
const floats = (model: Model, x: Tensor): Float32Array =>
  evaluateModel(model, new Map([['x', x]]))
    .values()
    .next().value!.data as Float32Array;

function accuracy(answers: ArrayLike<number>, { testLabels }: TrainedModel): number {
  const classes = answers.length / testLabels.length;
  const right = argmaxes(answers, classes).filter((label, row) => label === testLabels[row]);
  return (100 * right.length) / testLabels.length;
}

/** Mean accuracies over 10 seeds, in percent. */
async function means(task: Omit<TrainingTask, 'seed'>, ranges: RangeMethod): Promise<{ float: number; exact: number }> {
  const sums = { float: 0, exact: 0 };
  for (let seed = 0; seed < 10; seed++) {
    const trained = await trainedModel({ ...task, seed });
    const { program } = compileExact(trained.model, trained.train, { ranges });
    sums.float += accuracy(floats(trained.model, trained.test), trained) / 10;
    sums.exact += accuracy(logits(program, trained.test), trained) / 10;
  }
  return sums;
}

describe('compileExact', () => {
  const tasks: readonly (Omit<TrainingTask, 'seed'> & { least: number; ranges: RangeMethod })[] = [
    { file: 'digits', hidden: [32], epochs: 200, batch: 32, rate: 0.1, least: 96.5, ranges: 'minMax' },
    { file: 'digits', hidden: [], epochs: 60, batch: 32, rate: 0.1, least: 95, ranges: 'mse' },
    { file: 'breast-cancer', hidden: [], epochs: 40, batch: 16, rate: 0.05, least: 97, ranges: 'percentile' },
  ];
  for (const task of tasks) {
    it(`loses at most 0.5 points on ${task.file}, hidden [${task.hidden.join(', ')}], mean of 10 seeds`, async (t) => {
      const { float, exact } = await means(task, task.ranges);
      t.diagnostic(`float ${float.toFixed(2)} %, exact ${exact.toFixed(2)} %, ranges ${task.ranges}`);
      assert.ok(float >= task.least, `float ${float}`);
      assert.ok(exact >= float - 0.5, `exact ${exact}, float ${float}`);
    });
  }

  it('gives equal files for equal inputs, and a program that its file gives back', () => {
    for (const sizes of [
      [5, 3],
      [64, 32, 10],
      [12, 20, 20, 4],
    ]) {
      const model = net({ sizes });
      const calibration = normals([50, sizes[0]!]);
      const { model: exact, program } = compileExact(model, calibration, {
        labels: Array.from({ length: sizes.at(-1)! }, (_, i) => `class ${i}`),
      });
      const bytes = encodeModel(exact);
      assert.deepEqual(
        encodeModel(
          compileExact(decodeModel(encodeModel(model)), calibration, { labels: program.output.labels! }).model,
        ),
        bytes,
      );
      const back = programFromModel(decodeModel(bytes));
      assert.deepEqual(back, program);
      assert.equal(programRoot(back), programRoot(program));
    }
  });

  for (const ranges of ['minMax', 'percentile', 'mse'] as const) {
    it(`stays near the float model on random networks, ranges ${ranges}`, () => {
      for (let i = 0; i < 20; i++) {
        const sizes = Array.from({ length: random.int(2, 4) }, () => random.int(2, 40));
        const activation = random.pick(['Relu', '']);
        const model = net({ sizes, activation });
        const calibration = normals([300, sizes[0]!], random.pick([0.01, 1, 100]));
        const { program, report } = compileExact(model, calibration, { ranges });
        const float = floats(model, calibration);
        const span = float.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const exact = logits(program, calibration);
        const error = exact.reduce((sum, value, at) => sum + Math.abs(value - float[at]!), 0) / exact.length;
        assert.ok(error < 0.03 * span, `mean error ${error} of ${span}`);
        assert.ok(Math.abs(error - report.meanError) < 1e-5 * span);
        assert.ok(report.agreement > 0.9 && report.agreement <= 1);
      }
    });
  }

  it('reports layers, errors and room', () => {
    const calibration = normals([200, 16]);
    const { report, program } = compileExact(net({ sizes: [16, 8, 3] }), calibration);
    assert.deepEqual(
      report.steps.map(({ op, dims }) => [op, dims]),
      [
        ['QLINEAR', [8]],
        ['QLINEAR', [3]],
      ],
    );
    assert.equal(report.calibrationRows, 200);
    assert.equal(report.steps[1]?.scale, program.output.scale);
    assert.ok(report.maxError >= report.meanError && report.meanError > 0);
    assert.ok(report.steps.every(({ accumulatorUse, sqnr }) => accumulatorUse > 0 && accumulatorUse < 1 && sqnr > 20));
    assert.ok(report.steps[0]!.lo === 0 && report.steps[0]!.hi > 0);
  });

  it('leaves a last Softmax to the client and says so', () => {
    const calibration = normals([100, 6]);
    const plain = net({ sizes: [6, 4] });
    for (const [end, activation] of [
      ['Softmax', 'softmax'],
      ['LogSoftmax', 'logSoftmax'],
    ] as const) {
      const { program, model } = compileExact(net({ sizes: [6, 4], end }), calibration);
      assert.equal(program.output.activation, activation);
      assert.equal(programFromModel(model).output.activation, activation);
    }
    assert.equal(compileExact(plain, calibration).program.output.activation, 'none');
  });

  it('gives columns of a table their own scales when their ranges differ, and one scale otherwise', () => {
    const rows = 200;
    const units = [1000, 1, 0.001, 1, 0];
    const data = Float32Array.from(
      { length: rows * 5 },
      (_, at) => (random.normal() + 3) * units[at % 5]! + (at % 5 === 4 ? 7 : 0),
    );
    const table = tensor('float32', [rows, 5], data);
    const g = graphBuilder('table');
    const weight = tensor('float32', [5, 2], Float32Array.of(0.001, -0.002, 1, 0.5, 1000, -500, 0.3, 1, 5, -5));
    g.output(g.node('MatMul', [g.input('x', 'float32', ['N', 5]), g.constant('w', weight)]), 'float32', ['N', 2]);
    const { program, report } = compileExact(g.model(), table);
    assert.equal(program.input.scale.length, 5);
    assert.ok(report.maxError < 0.2, `error ${report.maxError}`);
    assert.deepEqual(programFromModel(compileExact(g.model(), table).model), program);
    assert.equal(compileExact(net({ sizes: [5, 2] }), normals([50, 5])).program.input.scale.length, 1);
  });

  it('flattens samples of two or three dimensions', () => {
    const g = graphBuilder('image');
    const flat = g.node('Flatten', [g.input('x', 'float32', ['N', 1, 3, 4])]);
    g.output(g.node('MatMul', [flat, g.constant('w', normals([12, 2]))]), 'float32', ['N', 2]);
    const images = normals([40, 1, 3, 4]);
    const { program, model } = compileExact(g.model(), images);
    assert.deepEqual(program.input.dims, [1, 3, 4]);
    assert.equal(programRoot(programFromModel(decodeModel(encodeModel(model)))), programRoot(program));
    const exact = logits(program, images);
    assert.ok(floats(g.model(), images).every((value, at) => Math.abs(value - exact[at]!) < 0.3));
  });

  it('survives dead layers, zero weights, huge biases and tiny ranges', () => {
    const calibration = normals([30, 4]);
    const odd: NetOptions[] = [
      { sizes: [4, 3, 2], weightSize: 0 },
      { sizes: [4, 3, 2], biasSize: 0, weightSize: 1e-30 },
      { sizes: [4, 3, 2], biasSize: 1e12, weightSize: 1e-12 },
      { sizes: [4, 1], biasSize: 1e30 },
      { sizes: [4, 3, 2], weightSize: 1e18 },
    ];
    for (const options of odd) {
      const { program, report } = compileExact(net(options), calibration);
      assert.ok(Number.isFinite(report.maxError));
      assert.ok(program.proofs.every(({ exactPairs }) => exactPairs !== undefined));
    }
    const dead = graphBuilder('dead');
    let value = dead.input('x', 'float32', ['N', 4]);
    const minus = tensor('float32', [3], new Float32Array(3).fill(-1e6));
    value = dead.node('Relu', [
      dead.node('Gemm', [value, dead.constant('w', normals([4, 3])), dead.constant('b', minus)]),
    ]);
    dead.output(dead.node('MatMul', [value, dead.constant('w', normals([3, 2]))]), 'float32', ['N', 2]);
    assert.equal(compileExact(dead.model(), calibration).report.maxError, 0);
  });

  it('clips like Relu6', () => {
    const g = graphBuilder('relu6');
    const bound = (value: number): string => g.constant('bound', tensor('float32', [], Float32Array.of(value)));
    let value = g.node('MatMul', [g.input('x', 'float32', ['N', 4]), g.constant('w', normals([4, 8], 5))]);
    value = g.node('Clip', [value, bound(0), bound(6)]);
    g.output(g.node('MatMul', [value, g.constant('w', normals([8, 3]))]), 'float32', ['N', 3]);
    const calibration = normals([300, 4]);
    const { program, report } = compileExact(g.model(), calibration);
    assert.deepEqual([program.steps[0]?.attributes[REQUANT.lo], program.steps[0]?.attributes[REQUANT.hi]], [0n, 127n]);
    assert.equal(report.steps[0]?.hi, 6);
    assert.ok(report.meanError < 0.2);
  });

  it('error: CalibrationRefused for data or labels that do not fit', () => {
    const model = net({ sizes: [4, 3] });
    const good = normals([10, 4]);
    const refused: [Tensor, (readonly string[])?][] = [
      [normals([10, 5])],
      [normals([4])],
      [normals([10, 2, 2])],
      [normals([0, 4])],
      [tensor('float64', [10, 4], new Float64Array(40))],
      [tensor('float32', [10, 4], good.data.with(17, Number.NaN))],
      [tensor('float32', [10, 4], good.data.with(17, Number.NEGATIVE_INFINITY))],
      [good, ['a', 'b']],
      [good, ['a', 'b', 'c'.repeat(70_000)]],
      [good, ['a', 'b', '字'.repeat(30_000)]],
    ];
    for (const [calibration, labels] of refused) {
      assert.throws(() => compileExact(model, calibration, labels === undefined ? {} : { labels }), CalibrationRefused);
    }
    const deep = net({ sizes: [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 2], weightSize: 1e37 });
    assert.throws(() => compileExact(deep, good), { code: 'CALIBRATION_REFUSED' });
  });

  it('error: ExactProofFailed for a dot product above 32,768', () => {
    const g = graphBuilder('long');
    const weight = tensor('float32', [32_769, 1], new Float32Array(32_769).fill(0.1));
    g.output(g.node('MatMul', [g.input('x', 'float32', ['N', 32_769]), g.constant('w', weight)]), 'float32', ['N', 1]);
    const calibration = tensor('float32', [2, 32_769], new Float32Array(65_538).fill(1));
    assert.throws(() => compileExact(g.model(), calibration), { code: 'EXACT_PROOF_FAILED' });
  });
});
