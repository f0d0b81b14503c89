import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import {
  chunkEvidence,
  elementEvidence,
  headerEvidence,
  inputEvidence,
  partialSums,
  partialsEvidence,
} from '../../node/core/dispute/evidence.ts';
import { commitProgram } from '../../node/core/dispute/programCommitment.ts';
import { commitTrace } from '../../node/core/dispute/traceCommitment.ts';
import { runProgram } from '../../node/core/exact/interpreter.ts';
import { nativeSha256 as sha256 } from '../../node/host.ts';
import { GAS_CASES } from '../helpers/gasCases.ts';
import { randomInput } from '../helpers/randomProgram.ts';
import { calls, RefereeBench, transactionGas } from '../helpers/refereeBench.ts';
import { Seeded } from '../helpers/seeded.ts';

const SNAPSHOT = new URL('../vectors/gas.json', import.meta.url);
/** Targets of verification.md: the last step of a dispute, as a transaction. */
const AT_MOST: Readonly<Record<string, number>> = { 'QLINEAR K=4096': 500_000, 'QCONV2D 3x3 C=64': 300_000 };
/** No judgement of a proven program comes near the cap of a transaction (EIP-7825: 16.7 million). */
const MOST = 5_000_000;

interface Measured {
  readonly calldataBytes: number;
  /** Inside the referee. */
  readonly executionGas: number;
  /** A transaction to the referee alone: 21,000, calldata and its floor (EIP-7623). */
  readonly transactionGas: number;
}

/**
 * One element in the middle of the last of 64 steps, in a tensor of random bytes. `ASSAY_GAS=write` writes the snapshot
 * anew.
 */
describe('gas of a judgement', () => {
  let bench: RefereeBench;
  before(async () => {
    bench = await RefereeBench.start();
  });
  after(() => bench.stop());

  it('is what test/vectors/gas.json says', async () => {
    const measured: Record<string, Measured> = {};
    for (const [name, make] of Object.entries(GAS_CASES)) {
      const program = make();
      const input = randomInput(new Seeded(7), program, 6);
      // Rows of noise instead of extremes: zero bytes would be cheap.
      input.data.copyWithin(0, (input.data.length / 6) * 5);
      const own = commitTrace(
        commitProgram(program, sha256),
        input,
        runProgram(program, input, { trace: true }).trace!,
      );
      const step = program.steps.length;
      const element = Math.floor(own.values[step]!.tensor.data.length / 12);
      const asked = { [name]: calls.judge(own.facts, step, element, elementEvidence(own, step, element)) };
      const partials = partialSums(own, step, element);
      if (partials !== undefined) {
        asked[`${name}, one chunk`] = calls.judgeChunk(
          own.facts,
          [step, element, 1],
          partials,
          chunkEvidence(own, step, element, 1),
        );
        asked[`${name}, its partial sums`] = calls.judgePartials(
          own.facts,
          [step, element],
          partials,
          partialsEvidence(own, step, element),
        );
      }
      if (name === 'LUT') {
        asked['a header'] = calls.judgeHeader(own.facts, step, headerEvidence(own, step));
        asked['an input element'] = calls.judgeInput(own.facts, element, inputEvidence(own, element));
      }
      const answers = await bench.ask(Object.values(asked));
      for (const [at, [what, call]] of Object.entries(asked).entries()) {
        assert.equal(answers[at]!.verdict, 'Correct', what);
        const { gas } = answers[at]!;
        measured[what] = {
          calldataBytes: (call.length - 2) / 2,
          executionGas: gas,
          transactionGas: transactionGas(call, gas),
        };
      }
    }
    for (const [name, most] of Object.entries(AT_MOST)) assert.ok(measured[name]!.transactionGas <= most, name);
    for (const [name, { transactionGas: gas }] of Object.entries(measured)) assert.ok(gas <= MOST, `${name}: ${gas}`);
    if (process.env['ASSAY_GAS'] === 'write') writeFileSync(SNAPSHOT, `${JSON.stringify(measured, undefined, 1)}\n`);
    assert.deepEqual(measured, JSON.parse(readFileSync(SNAPSHOT, 'utf8')));
  });
});
