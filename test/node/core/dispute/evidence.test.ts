import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromHex } from '../../../../node/core/codec/hex.ts';
import { chunkReads } from '../../../../node/core/dispute/chunkReads.ts';
import {
  chunkEvidence,
  elementEvidence,
  headerEvidence,
  inputEvidence,
  outputOperand,
  partialSums,
} from '../../../../node/core/dispute/evidence.ts';
import { isOpening, type Opening } from '../../../../node/core/dispute/opening.ts';
import { commitProgram } from '../../../../node/core/dispute/programCommitment.ts';
import { commitTrace, type TraceCommitment } from '../../../../node/core/dispute/traceCommitment.ts';
import { runProgram } from '../../../../node/core/exact/interpreter.ts';
import { type Program, programDigests, programRoot } from '../../../../node/core/exact/program.ts';
import { STEP_KINDS } from '../../../../node/core/exact/stepKinds.ts';
import { avgpool } from '../../../../node/core/exact/steps/avgpool.ts';
import { qconv2d } from '../../../../node/core/exact/steps/qconv2d.ts';
import { qlinear } from '../../../../node/core/exact/steps/qlinear.ts';
import { isMember } from '../../../../node/core/merkle/proof.ts';
import { decodeHeader, headerDigest } from '../../../../node/core/merkle/tensorCommitment.ts';
import { rootOf } from '../../../../node/core/merkle/tree.ts';
import { nativeSha256 as sha256 } from '../../../../node/host.ts';
import { ADDEND, PRODUCTS, pairs, REQUANT, weights } from '../../../helpers/gasCases.ts';
import { provenGraph } from '../../../helpers/provenGraph.ts';
import { randomInput } from '../../../helpers/randomProgram.ts';
import { Seeded } from '../../../helpers/seeded.ts';
import { programOf } from '../../../helpers/stepChecks.ts';

const BYTES = { dtype: 'uint8', lo: 0, hi: 255 } as const;

function commitOf(random: Seeded, program: Program): TraceCommitment {
  const input = randomInput(random, program, 2);
  return commitTrace(commitProgram(program, sha256), input, runProgram(program, input, { trace: true }).trace!);
}

/** The trace with another value in element 0 of steps `from`..n: what a worker claims whose steps are wrong from there on. */
function lyingFrom(own: TraceCommitment, from: number): TraceCommitment {
  const trace = own.values.slice(1).map(({ tensor }, at) => {
    if (at + 1 < from) return tensor;
    const data = tensor.data.slice() as Uint8Array;
    data[0] = data[0]! ^ 1;
    return { ...tensor, data };
  });
  return commitTrace(own.program, own.values[0]!.tensor, trace);
}

describe('commitProgram', () => {
  it('is the list that programRoot commits to', () => {
    const random = new Seeded(41);
    for (let i = 0; i < 20; i++) {
      const program = provenGraph(random);
      const committed = commitProgram(program, sha256);
      assert.equal(committed.root, programRoot(program, sha256));
      assert.equal(committed.tree.count, programDigests(program, sha256).length);
    }
  });
});

