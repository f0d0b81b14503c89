import { concatBytes } from '../codec/bytes.ts';
import { type Digest, fromHex, toHex } from '../codec/hex.ts';
import { sha256 as portable, type Sha256 } from '../codec/sha256.ts';
import { encodeProgramHeader, type Program } from '../exact/program.ts';
import { commitConstant, encodePlainRecord, type Step } from '../exact/step.ts';
import { DIGEST_BYTES, TAG } from '../merkle/leaf.ts';
import { listDigest, treeOfDigests } from '../merkle/list.ts';
import type { CommittedTensor } from '../merkle/tensorCommitment.ts';
import type { MerkleTree } from '../merkle/tree.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A tensor with what commits to it. */
export interface CommittedValue {
  readonly tensor: Tensor;
  readonly committed: CommittedTensor;
}

/** A program with the trees that open any part of it: made once for a model, at the cost of hashing its weights. */
export interface ProgramCommitment {
  readonly program: Program;
  /** The program header (79 bytes), then the step records (217). */
  readonly records: readonly Uint8Array[];
  /** Constants 0 and 1 of each step. */
  readonly constants: readonly (readonly [CommittedValue | undefined, CommittedValue | undefined])[];
  /** Over the digests of the records. */
  readonly tree: MerkleTree;
  /** Its list digest. */
  readonly root: Digest;
  readonly sha256: Sha256;
}

export function commitProgram(program: Program, sha256: Sha256 = portable): ProgramCommitment {
  const constants = program.steps.map((step) => [committedOf(step, 0, sha256), committedOf(step, 1, sha256)] as const);
  const records = [
    encodeProgramHeader(program, sha256),
    ...program.steps.map((step, at) => concatBytes(encodePlainRecord(step), ...constants[at]!.map(digestOf))),
  ];
  const digests = records.map((record, at) =>
    toHex(sha256(concatBytes(Uint8Array.of(at === 0 ? TAG.program : TAG.step), record))),
  );
  const tree = treeOfDigests(digests, sha256);
  return { program, records, constants, tree, root: listDigest(tree, sha256), sha256 };
}

function committedOf(step: Step, which: 0 | 1, sha256: Sha256): CommittedValue | undefined {
  const [tensor, committed] = [step.constants[which], commitConstant(step, which, sha256)];
  return tensor === undefined || committed === undefined ? undefined : { tensor, committed };
}

const digestOf = (value: CommittedValue | undefined): Uint8Array =>
  value === undefined ? new Uint8Array(DIGEST_BYTES) : fromHex(value.committed.digest, DIGEST_BYTES);
