import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Hex, toFunctionSelector } from 'viem';
import { fromHex, toHex } from '../../node/core/codec/hex.ts';
import {
  chunkEvidence,
  elementEvidence,
  headerEvidence,
  inputEvidence,
  partialSums,
  partialsEvidence,
} from '../../node/core/dispute/evidence.ts';
import { commitProgram } from '../../node/core/dispute/programCommitment.ts';
import { commitTrace, type TraceCommitment } from '../../node/core/dispute/traceCommitment.ts';
import { runProgram } from '../../node/core/exact/interpreter.ts';
import type { Program } from '../../node/core/exact/program.ts';
import { qlinear } from '../../node/core/exact/steps/qlinear.ts';
import { nativeSha256 as sha256 } from '../../node/host.ts';
import { ADDEND, PRODUCTS, pairs, weights } from '../helpers/gasCases.ts';
import { provenGraph } from '../helpers/provenGraph.ts';
import { randomInput } from '../helpers/randomProgram.ts';
import { calls, REFEREE_ABI, RefereeBench } from '../helpers/refereeBench.ts';
import { Seeded } from '../helpers/seeded.ts';
import { programOf } from '../helpers/stepChecks.ts';

const NIGHTLY = process.env['ASSAY_NIGHTLY'] === '1';
const SEED = Number(process.env['SEED'] ?? 20_261_122);
const PROOFS = Number(process.env['ASSAY_PROOFS'] ?? (NIGHTLY ? 100_000 : 3_000));
/** Gas of evidence that is refused: what the dearest honest one of these programs takes, and some. */
const CHEAP = 600_000;
/** Selector and facts: they are established, not shown. */
const HEAD_BYTES = 4 + 32 * 4;
const WORDS: readonly bigint[] = [
  0n,
  1n,
  31n,
  32n,
  33n,
  2n ** 32n,
  2n ** 64n - 1n,
  2n ** 64n,
  2n ** 255n,
  2n ** 256n - 1n,
];

const long = programOf(
  { dtype: 'uint8', lo: 0, hi: 255, dims: [4100] },
  qlinear({ source: 0, k: 4100, n: 2, weight: weights(2, 4100), pairs: pairs(2, ADDEND), ...PRODUCTS }),
);

function commitOf(random: Seeded, program: Program): TraceCommitment {
  const input = randomInput(random, program, random.int(1, 3));
  return commitTrace(commitProgram(program, sha256), input, runProgram(program, input, { trace: true }).trace!);
}

/** Honest questions about an honest trace, of every kind. */
function honestCalls(random: Seeded): Hex[] {
  const own = commitOf(random, random.int(0, 9) === 0 ? long : provenGraph(random));
  return own.values.slice(1).flatMap(({ tensor }, at) => {
    const [step, element] = [at + 1, random.int(0, tensor.data.length - 1)];
    const partials = partialSums(own, step, element);
    return [
      calls.judge(own.facts, step, element, elementEvidence(own, step, element)),
      calls.judgeHeader(own.facts, step, headerEvidence(own, step, undefined, true)),
      calls.judgeInput(own.facts, 0, inputEvidence(own, 0)),
      ...(partials === undefined
        ? []
        : [
            calls.judgeChunk(own.facts, [step, element, 1], partials, chunkEvidence(own, step, element, 1)),
            calls.judgePartials(own.facts, [step, element], partials, partialsEvidence(own, step, element)),
          ]),
    ];
  });
}

/** Changes what lies from byte `from` on. */
type Mutation = (random: Seeded, call: Uint8Array, from: number, other: Uint8Array) => Uint8Array;

/** Where what a challenger chooses begins; the partial sums are the worker's, and established like the facts. */
function firstShown(call: Uint8Array): number {
  const places: Readonly<Record<string, number>> = { judgeChunk: 8, judgePartials: 7 };
  const { name } = REFEREE_ABI.find(
    (entry) => entry.type === 'function' && toFunctionSelector(entry) === toHex(call.subarray(0, 4)),
  ) as { name: string };
  const place = places[name];
  if (place === undefined) return HEAD_BYTES;
  return 4 + Number(toHex(call.subarray(4 + 32 * place, 4 + 32 * (place + 1)))) + 32;
}