describe('elementEvidence', () => {
  it('proves what the step reads in the trace of a worker who is wrong from there on', () => {
    const random = new Seeded(42);
    for (let i = 0; i < 60; i++) {
      const own = commitOf(
        random,
        provenGraph(random, () => ({ steps: random.int(1, 7) })),
      );
      const step = random.int(1, own.facts.count);
      const lying = lyingFrom(own, step);
      const element = random.int(0, own.values[step]!.tensor.data.length - 1);
      const evidence = elementEvidence(own, step, element, outputOperand(lying, step, element));
      // Who has the worker's whole trace finds the same.
      assert.deepEqual(evidence, elementEvidence(lying, step, element));
      const root = lying.facts.traceRoot;
      const { sources } = own.program.program.steps[step - 1]!;
      for (const { tensor } of evidence.operands) {
        const leaf = fromHex(headerDigest(decodeHeader(tensor.data), sha256));
        const index = sources.findIndex((source) => source > 0 && tensor.path.length > 0 && isAt(source));
        function isAt(source: number): boolean {
          return isMember({ root, count: lying.facts.count, index: source - 1, leaf, path: tensor.path }, sha256);
        }
        assert.ok(tensor.path.length === 0 || index >= 0, 'each source is a member of the trace');
      }
      const { record } = evidence;
      const leaf = sha256(Uint8Array.of(4, ...record.data));
      const { tree } = own.program;
      assert.ok(isMember({ root: rootOf(tree), count: tree.count, index: step, leaf, path: record.path }, sha256));
    }
  });

  it('does not send leaves twice that lie under several ranges', () => {
    const step = avgpool({
      ...{ source: 0, sourceDtype: 'uint8', image: [8, 8, 64], kernel: [8, 8], inputZeroPoint: 0 },
      ...{ multiplier: 5n, addend: 1n << 33n, ...REQUANT },
    });
    const own = commitOf(new Seeded(43), programOf({ ...BYTES, dims: [8, 8, 64] }, step));
    const [source] = elementEvidence(own, 1, 5).operands;
    // 8 rows of 512 bytes in 4 leaves.
    assert.deepEqual(
      source!.openings.map(({ leaves }) => leaves.length),
      [1024, 0, 1024, 0, 1024, 0, 1024, 0],
    );
  });
});

describe('chunkReads', () => {
  const programs: Readonly<Record<string, Program>> = {
    QLINEAR: programOf(
      { ...BYTES, dims: [5000] },
      qlinear({ source: 0, k: 5000, n: 2, weight: weights(2, 5000), pairs: pairs(2, ADDEND), ...PRODUCTS }),
    ),
    QCONV2D: programOf(
      { ...BYTES, dims: [9, 8, 128] },
      qconv2d({
        source: 0,
        ...{ image: [9, 8, 128], kernel: [9, 8], pads: [2, 3, 2, 3], groups: 2 },
        ...{ weight: weights(2, 9, 8, 64), pairs: pairs(2, ADDEND) },
        ...PRODUCTS,
      }),
    ),
  };
  for (const [name, program] of Object.entries(programs)) {
    it(`divides what ${name} reads`, () => {
      const step = program.steps[0]!;
      const own = commitOf(new Seeded(44), program);
      for (const element of [0, own.values[1]!.tensor.data.length - 1]) {
        const sums = partialSums(own, 1, element)!;
        assert.equal(sums[0], 0n);
        const parts = sums.slice(1).map((_, chunk) => chunkReads(step, element, chunk));
        const whole = STEP_KINDS[step.op].reads(step, element);
        const total = (operand: number, reads: typeof whole): number =>
          reads.reduce((sum, one) => sum + (one.operand === operand ? one.count : 0), 0);
        assert.equal(total(0, parts.flat()), total(0, whole));
        const evidence = chunkEvidence(own, 1, element, 0);
        assert.equal(evidence.operands.length, new Set(parts[0]!.map(({ operand }) => operand)).size);
        assert.deepEqual(evidence.output.openings, []);
      }
    });
  }
});

describe('headerEvidence and inputEvidence', () => {
  it('name the program, the trace and the input', () => {
    const own = commitOf(
      new Seeded(45),
      provenGraph(new Seeded(45), () => ({ steps: 3 })),
    );
    const evidence = headerEvidence(own, 2, undefined, true);
    assert.equal(evidence.sources.length, own.program.program.steps[1]!.sources.length);
    assert.equal(headerDigest(decodeHeader(evidence.input), sha256), own.facts.inputRoot);
    assert.equal(evidence.record.data.length, 217);
    const { program, input } = inputEvidence(own, 0);
    assert.equal(program.data.length, 79);
    const header = decodeHeader(input.tensor.data);
    assert.ok(isOpening(header, 0, 1, input.openings[0] as Opening, sha256));
    assert.deepEqual(inputEvidence(own).input.openings, []);
  });
});
