import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { toHex } from '../../node/core/codec/hex.ts';
import {
  chunkEvidence,
  type ElementEvidence,
  elementEvidence,
  headerEvidence,
  inputEvidence,
  type Operand,
  outputOperand,
  partialSums,
  partialsEvidence,
} from '../../node/core/dispute/evidence.ts';
import { openRange } from '../../node/core/dispute/opening.ts';
import { commitProgram } from '../../node/core/dispute/programCommitment.ts';
import { commitTrace, type TraceCommitment, traceOf } from '../../node/core/dispute/traceCommitment.ts';
import { runProgram } from '../../node/core/exact/interpreter.ts';
import type { Program } from '../../node/core/exact/program.ts';
import { commitConstant, type Step } from '../../node/core/exact/step.ts';
import { argmax } from '../../node/core/exact/steps/argmax.ts';
import { avgpool } from '../../node/core/exact/steps/avgpool.ts';
import { concat } from '../../node/core/exact/steps/concat.ts';
import { gather } from '../../node/core/exact/steps/gather.ts';
import { layernorm } from '../../node/core/exact/steps/layernorm.ts';
import { lut } from '../../node/core/exact/steps/lut.ts';
import { maxpool } from '../../node/core/exact/steps/maxpool.ts';
import { qadd } from '../../node/core/exact/steps/qadd.ts';
import { qconv2d } from '../../node/core/exact/steps/qconv2d.ts';
import { qlinear } from '../../node/core/exact/steps/qlinear.ts';
import { qmatmul } from '../../node/core/exact/steps/qmatmul.ts';
import { softmax } from '../../node/core/exact/steps/softmax.ts';
import { encodeHeader, headerDigest } from '../../node/core/merkle/tensorCommitment.ts';
import { DTYPES, type Tensor, tensor } from '../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256 } from '../../node/host.ts';
import { ADDEND, PRODUCTS, pairs, REQUANT, weights } from '../helpers/gasCases.ts';
import { provenGraph } from '../helpers/provenGraph.ts';
import { randomInput } from '../helpers/randomProgram.ts';
import { calls, RefereeBench, type Verdict } from '../helpers/refereeBench.ts';
import { Seeded } from '../helpers/seeded.ts';
import { changed, draftOf, programOf } from '../helpers/stepChecks.ts';

const BYTES = { dtype: 'uint8', lo: 0, hi: 255 } as const;
const AVERAGE = { sourceDtype: 'uint8', inputZeroPoint: 3, multiplier: 5n, addend: 1n << 33n, ...REQUANT } as const;

/** Programs of one step whose sums are split. */
const LONG: Readonly<Record<string, Program>> = {
  QLINEAR: programOf(
    { ...BYTES, dims: [5000] },
    qlinear({ source: 0, k: 5000, n: 3, weight: weights(3, 5000), pairs: pairs(3, ADDEND), ...PRODUCTS }),
  ),
  QMATMUL: programOf(
    { ...BYTES, dims: [2, 6150] },
    qmatmul({
      sources: [0, 0],
      ...{ heads: 1, m: 2, n: 2, k: 6150, isInterleavedA: false, isInterleavedB: true },
      ...{ zeroPoints: [128, 7], multiplier: 5n, addend: 1n << 33n },
      ...REQUANT,
    }),
  ),
  QCONV2D: programOf(
    { ...BYTES, dims: [9, 8, 128] },
    qconv2d({
      source: 0,
      ...{ image: [9, 8, 128], kernel: [9, 8], pads: [2, 3, 2, 3], groups: 2 },
      ...{ weight: weights(4, 9, 8, 64), pairs: pairs(4, ADDEND) },
      ...PRODUCTS,
    }),
  ),
  AVGPOOL: programOf(
    { ...BYTES, dims: [64, 66, 2] },
    avgpool({ source: 0, image: [64, 66, 2], kernel: [65, 65], pads: [2, 1, 2, 1], ...AVERAGE }),
  ),
};