const wordOf = (value: bigint): Uint8Array => fromHex(`0x${value.toString(16).padStart(64, '0')}`);
/** A place from `from` on, on the grid of ABI words. */
const placeIn = (random: Seeded, { length }: Uint8Array, from: number): number =>
  from + 32 * random.int(0, Math.floor((length - from) / 32) - 1);
function written(call: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(call);
  copy.set(bytes.subarray(0, Math.max(0, copy.length - at)), at);
  return copy;
}

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'a bit flipped': (random, call, from) => {
    const at = random.int(from, call.length - 1);
    return written(call, at, Uint8Array.of(call[at]! ^ (1 << random.int(0, 7))));
  },
  'a word replaced': (random, call, from) => written(call, placeIn(random, call, from), wordOf(random.pick(WORDS))),
  'a length or offset changed': (random, call, from) => {
    // Lengths and offsets are the words that are small.
    const places = Array.from({ length: Math.floor((call.length - from) / 32) }, (_, i) => from + 32 * i);
    const small = places.filter((at) => call.subarray(at, at + 30).every((byte) => byte === 0) && call[at + 31] !== 0);
    const at = random.pick(small);
    const value = BigInt(toHex(call.subarray(at, at + 32)));
    const changes = [value + 1n, value - 1n, value + 32n, value - 32n, value * 2n, 2n ** 256n - value, ...WORDS];
    return written(call, at, wordOf(BigInt.asUintN(256, random.pick(changes))));
  },
  'bytes cut off': (random, call, from) => call.subarray(0, random.int(from, call.length - 1)),
  'bytes added': (random, call) => Uint8Array.from([...call, ...random.bytes(random.int(1, 70))]),
  'two words swapped': (random, call, from) => {
    const [a, b] = [placeIn(random, call, from), placeIn(random, call, from)];
    return written(written(call, a, call.subarray(b, b + 32)), b, call.slice(a, a + 32));
  },
  'two stretches swapped': (random, call, from) => {
    const length = random.pick([64, 96, 1024, 1056]);
    const [a, b] = [placeIn(random, call, from), placeIn(random, call, from)];
    return written(written(call, a, call.subarray(b, b + length)), b, call.slice(a, a + length));
  },
  'a stretch of zeros': (random, call, from) =>
    written(call, placeIn(random, call, from), new Uint8Array(32 * random.int(1, 40))),
  'a stretch of other evidence': (random, call, from, other) => {
    const at = placeIn(random, call, from);
    return written(call, at, other.subarray(at, at + 32 * random.int(1, 60)));
  },
  'the arguments of one with the evidence of another': (_, call, _from, other) =>
    written(other, 4, call.subarray(4, HEAD_BYTES)),
};

describe(`malformed proofs (seed ${SEED}, ${PROOFS} of them)`, () => {
  let bench: RefereeBench;
  before(async () => {
    bench = await RefereeBench.start();
  });
  after(() => bench.stop());

  it('never make a verdict against an honest trace, and are refused cheaply', async () => {
    const random = new Seeded(SEED);
    const tally: Record<string, number> = {};
    for (let done = 0; done < PROOFS; ) {
      const honest = Array.from({ length: 12 }, () => honestCalls(random)).flat();
      for (const { verdict } of await bench.ask(honest)) assert.equal(verdict, 'Correct');
      const raw = honest.map((call) => fromHex(call));
      const mutants = Array.from({ length: Math.min(1000, PROOFS - done) }, () => {
        const name = random.pick(Object.keys(MUTATIONS));
        const call = random.pick(raw);
        return { name, call: toHex(MUTATIONS[name]!(random, call, firstShown(call), random.pick(raw))) };
      });
      const answers = await bench.ask(mutants.map(({ call }) => call));
      for (const [at, { verdict, gas }] of answers.entries()) {
        const { name, call } = mutants[at]!;
        assert.ok(verdict !== 'Wrong' && verdict !== 'Void', `${name} is ${verdict}: ${call}`);
        assert.ok(gas < CHEAP, `${name} (${verdict}) takes ${gas} gas: ${call.slice(0, 2000)}`);
        tally[verdict] = (tally[verdict] ?? 0) + 1;
      }
      done += mutants.length;
    }
    assert.ok((tally['Unproven'] ?? 0) > PROOFS / 4, `most are unproven: ${JSON.stringify(tally)}`);
  });
});
