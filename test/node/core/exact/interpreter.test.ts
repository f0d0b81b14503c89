import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExactInputRefused } from '../../../../node/core/exact/errors.ts';
import { checkInput, runProgram } from '../../../../node/core/exact/interpreter.ts';
import type { Program } from '../../../../node/core/exact/program.ts';
import { tensor, zeros } from '../../../../node/core/tensor/tensor.ts';
import { oracle, randomInput, randomProgram } from '../../../helpers/randomProgram.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const big = (values: Iterable<number | bigint>): bigint[] => Array.from(values, BigInt);

function compare(program: Program, random: Seeded, rows: number): void {
  const input = randomInput(random, program, rows);
  const expected = oracle(program, input);
  const { output, trace } = runProgram(program, input, { trace: true });
  assert.deepEqual(
    trace?.map(({ data }) => big(data)),
    expected,
  );
  assert.equal(output, trace?.at(-1));
  assert.deepEqual(output.dims, [rows, ...program.steps.at(-1)!.outDims]);
}

describe('runProgram', () => {
  for (const wide of [false, true]) {
    const seed = wide ? 301 : 300;
    it(`equals the big-integer oracle on 150 random programs, ${wide ? 'wide' : 'fast'} path (seed ${seed})`, () => {
      const random = new Seeded(seed);
      let paths = 0;
      for (let i = 0; i < 150; i++) {
        const program = randomProgram(random, { wide });
        paths += program.proofs.filter(({ exactPairs }) => (exactPairs === undefined) === wide).length;
        compare(program, random, 6);
      }
      assert.ok(paths > 100, `${paths} steps took the path under test`);
    });
  }

  it('equals the oracle at K = 4096 with every operand extreme', () => {
    const random = new Seeded(302);
    for (const rangeClass of ['U8U8', 'U7S8', 'S8S8'] as const) {
      compare(randomProgram(random, { steps: 1, maxWidth: 3, rangeClass }), random, 4);
    }
  });

  it('gives no trace unless asked', () => {
    const random = new Seeded(303);
    const program = randomProgram(random);
    assert.equal(runProgram(program, randomInput(random, program, 1)).trace, undefined);
  });
});

describe('checkInput', () => {
  const random = new Seeded(304);
  const program = randomProgram(random, { rangeClass: 'U7S8', maxWidth: 8 });
  const dims = [2, ...program.input.dims];
  const size = dims.reduce((a, b) => a * b, 1);

  it('answers the number of rows', () => assert.equal(checkInput(program, zeros('uint8', dims)), 2));

  it('error: ExactInputRefused for another type, shape, or a value out of range', () => {
    const outside = tensor('uint8', dims, new Uint8Array(size).fill(1).with(size - 1, 128));
    const refused = [
      zeros('int8', dims),
      zeros('float32', dims),
      zeros('uint8', []),
      zeros('uint8', [0, ...program.input.dims]),
      zeros('uint8', program.input.dims),
      zeros('uint8', [...dims, 1]),
      zeros('uint8', dims.with(-1, dims.at(-1)! + 1)),
      outside,
    ];
    for (const input of refused) {
      assert.throws(() => checkInput(program, input), ExactInputRefused);
      assert.throws(() => runProgram(program, input), { code: 'EXACT_INPUT_REFUSED' });
    }
  });

  it('error: ExactInputRefused for more rows than fit the budget', () => {
    const [proof] = program.proofs;
    const narrow: Program = {
      ...program,
      input: { ...program.input, dims: [1] },
      proofs: [{ ...proof!, output: { ...proof!.output, size: 1_048_576 } }],
    };
    assert.throws(() => checkInput(narrow, zeros('uint8', [257, 1])), /at most 268435456/);
  });
});
