import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExactProofFailed } from '../../../../node/core/exact/errors.ts';
import type { ProgramDraft } from '../../../../node/core/exact/program.ts';
import { proveProgram } from '../../../../node/core/exact/prove.ts';
import { attributesOf, type Step } from '../../../../node/core/exact/step.ts';
import { type QLinearFields, qlinear } from '../../../../node/core/exact/steps/qlinear.ts';
import { type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import { randomProgram } from '../../../helpers/randomProgram.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const int8 = (n: number, k: number, value: number): Tensor<'int8'> =>
  tensor('int8', [n, k], new Int8Array(n * k).fill(value));
const pairsOf = (n: number, multiplier: bigint, addend: bigint): Tensor<'int64'> =>
  tensor(
    'int64',
    [n, 2],
    BigInt64Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? multiplier : addend)),
  );

/** u8 in 0..127 times weights of 127: acc reaches k * 127 * 127. */
function step(change: Partial<QLinearFields> = {}): Step {
  return qlinear({
    rangeClass: 'U7S8',
    source: 0,
    k: 64,
    n: 2,
    weight: int8(2, 64, 127),
    inputZeroPoint: 0,
    weightZeroPoint: 0,
    pairs: pairsOf(2, 1n << 20n, 1n << 29n),
    shift: 30,
    offset: 0n,
    lo: 0,
    hi: 127,
    outDtype: 'uint8',
    ...change,
  });
}
function draft(change: Partial<QLinearFields> = {}, rest: Partial<ProgramDraft> = {}): ProgramDraft {
  return {
    input: { name: 'x', dtype: 'uint8', dims: [64], lo: 0, hi: 127, zeroPoint: 0, scale: [0.5], offset: [0] },
    steps: [step(change)],
    output: { name: 'y', scale: 1, zeroPoint: 0, activation: 'none' },
    ...rest,
  };
}
const withInput = (change: Partial<ProgramDraft['input']>): ProgramDraft => ({
  ...draft(),
  input: { ...draft().input, ...change },
});
const withOutput = (change: Partial<ProgramDraft['output']>): ProgramDraft => ({
  ...draft(),
  output: { ...draft().output, ...change },
});
const second = (change: Partial<QLinearFields> = {}): Step =>
  step({ source: 1, k: 2, weight: int8(2, 2, 1), ...change });
const withRecord = (change: { readonly [K in keyof Step]?: Step[K] | undefined }): ProgramDraft => ({
  ...draft(),
  steps: [{ ...step(), ...change } as Step],
});
const ACC = 64 * 127 * 127;

