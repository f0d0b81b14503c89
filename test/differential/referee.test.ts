import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Hex } from 'viem';
import { elementEvidence, outputOperand } from '../../node/core/dispute/evidence.ts';
import { commitProgram } from '../../node/core/dispute/programCommitment.ts';
import { commitTrace, fetchOf, type TraceCommitment, traceOf } from '../../node/core/dispute/traceCommitment.ts';
import { runProgram } from '../../node/core/exact/interpreter.ts';
import { modelFromProgram, traceName } from '../../node/core/exact/modelFromProgram.ts';
import type { Program } from '../../node/core/exact/program.ts';
import { STEP_OPS, type StepOp } from '../../node/core/exact/step.ts';
import { STEP_KINDS } from '../../node/core/exact/stepKinds.ts';
import { commitTensor } from '../../node/core/merkle/tensorCommitment.ts';
import { encodeModel } from '../../node/core/onnx/encode.ts';
import { DTYPES, type Tensor, tensorBytes } from '../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256 } from '../../node/host.ts';
import { GAS_CASES } from '../helpers/gasCases.ts';
import { runNative } from '../helpers/nativeSession.ts';
import { provenGraph } from '../helpers/provenGraph.ts';
import { randomInput } from '../helpers/randomProgram.ts';
import { calls, RefereeBench, type Verdict } from '../helpers/refereeBench.ts';
import { Seeded } from '../helpers/seeded.ts';

const NIGHTLY = process.env['ASSAY_NIGHTLY'] === '1';
const SEED = Number(process.env['SEED'] ?? 20_261_121);
/** Elements judged for each operator: as they are, and as many lies. */
const ELEMENTS = Number(process.env['ASSAY_ELEMENTS'] ?? (NIGHTLY ? 100_000 : 150));
/** One program in so many also runs on onnxruntime, and its trace is the one that is judged. */
const RUNTIME_EVERY = NIGHTLY ? 20 : 8;
const PER_STEP = NIGHTLY ? 32 : 8;
const OPS = Object.keys(STEP_OPS) as StepOp[];

/** Outputs of all steps, from onnxruntime. */
async function runtimeTrace(program: Program, input: Tensor): Promise<Tensor[]> {
  const outputs = await runNative(
    encodeModel(modelFromProgram(program, { trace: true })),
    new Map([[program.input.name, input]]),
  );
  return program.steps.map((_, at) => {
    const isLast = at === program.steps.length - 1;
    return outputs.get(isLast ? program.output.name : traceName(at + 1))!;
  });
}

function requireSame(given: readonly Tensor[], wanted: readonly Tensor[]): void {
  for (const [at, tensor] of wanted.entries()) {
    assert.deepEqual([given[at]?.dtype, given[at]?.dims.map(Number)], [tensor.dtype, [...tensor.dims]]);
    assert.ok(
      Buffer.from(tensorBytes(given[at]!)).equals(tensorBytes(tensor)),
      `onnxruntime differs at step ${at + 1}`,
    );
  }
}

/** The tensor with another value at each of the elements. */
function withLies(random: Seeded, tensor: Tensor, elements: readonly number[]): Tensor {
  const data = DTYPES[tensor.dtype].make(tensor.data.length);
  data.set(tensor.data as never);
  const range = tensor.dtype === 'int32' ? 2 ** 32 : 256;
  for (const element of elements) {
    // Setting an element of a typed array wraps.
    data[element] = (Number(tensor.data[element]) + random.pick([1, -1, random.int(1, range - 1)])) as never;
  }
  return { ...tensor, data };
}

/** Right and lying elements of the steps of kind `op` in one random program. */
async function someCases(
  random: Seeded,
  op: StepOp,
  withRuntime: boolean,
): Promise<{ readonly call: Hex; readonly wanted: Verdict; readonly what: string }[]> {
  const program = provenGraph(random, () => ({ ops: random.int(0, 1) === 0 ? [op] : [op, op, random.pick(OPS)] }));
  const input = randomInput(random, program, random.int(1, 4));
  const computed = runProgram(program, input, { trace: true }).trace!;
  if (withRuntime) requireSame(await runtimeTrace(program, input), computed);
  const own = commitTrace(commitProgram(program, sha256), input, computed);
  return program.steps.flatMap((step, at) => (step.op === op ? casesOf(random, own, computed, at + 1) : []));
}

function casesOf(random: Seeded, own: TraceCommitment, computed: readonly Tensor[], step: number) {
  const [record, output] = [own.program.program.steps[step - 1]!, computed[step - 1]!];
  const elements = Array.from({ length: PER_STEP }, () => random.int(0, output.data.length - 1));
  const right = elements.map((element) => {
    const twin = STEP_KINDS[record.op].element(record, element, fetchOf(own, step));
    assert.equal(twin, Number(output.data[element]), `${record.op}: interpreter and twin`);
    const call = calls.judge(own.facts, step, element, elementEvidence(own, step, element));
    return { call, wanted: 'Correct' as const, what: `step ${step} element ${element}` };
  });
  // The worker's trace is wrong from here on; the challenger knows his own, and what was opened of T_step.
  const tensor = withLies(random, output, elements);
  const lie = { tensor, committed: commitTensor(tensor, { sha256 }) };
  const lying = traceOf(
    own.program,
    own.values.map((value, at) => (at === step ? lie : value)),
  );
  const lies = elements.map((element) => {
    const evidence = elementEvidence(own, step, element, outputOperand(lying, step, element));
    return {
      call: calls.judge(lying.facts, step, element, evidence),
      wanted: 'Wrong' as const,
      what: `lie at ${element}`,
    };
  });
  return [...right, ...lies];
}

/** The interpreter, the twin of the referee, onnxruntime and Solidity: four programs, one answer. */
describe(`the referee agrees with the interpreter (seed ${SEED}, ${ELEMENTS} elements and as many lies an operator)`, () => {
  let bench: RefereeBench;
  before(async () => {
    bench = await RefereeBench.start();
  });
  after(() => bench.stop());

  for (const [index, op] of OPS.entries()) {
    it(op, async () => {
      const random = new Seeded(SEED + index);
      for (let [done, programs] = [0, 0]; done < 2 * ELEMENTS; programs++) {
        const cases: Awaited<ReturnType<typeof someCases>> = [];
        for (let i = 0; i < 20 && done + cases.length < 2 * ELEMENTS; i++, programs++)
          cases.push(...(await someCases(random, op, programs % RUNTIME_EVERY === 0)));
        const answers = await bench.ask(cases.map(({ call }) => call));
        for (const [at, { wanted, what }] of cases.entries())
          assert.equal(answers[at]!.verdict, wanted, `${op}, program batch ${programs}, ${what}`);
        done += cases.length;
      }
    });
  }

  // Random programs are small; these have tensors of up to thousands of leaves, and ranges that cross them.
  it('large tensors', async () => {
    const random = new Seeded(SEED + 100);
    for (const [name, make] of Object.entries(GAS_CASES)) {
      const program = make();
      const input = randomInput(random, program, 3);
      const computed = runProgram(program, input, { trace: true }).trace!;
      const own = commitTrace(commitProgram(program, sha256), input, computed);
      const cases = casesOf(random, own, computed, program.steps.length);
      const answers = await bench.ask(cases.map(({ call }) => call));
      for (const [at, { wanted, what }] of cases.entries())
        assert.equal(answers[at]!.verdict, wanted, `${name}, ${what}`);
    }
  });
});