/** One step of every operator on an image, so that each record can be made impossible. */
const IMAGE = [4, 4, 4] as const;
const SAMPLE = weights(...IMAGE);
const TABLE = weights(256);
const STEPS: readonly Step[] = [
  qlinear({ source: 0, k: 16, n: 2, positions: [4], weight: weights(2, 16), pairs: pairs(2, ADDEND), ...PRODUCTS }),
  qconv2d({
    source: 0,
    ...{ image: IMAGE, kernel: [3, 3], pads: [1, 1, 1, 1], groups: 2 },
    ...{ weight: weights(4, 3, 3, 2), pairs: pairs(4, ADDEND) },
    ...PRODUCTS,
  }),
  maxpool({ source: 0, dtype: 'uint8', image: IMAGE, kernel: [2, 2] }),
  avgpool({ source: 0, image: IMAGE, kernel: [2, 2], ...AVERAGE }),
  qadd({
    ...{ sources: [0], operand: SAMPLE, sourceDtype: 'uint8', dims: IMAGE, multipliers: [70_000n, 60_000n] },
    ...{ addend: 1n << 33n, ...REQUANT },
  }),
  lut({ source: 0, sourceDtype: 'uint8', dims: IMAGE, table: TABLE }),
  gather({ source: 0, dtype: 'uint8', size: 64, dims: [4, 16], base: 0, strides: [1, 4] }),
  concat({ sources: [0, 0], dtype: 'uint8', dims: [IMAGE, IMAGE], axis: 1 }),
  qmatmul({
    sources: [0, 0],
    ...{ heads: 4, m: 4, n: 4, k: 4, isInterleavedA: true, isInterleavedB: false },
    ...{ zeroPoints: [128, 7], multiplier: 5n, addend: 1n << 33n },
    ...REQUANT,
  }),
  softmax({
    ...{ source: 0, sourceDtype: 'uint8', dims: [4, 16], q: 255 },
    table: tensor('int32', [256], new Int32Array(256).fill(9)),
  }),
  layernorm({
    ...{ source: 0, sourceDtype: 'uint8', dims: [4, 16], epsilon: 1n, bound: 1n << 24n, bits: 20 },
    ...{ pairs: pairs(16, [1n << 24n, 1n << 27n]), ...REQUANT },
  }),
  argmax({ source: 0, sourceDtype: 'uint8', k: 16, dims: [4] }),
];

/** Attributes of each operator that no program has, by position. */
const IMPOSSIBLE: Readonly<Record<Step['op'], readonly Readonly<Record<number, number | bigint>>[]>> = {
  QLINEAR: [{ 0: 0 }, { 0: -1 }, { 0: 32_769 }, { 3: 1 }, { 10: 0 }, { 10: 62 }, { 12: 9, 13: 8 }, { 13: 256 }],
  QCONV2D: [
    { 0: 0 },
    { 2: 3 },
    { 3: -1 },
    { 5: 0 },
    { 7: -1 },
    { 7: 9 },
    { 9: 0 },
    { 9: 3 },
    { 4: 1n << 40n },
    { 10: 99 },
  ],
  MAXPOOL: [{ 3: 65, 4: 65 }, { 2: 5 }, { 8: 99 }, { 9: 1 }, { 6: -(1n << 63n) }],
  AVGPOOL: [{ 3: 200, 4: 200 }, { 1: (1n << 63n) - 1n }, { 10: -1 }],
  QADD: [{ 0: 1 }, { 10: 1n << 62n }],
  LUT: [{ 0: 1 }, { 15: -1 }],
  GATHER: [{ 0: -1 }, { 0: 64 }, { 4: 0 }, { 1: 64 }, { 2: -64, 1: -64 }, { 4: 1n << 60n }],
  CONCAT: [{ 0: 3 }, { 0: -1 }, { 1: 8 }, { 1: 0 }],
  QMATMUL: [{ 0: 0 }, { 1: 5 }, { 3: 40_000 }, { 4: 2 }, { 5: -1 }],
  SOFTMAX: [{ 0: 0 }, { 0: 4097 }, { 0: 7 }, { 1: 0 }, { 1: 256 }],
  LAYERNORM: [{ 1: 0 }, { 1: -5 }, { 0: 5000 }, { 10: 0 }],
  ARGMAX: [{ 0: 0 }, { 0: 4097 }, { 1: 1 }],
};

const commit = (program: Program, input: Tensor, trace: readonly Tensor[]): TraceCommitment =>
  commitTrace(commitProgram(program, sha256), input, trace);

function honest(program: Program, rows = 2): TraceCommitment {
  const input = randomInput(new Seeded(11), program, rows);
  return commit(program, input, runProgram(program, input, { trace: true }).trace!);
}

