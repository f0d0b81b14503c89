import assert from 'node:assert/strict';
import { ExactProofFailed } from '../../node/core/exact/errors.ts';
import { runProgram } from '../../node/core/exact/interpreter.ts';
import { programFromModel } from '../../node/core/exact/load.ts';
import { modelFromProgram, traceName } from '../../node/core/exact/modelFromProgram.ts';
import { type Program, type ProgramDraft, type ProgramInput, programRoot } from '../../node/core/exact/program.ts';
import { proveProgram } from '../../node/core/exact/prove.ts';
import { type Fetch, outSize, REQUANT, type Step } from '../../node/core/exact/step.ts';
import { STEP_KINDS } from '../../node/core/exact/stepKinds.ts';
import { decodeModel } from '../../node/core/onnx/decode.ts';
import { encodeModel } from '../../node/core/onnx/encode.ts';
import { type Tensor, tensorBytes } from '../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256 } from '../../node/host.ts';
import { runNative } from './nativeSession.ts';
import { type Optimization, runWasm } from './wasmSession.ts';

const LEVELS: readonly Optimization[] = ['disabled', 'basic', 'extended', 'all'];

/** A draft around the given steps, whose input is bytes. */
export function draftOf(
  input: Pick<ProgramInput, 'dtype' | 'dims' | 'lo' | 'hi'>,
  ...steps: readonly Step[]
): ProgramDraft {
  return {
    input: { name: 'x', zeroPoint: 0, scale: [1], offset: [0], ...input },
    steps,
    output: { name: 'y', scale: 1, zeroPoint: 0, activation: 'none' },
  };
}
export const programOf = (...given: Parameters<typeof draftOf>): Program => proveProgram(draftOf(...given));

/** Each draft is refused by the prover. */
export function refuses(drafts: Readonly<Record<string, ProgramDraft>>): void {
  for (const [name, draft] of Object.entries(drafts))
    assert.throws(() => proveProgram(draft), ExactProofFailed, `the prover takes ${name}`);
}

/** The step with other fields; an attribute is named by its position. */
export const changed = (
  step: Step,
  change: { readonly [K in keyof Step]?: Step[K] | undefined },
  attributes: Readonly<Record<number, number | bigint>> = {},
): Step =>
  ({
    ...step,
    attributes: step.attributes.map((value, at) => BigInt(attributes[at] ?? value)),
    ...change,
  }) as Step;

/** Values of the operands, for elements that were announced only. */
function announced(step: Step, element: number, operands: readonly (Tensor | undefined)[]): Fetch {
  const reads = STEP_KINDS[step.op].reads(step, element);
  for (const { operand, first, count } of reads) {
    const length = operands[operand]?.data.length ?? 0;
    assert.ok(count > 0 && first >= 0 && first + count <= length, `${step.op} reads ${first} + ${count} of ${length}`);
  }
  assert.deepEqual(
    reads.map(({ operand }) => operand),
    reads.map(({ operand }) => operand).toSorted(),
    'reads are in the order of the operands',
  );
  return (operand, index) => {
    const isRead = reads.some((one) => one.operand === operand && index >= one.first && index < one.first + one.count);
    assert.ok(isRead, `${step.op} element ${element} takes ${index} of operand ${operand}, which it did not announce`);
    return operands[operand]!.data[index]!;
  };
}

const floorDiv = (a: bigint, b: bigint): bigint => (a >= 0n ? a / b : -((-a + b - 1n) / b));
/** rq of docs/program.md in big integers. */
export function rq({ attributes: a }: Step, numerator: bigint): number {
  const y = floorDiv(numerator, 2n ** a[REQUANT.shift]!) - a[REQUANT.offset]!;
  const [lo, hi] = [a[REQUANT.lo]!, a[REQUANT.hi]!];
  if (y < lo) return Number(lo);
  if (y > hi) return Number(hi);
  return Number(y);
}

/** What the oracle of a test is given: element e of a tensor with `sources`, in numbers that are all safe or big. */
export type Oracle = (step: Step, sources: readonly Tensor[], e: number) => number;

/**
 * `run` of every step equals `element` from the announced reads and, where given, the oracle of its operator; chunk sums
 * requantise to the element.
 * @param stride look at every stride-th element of large outputs only
 */
export function checkSteps(
  program: Program,
  input: Tensor,
  oracles: Readonly<Partial<Record<Step['op'], Oracle>>> = {},
  stride = 1,
): void {
  const values = [input, ...runProgram(program, input, { trace: true }).trace!];
  for (const [index, step] of program.steps.entries()) {
    const kind = STEP_KINDS[step.op];
    const sources = step.sources.map((source) => values[source]!);
    const { data, dims, dtype } = values[index + 1]!;
    const { lo, hi, size } = program.proofs[index]!.output;
    assert.deepEqual([dims, dtype, size], [[input.dims[0], ...step.outDims], step.outDtype, outSize(step)]);
    const operands = [sources[0], sources[1], ...step.constants];
    for (let e = 0; e < data.length; e += stride) {
      const value = announced(step, e, operands);
      const found = Number(data[e]);
      assert.ok(found >= lo && found <= hi, `${step.op} gives ${found}, proven ${lo}..${hi}`);
      assert.equal(kind.element(step, e, value), found, `${step.op} element ${e}`);
      const oracle = oracles[step.op];
      if (oracle !== undefined) assert.equal(found, oracle(step, sources, e), `${step.op} element ${e}, oracle`);
    }
  }
}

/** The program is what its file gives back. */
export function checkFile(program: Program): void {
  const back = programFromModel(decodeModel(encodeModel(modelFromProgram(program))));
  assert.deepEqual(back, program);
  assert.equal(programRoot(back, sha256), programRoot(program, sha256));
}

/** Every step's output is bit for bit the same on onnxruntime: `all` on 12 configurations, else on three. */
export async function checkRuntimes(program: Program, input: Tensor, all = true): Promise<void> {
  const { trace } = runProgram(program, input, { trace: true });
  const feeds = new Map([[program.input.name, input]]);
  const traced = encodeModel(modelFromProgram(program, { trace: true }));
  const plain = encodeModel(modelFromProgram(program));
  for (const level of all ? LEVELS : (['all'] as const)) {
    for (const [runtime, run] of [
      ['node, 1 thread', (file: Uint8Array) => runNative(file, feeds, level, 1)],
      ['node, 2 threads', (file: Uint8Array) => runNative(file, feeds, level, 2)],
      ['WASM', (file: Uint8Array) => runWasm(file, feeds, level)],
    ] as const) {
      const traces = await run(traced);
      for (const [index, wanted] of trace!.entries()) {
        const isLast = index === trace!.length - 1;
        const name = isLast ? program.output.name : traceName(index + 1);
        requireEqual(traces.get(name), wanted, `${runtime}, ${level}, step ${index + 1} ${program.steps[index]!.op}`);
      }
      // Without the traces in the way the runtime may fuse more.
      requireEqual((await run(plain)).get(program.output.name), trace!.at(-1)!, `${runtime}, ${level}, output`);
    }
  }
}

function requireEqual(given: Tensor | undefined, wanted: Tensor, where: string): void {
  assert.ok(given !== undefined, where);
  assert.equal(given.dtype, wanted.dtype, where);
  assert.deepEqual([...given.dims], [...wanted.dims], where);
  assert.ok(Buffer.from(tensorBytes(given)).equals(tensorBytes(wanted)), `${where} differs`);
}
