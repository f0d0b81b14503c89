import type { Digest } from '../core/codec/hex.ts';
import type { Sha256 } from '../core/codec/sha256.ts';
import { ProtocolError } from '../core/errors.ts';
import { checkInput, runProgram } from '../core/exact/interpreter.ts';
import { modelFromProgram, traceName } from '../core/exact/modelFromProgram.ts';
import type { Program } from '../core/exact/program.ts';
import { listDigest, treeOfDigests } from '../core/merkle/list.ts';
import { type CommittedTensor, commitTensor } from '../core/merkle/tensorCommitment.ts';
import type { MerkleTree } from '../core/merkle/tree.ts';
import { encodeModel } from '../core/onnx/encode.ts';
import type { Tensor } from '../core/tensor/tensor.ts';
import type { LoadOptions, Runtime, Session } from '../ports/Runtime.ts';
import type { CheckedArtifact } from './artifact.ts';

/** Outputs of all steps of one run with everything that opens them (docs/program.md). */
export interface Trace {
  /** Outputs of steps 1..n, each [rows, ...dims]. */
  readonly tensors: readonly Tensor[];
  readonly committed: readonly CommittedTensor[];
  /** Tree over [T_1 .. T_n]; its list digest is `traceRoot`. */
  readonly tree: MerkleTree;
  readonly traceRoot: Digest;
  /** T of the output of the last step: what a true receipt says. */
  readonly outputRoot: Digest;
  /** Who computed the tensors. */
  readonly by: 'runtime' | 'interpreter';
}

export interface TraceOptions {
  readonly sha256: Sha256;
  /** Absent: the interpreter in this process, which is slower and depends on nothing. */
  readonly runtime?: Runtime;
  readonly load?: LoadOptions;
  /**
   * Root of the output that was claimed. A runtime that does not reproduce it is not believed: the interpreter, the
   * arbiter of doubt, computes the trace again. Compare with `outputRoot` to know whether the claim is true.
   */
  readonly claimedOutput?: Digest;
  readonly signal?: AbortSignal;
}

/** Computes traces of one version: keeps the second session between runs. */
export interface Tracer {
  /** @throws {ExactInputRefused} when the program is not proven for this input */
  trace(input: Tensor, options?: Pick<TraceOptions, 'claimedOutput' | 'signal'>): Promise<Trace>;
  close(): Promise<void>;
}

/** Commits to step outputs as claims do: row-major, leaves of 1024 bytes. */
export function commitTrace(tensors: readonly Tensor[], by: Trace['by'], sha256: Sha256): Trace {
  const committed = tensors.map((output) => commitTensor(output, { sha256 }));
  const digests = committed.map(({ digest }) => digest);
  const tree = treeOfDigests(digests, sha256);
  return { tensors, committed, tree, traceRoot: listDigest(tree, sha256), outputRoot: digests.at(-1)!, by };
}

/** The trace in exact integers, in this process. @throws {ExactInputRefused} */
export const interpretTrace = (program: Program, input: Tensor, sha256: Sha256): Trace =>
  commitTrace(runProgram(program, input, { trace: true }).trace!, 'interpreter', sha256);

/** Outputs of all steps out of a session of the graph that was written for traces; undefined when one is not as proven. */
export function collectTrace(
  { steps, output }: Program,
  outputs: ReadonlyMap<string, Tensor>,
  rows: number,
): readonly Tensor[] | undefined {
  const tensors = steps.map(({ outDims, outDtype }, index) => {
    const value = outputs.get(index === steps.length - 1 ? output.name : traceName(index + 1));
    const dims = [rows, ...outDims];
    return value?.dtype === outDtype && value.dims.join() === dims.join() ? value : undefined;
  });
  return tensors.every((value): value is Tensor => value !== undefined) ? tensors : undefined;
}

/**
 * Loads the version a second time, every step an output, in a process of its own. A runtime that cannot load it leaves
 * the interpreter.
 */
export async function openTracer(
  { program }: Pick<CheckedArtifact, 'program'>,
  { runtime, sha256, load }: Pick<TraceOptions, 'runtime' | 'sha256' | 'load'>,
): Promise<Tracer> {
  const session = runtime === undefined ? undefined : await tracingSession(program, runtime, load);
  return {
    async trace(input, { claimedOutput, signal } = {}) {
      const rows = checkInput(program, input);
      signal?.throwIfAborted();
      const tensors = session === undefined ? undefined : await runSession(session, program, input, rows, signal);
      const fast = tensors === undefined ? undefined : commitTrace(tensors, 'runtime', sha256);
      const believed = fast !== undefined && (claimedOutput === undefined || claimedOutput === fast.outputRoot);
      return believed ? fast : interpretTrace(program, input, sha256);
    },
    close: async () => session?.close(),
  };
}

/** One trace on demand. @throws {ExactInputRefused} when the program is not proven for this input */
export async function computeTrace(
  artifact: Pick<CheckedArtifact, 'program'>,
  input: Tensor,
  options: TraceOptions,
): Promise<Trace> {
  const tracer = await openTracer(artifact, options);
  try {
    return await tracer.trace(input, options);
  } finally {
    await tracer.close();
  }
}

/** A runtime that refuses, dies or is too slow is no reason to lose a dispute. */
async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

const tracingSession = (program: Program, runtime: Runtime, load: LoadOptions = {}): Promise<Session | undefined> =>
  orUndefined(runtime.load(encodeModel(modelFromProgram(program, { trace: true })), load));

async function runSession(
  session: Session,
  program: Program,
  input: Tensor,
  rows: number,
  signal: AbortSignal | undefined,
): Promise<readonly Tensor[] | undefined> {
  const inputs = new Map([[program.input.name, input]]);
  const outputs = await orUndefined(session.run(inputs, signal === undefined ? {} : { signal }));
  signal?.throwIfAborted();
  return outputs === undefined ? undefined : collectTrace(program, outputs, rows);
}