describe('proveProgram', () => {
  it('answers the exact bounds', () => {
    const { proofs } = proveProgram(draft());
    assert.equal(proofs[0]?.accumulatorMax, ACC);
    assert.equal(proofs[0]?.numeratorMax, BigInt(ACC) * (1n << 20n) + (1n << 29n));
    assert.deepEqual(proofs[0]?.exactPairs, Float64Array.of(2 ** 20, 2 ** 29, 2 ** 20, 2 ** 29));
  });

  it('takes negative accumulators when the addend covers them, and not one less', () => {
    const weight = int8(2, 64, -127);
    const cover = BigInt(ACC) << 20n;
    proveProgram(draft({ weight, pairs: pairsOf(2, 1n << 20n, cover) }));
    assert.throws(() => proveProgram(draft({ weight, pairs: pairsOf(2, 1n << 20n, cover - 1n) })), /truncates upward/);
  });

  it('takes numerators up to 2^62 - 1, and not one more', () => {
    const room = (1n << 62n) - 1n - (BigInt(ACC) << 20n);
    const { proofs } = proveProgram(draft({ pairs: pairsOf(2, 1n << 20n, room) }));
    assert.equal(proofs[0]?.numeratorMax, (1n << 62n) - 1n);
    assert.equal(proofs[0]?.exactPairs, undefined);
    assert.throws(() => proveProgram(draft({ pairs: pairsOf(2, 1n << 20n, room + 1n) })), /the bound is 2\^62/);
  });

  it('leaves plain numbers as soon as one value could pass 2^53', () => {
    const room = (1n << 53n) - 1n - (BigInt(ACC) << 20n);
    assert.ok(proveProgram(draft({ pairs: pairsOf(2, 1n << 20n, room) })).proofs[0]?.exactPairs);
    assert.equal(proveProgram(draft({ pairs: pairsOf(2, 1n << 20n, room + 1n) })).proofs[0]?.exactPairs, undefined);
    assert.equal(proveProgram(draft({ offset: 1n << 53n })).proofs[0]?.exactPairs, undefined);
    assert.equal(proveProgram(draft({ offset: -(1n << 53n) + 10n })).proofs[0]?.exactPairs, undefined);
  });

  const uint8 = (n: number, k: number): Tensor<'uint8'> => tensor('uint8', [n, k], new Uint8Array(n * k).fill(255));
  const refused: Record<string, ProgramDraft> = {
    'a weight of -128': draft({ weight: tensor('int8', [2, 64], new Int8Array(128).with(77, -128)) }),
    'U7S8 inputs above 127': withInput({ hi: 128 }),
    'S8S8 inputs of -128': {
      ...draft({ rangeClass: 'S8S8' }),
      input: { ...draft().input, dtype: 'int8', lo: -128, hi: 127 },
    },
    'U7S8 after a step that gives up to 255': { ...draft(), steps: [step({ hi: 255 }), second()] },
    'S8S8 after a step that gives -128': {
      ...draft(),
      steps: [step({ outDtype: 'int8', lo: -128, hi: 127 }), second({ rangeClass: 'S8S8' })],
    },
    'int32 into a next step': { ...draft(), steps: [step({ outDtype: 'int32', hi: 127 }), second()] },
    'uint8 weights in U7S8': draft({ weight: uint8(2, 64) }),
    'int8 weights in U8U8': draft({ rangeClass: 'U8U8' }),
    'int8 inputs in U7S8': withInput({ dtype: 'int8' }),
    'an input zero point above the class': draft({ inputZeroPoint: 128 }),
    'a negative input zero point in U7S8': draft({ inputZeroPoint: -1 }),
    'a weight zero point for int8 weights': draft({ weightZeroPoint: 1 }),
    'K of 32769': {
      ...draft({ k: 32_769, n: 1, weight: int8(1, 32_769, 1), pairs: pairsOf(1, 1n, 0n) }),
      input: { ...draft().input, dims: [32_769] },
    },
    'K that is not the size of the source': draft({ k: 63, weight: int8(2, 63, 1) }),
    'K of 0': draft({ k: 0, weight: int8(2, 0, 0) }),
    'N of 0': draft({ n: 0, weight: int8(0, 64, 0), pairs: pairsOf(0, 1n, 0n) }),
    'weights of another shape': draft({ weight: int8(64, 2, 1) }),
    'too few weights': draft({ weight: { dtype: 'int8', dims: [2, 64], data: new Int8Array(127) } }),
    'pairs of another shape': draft({ pairs: pairsOf(3, 1n, 0n) }),
    'a multiplier of 0': draft({ pairs: pairsOf(2, 0n, 1n << 29n) }),
    'a negative multiplier': draft({ pairs: pairsOf(2, -5n, 1n << 29n) }),
    'a multiplier too large': draft({ pairs: pairsOf(2, 1n << 43n, 0n) }),
    'a negative addend': draft({ pairs: pairsOf(2, 1n, -1n) }),
    'an addend of 2^62': draft({ pairs: pairsOf(2, 1n, 1n << 62n) }),
    'a shift of 0': draft({ shift: 0 }),
    'a shift of 62': draft({ shift: 62 }),
    'an offset of 2^62': draft({ offset: 1n << 62n }),
    'an offset of -2^62': draft({ offset: -(1n << 62n) }),
    'a clip above the type': draft({ hi: 256 }),
    'a clip below the type': draft({ lo: -1 }),
    'an empty clip': draft({ lo: 5, hi: 4 }),
    'another source': draft({ source: 1 }),
    'a step that reads itself': { ...draft(), steps: [step(), second({ source: 2 })] },
    'a step that nobody reads': { ...draft(), steps: [step(), step()] },
    'two sources': withRecord({ sources: [0, 0] }),
    'no source': withRecord({ sources: [] }),
    'an element type that its source does not have': withRecord({ sourceDtype: 'int8' }),
    'a range class that is missing': withRecord({ rangeClass: undefined }),
    'an output sample of rank 0': withRecord({ outDims: [] }),
    'an output sample of rank 4': withRecord({ outDims: [1, 1, 1, 2] }),
    'an output dimension of 0': withRecord({ outDims: [0, 2] }),
    'an output beyond the largest sample': withRecord({ outDims: [16_777_216, 2] }),
    'positions that the source does not have': withRecord({ outDims: [2, 2] }),
    'an attribute that is not in use': withRecord({ attributes: step().attributes.with(15, 1n) }),
    'an attribute that does not fit int64': withRecord({ attributes: step().attributes.with(10, 1n << 64n) }),
    'fifteen attributes': withRecord({ attributes: attributesOf({}).slice(1) }),
    'no weights': withRecord({ constants: [undefined, step().constants[1]] }),
    'no pairs': withRecord({ constants: [step().constants[0], undefined] }),
    'too many steps': draft({}, { steps: new Array<Step>(4097).fill(step()) }),
    'no steps': draft({}, { steps: [] }),
    'a sample of rank 0': withInput({ dims: [] }),
    'a sample of rank 4': withInput({ dims: [1, 1, 1, 64] }),
    'an empty sample': withInput({ dims: [64, 0] }),
    'an input range outside its type': withInput({ lo: -1 }),
    'an empty input range': withInput({ lo: 6, hi: 5 }),
    'an input zero point outside its type': withInput({ zeroPoint: 256 }),
    'an input scale of 0': withInput({ scale: [0] }),
    'no input scale': withInput({ scale: [], offset: [] }),
    'two input scales for 64 elements': withInput({ scale: [1, 1], offset: [0, 0] }),
    'an input scale without its offset': withInput({ offset: [] }),
    'an input offset that is no number': withInput({ offset: [Number.NaN] }),
    'an input offset of -0': withInput({ offset: [-0] }),
    'an infinite input scale': withInput({ scale: [Number.POSITIVE_INFINITY] }),
    'an input without a name': withInput({ name: '' }),
    'an input with the name of a constant': withInput({ name: 'step1.weight' }),
    'an output with the name of a value': withOutput({ name: 'value1.rows' }),
    'an output with the name of the input': withOutput({ name: 'x' }),
    'a negative output scale': withOutput({ scale: -1 }),
    'an output zero point outside int32': withOutput({ zeroPoint: 2 ** 31 }),
    'three labels for two channels': withOutput({ labels: ['a', 'b', 'c'] }),
  };
  for (const [name, wrong] of Object.entries(refused)) {
    it(`error: ExactProofFailed for ${name}`, () => assert.throws(() => proveProgram(wrong), ExactProofFailed));
  }

  it('takes a dot product of 32,768 bytes at their extremes, the longest there is', () => {
    const k = 32_768;
    const longest = draft({ rangeClass: 'U8U8', k, n: 1, weight: uint8(1, k), pairs: pairsOf(1, 1n, 0n) });
    const { proofs } = proveProgram({ ...longest, input: { ...longest.input, dims: [k], hi: 255 } });
    assert.equal(proofs[0]?.accumulatorMax, k * 255 * 255);
  });

  it('refuses every random program with one operand pushed out of its class (300 mutations, seed 41)', () => {
    const random = new Seeded(41);
    for (let i = 0; i < 300; i++) {
      const program = randomProgram(random);
      const index = random.int(0, program.steps.length - 1);
      const old = program.steps[index]!;
      const [weight, pairs] = old.constants as [Tensor<'int8' | 'uint8'>, Tensor];
      const clone = weight.data.slice();
      clone[random.int(0, clone.length - 1)] = -128;
      const changed: Step =
        weight.dtype === 'int8'
          ? { ...old, constants: [{ ...weight, data: clone }, pairs] }
          : { ...old, attributes: old.attributes.with(1, 256n) };
      assert.throws(() => proveProgram({ ...program, steps: program.steps.with(index, changed) }), {
        code: 'EXACT_PROOF_FAILED',
      });
    }
  });
});
