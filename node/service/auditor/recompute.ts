import { INPUT_REFUSED } from '../../core/codec/audit.ts';
import type { Address } from '../../core/codec/hex.ts';
import { type Digest, sameAddress } from '../../core/codec/hex.ts';
import type { Sha256 } from '../../core/codec/sha256.ts';
import { ExactInputRefused } from '../../core/exact/errors.ts';
import { checkInput, runProgram } from '../../core/exact/interpreter.ts';
import { tensorCommitment } from '../../core/merkle/tensorCommitment.ts';
import { encodeModel } from '../../core/onnx/encode.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import type { Directory } from '../../ports/Directory.ts';
import type { Log } from '../../ports/Log.ts';
import type { Runtime } from '../../ports/Runtime.ts';
import type { Store } from '../../ports/Store.ts';
import { type CheckedArtifact, checkArtifact, dagBytes } from '../artifact.ts';

export interface RecomputeOptions {
  readonly directory: Pick<Directory, 'version' | 'workers'>;
  readonly store: Pick<Store, 'fetch' | 'read'>;
  /** Absent: the interpreter, which is slower and depends on nothing. */
  readonly runtime?: Runtime;
  readonly sha256: Sha256;
  readonly log: Log;
  /** Whose gateway is asked last: he has an interest in the result. */
  readonly suspect?: Address;
}

/**
 * T of the true output of a version on an input, from bytes that are hashed, proven and run here; {@link INPUT_REFUSED}
 * when the program takes no such input. A runtime that fails leaves the interpreter.
 * @throws ArtifactMismatch StoreFetchFailed, and what decoding a hostile model may throw
 */
export async function recompute(versionId: bigint, input: Tensor, options: RecomputeOptions): Promise<Digest> {
  const { sha256 } = options;
  const artifact = await bringArtifact(versionId, options);
  try {
    checkInput(artifact.program, input);
  } catch (error) {
    if (error instanceof ExactInputRefused) return INPUT_REFUSED;
    throw error;
  }
  const output = (await execute(artifact, input, options)) ?? runProgram(artifact.program, input).output;
  return tensorCommitment(output, { sha256 });
}

/** The artifact of a version from the workers, checked. @throws ArtifactMismatch StoreFetchFailed */
export async function bringArtifact(
  versionId: bigint,
  { directory, store, sha256, suspect }: Omit<RecomputeOptions, 'log' | 'runtime'>,
): Promise<CheckedArtifact> {
  const version = await directory.version(versionId);
  const budget = { maxBytes: dagBytes(version.sizeBytes) };
  const isSuspect = (worker: Address): boolean => suspect !== undefined && sameAddress(worker, suspect);
  const providers = (await directory.workers())
    .toSorted((a, b) => Number(isSuspect(a.worker)) - Number(isSuspect(b.worker)))
    .map(({ endpoint }) => endpoint);
  await store.fetch(version.cid, { ...budget, providers });
  return checkArtifact(await store.read(version.cid, budget), version, sha256);
}

async function execute(
  { model, program }: CheckedArtifact,
  input: Tensor,
  { runtime, log }: RecomputeOptions,
): Promise<Tensor | undefined> {
  if (runtime === undefined) return undefined;
  try {
    const session = await runtime.load(encodeModel(model));
    try {
      const outputs = await session.run(new Map([[program.input.name, input]]));
      return outputs.get(program.output.name);
    } finally {
      await session.close();
    }
  } catch (error) {
    log.warn('the runtime failed in an audit; the interpreter takes over', { error });
    return undefined;
  }
}