/** A program that nobody would serve: its records are not proven. */
const unproven = (step: Step, dims: readonly number[] = IMAGE): Program => ({
  ...draftOf({ ...BYTES, dims }, step),
  proofs: [],
});

describe('verdicts of the referee', () => {
  let bench: RefereeBench;
  before(async () => {
    bench = await RefereeBench.start();
  });
  after(() => bench.stop());

  const verdictOf = async (call: `0x${string}`): Promise<Verdict> => (await bench.ask([call]))[0]!.verdict;

  for (const [name, program] of Object.entries(LONG)) {
    it(`partial sums of ${name}`, async () => {
      const own = honest(program);
      const random = new Seeded(23);
      const elements = own.values[1]!.tensor.data.length;
      for (const element of [0, elements - 1, random.int(0, elements - 1)]) {
        const partials = partialSums(own, 1, element)!;
        const at = (chunk: number) => [1, element, chunk] as const;
        const ask = (given: readonly bigint[], chunk: number) =>
          calls.judgeChunk(own.facts, at(chunk), given, chunkEvidence(own, 1, element, chunk));
        const chunks = partials.length - 1;
        const right = Array.from({ length: chunks }, (_, chunk) => ask(partials, chunk));
        const shifted = Array.from({ length: chunks }, (_, chunk) =>
          ask(
            partials.map((sum, i) => (i > chunk ? sum + 1n : sum)),
            chunk,
          ),
        );
        const answers = await bench.ask([...right, ...shifted]);
        const verdicts = answers.map(({ verdict }) => verdict);
        assert.deepEqual(verdicts, [...right.map(() => 'Correct'), ...shifted.map(() => 'Wrong')]);
        for (const { gas } of answers) assert.ok(gas < 400_000, `a chunk takes ${gas} gas`);

        const ends = (given: readonly bigint[]) =>
          calls.judgePartials(own.facts, [1, element], given, partialsEvidence(own, 1, element));
        // Far above the clip, or far below where the element is at its upper end.
        const off = own.values[1]!.tensor.data[element] === REQUANT.hi ? -(1n << 40n) : 1n << 40n;
        const far = partials.map((sum, i) => (i === chunks ? sum + off : sum));
        const table: readonly [readonly bigint[], Verdict][] = [
          [partials, 'Correct'],
          [far, 'Wrong'],
          [partials.slice(1), 'Wrong'],
          [[...partials, 0n], 'Wrong'],
          [[], 'Wrong'],
          [partials.map((sum) => sum + 1n), 'Wrong'],
        ];
        for (const [given, wanted] of table) assert.equal(await verdictOf(ends(given)), wanted, `${given.length} sums`);
        assert.equal(await verdictOf(ask(partials.slice(1), 0)), 'Wrong', 'too few sums for a chunk');
        const beyond = calls.judgeChunk(own.facts, at(chunks), partials, chunkEvidence(own, 1, element, 0));
        assert.equal(await verdictOf(beyond), 'Unproven', 'a chunk that is none');
        const whole = calls.judge(own.facts, 1, element, elementEvidence(own, 1, element));
        assert.equal(await verdictOf(whole), 'Correct', 'also in one piece');
      }
    });
  }

  it('a step in one piece has no partial sums', async () => {
    const own = honest(programOf({ ...BYTES, dims: IMAGE }, STEPS[0]!));
    assert.equal(partialSums(own, 1, 0), undefined);
    const evidence = partialsEvidence(own, 1, 0);
    assert.equal(await verdictOf(calls.judgePartials(own.facts, [1, 0], [0n, 1n], evidence)), 'Unproven');
    assert.equal(await verdictOf(calls.judgeChunk(own.facts, [1, 0, 0], [0n, 1n], evidence)), 'Unproven');
  });

  it('records that no program has are void, whatever the rest of the evidence is', async () => {
    for (const step of STEPS) {
      const fair = honest(programOf({ ...BYTES, dims: IMAGE }, step));
      assert.equal(await verdictOf(calls.judge(fair.facts, 1, 0, elementEvidence(fair, 1, 0))), 'Correct', step.op);
      const evidence = elementEvidence(fair, 1, 0);
      const records: readonly Step[] = [
        ...IMPOSSIBLE[step.op].map((attributes) => changed(step, {}, attributes)),
        changed(step, { sources: step.sources.map(() => 1) }),
        changed(step, { outDims: [4096, 4097] }),
        changed(step, { outDtype: step.outDtype === 'int8' ? 'int32' : 'int8', constants: [undefined, SAMPLE] }),
      ];
      const cases = records.flatMap((record) => {
        const own = commit(unproven(record), fair.values[0]!.tensor, [fair.values[1]!.tensor]);
        const shown: ElementEvidence = { ...evidence, record: headerEvidence(own, 1).record };
        return [0, 1, 5].map((element) => calls.judge(own.facts, 1, element, shown));
      });
      for (const [at, { verdict }] of (await bench.ask(cases)).entries()) {
        // A window or an index may be impossible at some elements only; then the element must be shown.
        if (at % 3 === 0)
          assert.ok(verdict === 'Void' || step.op === 'GATHER', `${step.op}, record ${at / 3}: ${verdict}`);
        assert.notEqual(verdict, 'Wrong', `${step.op}, record ${at / 3}`);
      }
    }
  });

  it('constants that the record cannot have are void', async () => {
    const wrong: readonly Step[] = [
      changed(STEPS[0]!, { constants: [weights(2, 17), pairs(2, ADDEND)] }),
      changed(STEPS[0]!, { constants: [weights(2, 16), pairs(3, ADDEND)] }),
      changed(STEPS[5]!, { constants: [weights(255), undefined] }),
      changed(STEPS[9]!, { constants: [tensor('int32', [256], new Int32Array(256)), undefined] }),
      changed(STEPS[9]!, { constants: [tensor('int32', [256], new Int32Array(256).fill(-1)), undefined] }),
    ];
    for (const step of wrong) {
      const sizes = { QLINEAR: [4, 2], LUT: [...IMAGE], SOFTMAX: [4, 16] } as const;
      const dims = [2, ...sizes[step.op as keyof typeof sizes]];
      const output = tensor('uint8', dims, new Uint8Array(dims.reduce((a, b) => a * b)));
      const own = commit(unproven(step), randomInput(new Seeded(1), unproven(step), 2), [output]);
      // Its tables and weights are shorter than what is read, so the ranges are cut to what is there.
      const evidence = elementEvidence(
        honest(programOf({ ...BYTES, dims: IMAGE }, STEPS.find(({ op }) => op === step.op)!)),
        1,
        0,
      );
      const operands = evidence.operands.map((operand, at) => {
        const which = evidence.operands.length - at === 1 && step.op === 'QLINEAR' ? 1 : 0;
        const constant = at === 0 ? undefined : step.constants[which];
        return constant === undefined ? operand : constantOperand(step, which, operand.openings);
      });
      const shown = { record: headerEvidence(own, 1).record, output: outputOperand(own, 1, 0), operands };
      assert.equal(
        await verdictOf(calls.judge(own.facts, 1, 0, shown)),
        'Void',
        `${step.op} ${step.constants[0]?.dims}`,
      );
    }
  });

  it('headers: another type, shape, row count, layout or size of leaves loses', async () => {
    const program = programOf({ ...BYTES, dims: IMAGE }, STEPS[5]!, changed(STEPS[2]!, { sources: [1] }));
    const own = honest(program, 3);
    const ask = (facts = own.facts, output = outputOperand(own, 1).tensor, withSources = true) =>
      verdictOf(calls.judgeHeader(facts, 1, headerEvidence(own, 1, output, withSources)));
    assert.equal(await ask(), 'Correct');
    assert.equal(await ask(own.facts, outputOperand(own, 2).tensor), 'Unproven');
    const { header } = own.values[1]!.committed;
    const wrong = {
      type: { ...header, dtype: 'int8' },
      rows: { ...header, dims: [4, ...IMAGE] },
      shape: { ...header, dims: [3, 4, 2, 8] },
      rank: { ...header, dims: [3, 64] },
      layout: { ...header, layout: 'outputMajor' },
      leaves: { ...header, leafBytes: 256 },
      count: { ...header, leaves: 7 },
    } as const;
    for (const [name, lie] of Object.entries(wrong)) {
      const values = own.values.map((value, at) =>
        at === 1 ? { ...value, committed: { ...value.committed, digest: headerDigest(lie, sha256) } } : value,
      );
      const lying = traceOf(own.program, values);
      const output = { ...outputOperand(lying, 1).tensor, data: encodeHeader(lie) };
      assert.equal(await ask(lying.facts, output), 'Wrong', name);
    }
  });

  it('sources of another type or size than the step reads are void', async () => {
    const dims = [4, 4, 5];
    const cases: readonly Program[] = [
      unproven(STEPS[5]!, dims),
      { ...unproven(STEPS[5]!), input: { ...unproven(STEPS[5]!).input, dtype: 'int8' } },
    ];
    for (const program of cases) {
      const input = randomInput(new Seeded(1), program, 2);
      const own = commit(program, input, [tensor('uint8', [2, ...IMAGE], new Uint8Array(128))]);
      const ask = (withSources: boolean) =>
        verdictOf(calls.judgeHeader(own.facts, 1, headerEvidence(own, 1, outputOperand(own, 1).tensor, withSources)));
      assert.equal(await ask(true), 'Void');
      assert.equal(await ask(false), 'Correct', 'nobody showed the source');
    }
  });

  it('inputs: another header, or an element outside lo..hi, loses', async () => {
    const program = programOf({ ...BYTES, lo: 3, hi: 200, dims: IMAGE }, STEPS[5]!);
    const fair = honest(program);
    const elements = fair.values[0]!.tensor.data.length;
    for (const element of [undefined, 0, elements - 1]) {
      const call = calls.judgeInput(fair.facts, element ?? 0, inputEvidence(fair, element));
      assert.equal(await verdictOf(call), 'Correct');
    }
    assert.equal(await verdictOf(calls.judgeInput(fair.facts, elements, inputEvidence(fair, 0))), 'Unproven');
    const withInput = (input: Tensor): TraceCommitment => commit(program, input, [fair.values[1]!.tensor]);
    const at = (element: number, value: number): TraceCommitment => {
      const data = Uint8Array.from(fair.values[0]!.tensor.data as Uint8Array);
      data[element] = value;
      return withInput(tensor('uint8', [2, ...IMAGE], data));
    };
    for (const [own, element, wanted] of [
      [at(5, 2), 5, 'Wrong'],
      [at(5, 201), 5, 'Wrong'],
      [at(5, 200), 5, 'Correct'],
      [at(5, 2), 6, 'Correct'],
    ] as const)
      assert.equal(await verdictOf(calls.judgeInput(own.facts, element, inputEvidence(own, element))), wanted);
    for (const [name, input] of Object.entries({
      type: tensor('int8', [2, ...IMAGE], new Int8Array(128)),
      shape: tensor('uint8', [2, 4, 2, 8], new Uint8Array(128)),
      rank: tensor('uint8', [2, 64], new Uint8Array(128)),
    })) {
      const own = withInput(input);
      assert.equal(await verdictOf(calls.judgeInput(own.facts, 0, inputEvidence(own))), 'Wrong', name);
    }
  });

  it('padding of a leaf that is not zero loses, in the output and in a source', async () => {
    const program = programOf({ ...BYTES, dims: IMAGE }, STEPS[5]!, changed(STEPS[2]!, { sources: [1] }));
    const own = honest(program, 2);
    const { tensor: real, committed } = own.values[1]!;
    // 128 elements commit to one leaf of 1024 bytes; a longer tensor has the same leaf, its padding no longer zero.
    const data = new Uint8Array(1024);
    data.set(real.data as Uint8Array);
    data[900] = 1;
    const dirty = commit(program, own.values[0]!.tensor, [tensor('uint8', [1024], data), own.values[2]!.tensor]);
    const header = { ...committed.header, root: dirty.values[1]!.committed.header.root };
    const value = {
      tensor: tensor('uint8', [1024], data),
      committed: { ...dirty.values[1]!.committed, header, digest: headerDigest(header, sha256) },
    };
    const lying = traceOf(own.program, [own.values[0]!, value, own.values[2]!]);
    const ask = (step: number) => verdictOf(calls.judge(lying.facts, step, 0, elementEvidence(lying, step, 0)));
    assert.equal(await ask(1), 'Wrong', 'output');
    assert.equal(await ask(2), 'Wrong', 'source');
  });

  it('values that the proof rules out are judged like others: no worker can make a program void', async () => {
    const random = new Seeded(88);
    const tally: Record<string, number> = {};
    for (let i = 0; i < 40; i++) {
      const program = provenGraph(random, () => ({ steps: random.int(1, 5) }));
      const input = randomInput(random, program, 2);
      const garbage = runProgram(program, input, { trace: true }).trace!.map((one) => {
        const bytes = DTYPES[one.dtype].bytes;
        const style = random.pick([0, 0x80, 0x7f, 0xff, undefined]);
        const noise = random.bytes(one.data.length * bytes).map((byte) => style ?? byte);
        const data = DTYPES[one.dtype].make(one.data.length);
        new Uint8Array(data.buffer).set(noise);
        return { ...one, data };
      });
      const own = commit(program, input, garbage);
      const asked = garbage.flatMap(({ data }, at) =>
        [0, random.int(0, data.length - 1), data.length - 1].map((element) =>
          calls.judge(own.facts, at + 1, element, elementEvidence(own, at + 1, element)),
        ),
      );
      for (const { verdict } of await bench.ask(asked)) tally[verdict] = (tally[verdict] ?? 0) + 1;
    }
    assert.deepEqual(Object.keys(tally).toSorted(), ['Correct', 'Wrong'], JSON.stringify(tally));
  });

  it('evidence of another step, element, claim or operand proves nothing', async () => {
    const random = new Seeded(77);
    for (let i = 0; i < 12; i++) {
      const program = provenGraph(random, () => ({ steps: 3 }));
      const own = commitOf(random, program);
      const other = commitOf(random, program);
      for (const step of [1, 2, 3]) {
        const element = random.int(0, own.values[step]!.tensor.data.length - 1);
        const evidence = elementEvidence(own, step, element);
        const { record, output, operands } = evidence;
        const rest = operands.slice(1);
        const bad: Readonly<Record<string, ElementEvidence>> = {
          'no operands': { record, output, operands: [] },
          'an operand missing': { record, output, operands: rest },
          'an operand twice': { record, output, operands: [...operands, operands[0]!] },
          'no output': { record, output: { ...output, openings: [] }, operands },
          'two outputs': {
            record,
            output: { ...output, openings: [output.openings[0]!, output.openings[0]!] },
            operands,
          },
          'a short record': { record: { ...record, data: record.data.subarray(1) }, output, operands },
          'a path too long': { record: { ...record, path: [...record.path, record.path[0]!] }, output, operands },
          'no path': { record, output: { ...output, tensor: { ...output.tensor, path: [] } }, operands },
          'another record': { record: elementEvidence(own, (step % 3) + 1, 0).record, output, operands },
          'openings without leaves': {
            record,
            output,
            operands: operands.map((one) => ({
              ...one,
              openings: one.openings.map(() => ({ leaves: new Uint8Array(0), siblings: [] })),
            })),
          },
        };
        const asked = Object.values(bad).map((one) => calls.judge(own.facts, step, element, one));
        asked.push(calls.judge(other.facts, step, element, evidence), calls.judge(own.facts, 0, element, evidence));
        asked.push(calls.judge(own.facts, 4, element, evidence), calls.judge(own.facts, step, 2 ** 40, evidence));
        const names = [...Object.keys(bad), 'another claim', 'step 0', 'step n + 1', 'an element that is none'];
        for (const [at, { verdict }] of (await bench.ask(asked)).entries()) {
          // Two random inputs may have one and the same trace; what is shown of it is then right.
          const isSame = names[at] === 'another claim' && toHex(other.facts.traceRoot) === toHex(own.facts.traceRoot);
          assert.ok(
            verdict === 'Unproven' || (isSame && verdict === 'Correct'),
            `${program.steps[step - 1]!.op}: ${names[at]}`,
          );
        }
      }
    }
  });
});

/** Constant `which` of a step as an operand with the given openings: its header is judged before they are. */
function constantOperand(step: Step, which: 0 | 1, openings: Operand['openings']): Operand {
  const { tensor, header } = { tensor: step.constants[which]!, header: commitConstant(step, which, sha256)!.header };
  const isWhole = tensor.data.length === 256;
  const shown = isWhole ? [openRange(tensor, commitConstant(step, which, sha256)!, 0, 256)] : openings;
  return { tensor: { data: encodeHeader(header), path: [] }, openings: shown };
}

function commitOf(random: Seeded, program: Program): TraceCommitment {
  const input = randomInput(random, program, 5);
  return commit(program, input, runProgram(program, input, { trace: true }).trace!);
}
