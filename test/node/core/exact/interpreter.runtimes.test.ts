import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileExact } from '../../../../node/core/exact/compile.ts';
import { runProgram } from '../../../../node/core/exact/interpreter.ts';
import { modelFromProgram } from '../../../../node/core/exact/modelFromProgram.ts';
import type { Program } from '../../../../node/core/exact/program.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import { type Tensor, tensorBytes } from '../../../../node/core/tensor/tensor.ts';
import { runNative } from '../../../helpers/nativeSession.ts';
import { randomGraph, randomInput, randomProgram } from '../../../helpers/randomProgram.ts';
import { Seeded } from '../../../helpers/seeded.ts';
import { checkRuntimes, checkSteps } from '../../../helpers/stepChecks.ts';
import { trainedModel } from '../../../helpers/trainedDigits.ts';
import { type Optimization, runWasm } from '../../../helpers/wasmSession.ts';

const LEVELS: readonly Optimization[] = ['disabled', 'basic', 'extended', 'all'];
type Runtime = (file: Uint8Array, feeds: ReadonlyMap<string, Tensor>) => Promise<ReadonlyMap<string, Tensor>>;

const RUNTIMES: Readonly<Record<string, Runtime>> = Object.fromEntries(
  LEVELS.flatMap((level): [string, Runtime][] => [
    [`node, 1 thread, ${level}`, (file, feeds) => runNative(file, feeds, level, 1)],
    [`node, 2 threads, ${level}`, (file, feeds) => runNative(file, feeds, level, 2)],
    [`WASM, ${level}`, (file, feeds) => runWasm(file, feeds, level)],
  ]),
);

async function compare(program: Program, input: Tensor, runtimes = Object.keys(RUNTIMES)): Promise<void> {
  const file = encodeModel(modelFromProgram(program));
  const wanted = runProgram(program, input).output;
  for (const name of runtimes) {
    const given = (await RUNTIMES[name]!(file, new Map([[program.input.name, input]]))).get(program.output.name)!;
    assert.equal(given.dtype, wanted.dtype, name);
    assert.deepEqual(given.dims, wanted.dims, name);
    assert.ok(Buffer.from(tensorBytes(given)).equals(tensorBytes(wanted)), `${name} differs`);
  }
}

describe('runProgram, onnxruntime-node and onnxruntime-web give the same bits', () => {
  const seed = 801;
  it(`on 10,240 random and extreme inputs of 40 random programs, 12 configurations each (seed ${seed})`, async () => {
    const random = new Seeded(seed);
    for (let i = 0; i < 40; i++) {
      const program = randomProgram(random, { wide: i % 2 === 0 });
      await compare(program, randomInput(random, program, 256));
    }
  });

  it('on the traces of 30 random graphs of all operators, 12 configurations for some of them', async () => {
    const random = new Seeded(804);
    for (let i = 0; i < 30; i++) {
      const program = randomGraph(random);
      const input = randomInput(random, program, 5);
      checkSteps(program, input);
      await checkRuntimes(program, input, i < 4);
    }
  });

  it('on long dot products with every operand extreme', async () => {
    const random = new Seeded(802);
    for (const rangeClass of ['U8U8', 'U7S8', 'S8S8'] as const) {
      for (const width of [1030, 4096]) {
        const program = randomProgram(random, { rangeClass, steps: 2, maxWidth: width });
        await compare(program, randomInput(random, program, 8), [
          'node, 1 thread, all',
          'node, 2 threads, all',
          'WASM, all',
        ]);
      }
    }
  });

  it('on compiled networks: the whole test set of digits and 512 random images', async () => {
    const random = new Seeded(803);
    for (const hidden of [[], [32], [64, 32]]) {
      const { model, train, test } = await trainedModel({
        file: 'digits',
        hidden,
        epochs: 20,
        batch: 32,
        rate: 0.1,
        seed: 0,
      });
      const { program } = compileExact(model, train);
      await compare(program, randomInput(random, program, 512));
      const { scale } = program.input;
      const rows = Uint8Array.from(test.data, (pixel) => Math.floor(pixel / scale[0]! + 0.5));
      await compare(program, { dtype: 'uint8', dims: test.dims, data: rows });
    }
  });
});
