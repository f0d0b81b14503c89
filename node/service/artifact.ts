import { type Digest, toHex } from '../core/codec/hex.ts';
import type { Sha256 } from '../core/codec/sha256.ts';
import { ProtocolError } from '../core/errors.ts';

import { programFromModel } from '../core/exact/load.ts';
import { type Program, programRoot } from '../core/exact/program.ts';
import { decodeModel } from '../core/onnx/decode.ts';
import type { Model } from '../core/onnx/model.ts';

/** What the chain says of an artifact. */
export interface ArtifactClaim {
  readonly sha256: Digest;
  readonly programRoot: Digest;
  readonly sizeBytes: number;
}

/** An artifact whose bytes are what the chain says, and whose program was proven again here. */
export interface CheckedArtifact {
  readonly bytes: Uint8Array;
  readonly model: Model;
  readonly program: Program;
  readonly programRoot: Digest;
}

/** Bytes that are not the registered ones, or a graph that is not the registered program (verification.md 2, attack 15). */
export class ArtifactMismatch extends ProtocolError {
  override readonly code = 'ARTIFACT_MISMATCH';
}

/** Bytes that the blocks of a file may have together: inner nodes and framing add less than 1 % and one block. */
export const dagBytes = (sizeBytes: number): number => sizeBytes + Math.ceil(sizeBytes / 100) + (1 << 20);

/** Reads an exact model from its bytes alone: hostile until every proof has been repeated. */
export function readArtifact(bytes: Uint8Array, sha256: Sha256): CheckedArtifact {
  const model = decodeModel(bytes);
  const program = programFromModel(model);
  return { bytes, model, program, programRoot: programRoot(program, sha256) };
}

/** @throws {ArtifactMismatch} and everything that decoding and proving a hostile model may throw */
export function checkArtifact(bytes: Uint8Array, claim: ArtifactClaim, sha256: Sha256): CheckedArtifact {
  const mismatch = (what: string, actual: unknown, expected: unknown): ArtifactMismatch =>
    new ArtifactMismatch({
      what: 'The artifact is not the registered one',
      why: `its ${what} is ${actual}, the chain says ${expected}`,
      fix: 'Do not serve or trust this version; fetch it again from another provider, and tell its author if the bytes are the same there.',
      meta: { what, actual, expected },
    });
  if (bytes.length !== claim.sizeBytes) throw mismatch('size', bytes.length, claim.sizeBytes);
  const digest = toHex(sha256(bytes)) as Digest;
  if (digest !== claim.sha256) throw mismatch('SHA-256', digest, claim.sha256);
  const artifact = readArtifact(bytes, sha256);
  if (artifact.programRoot !== claim.programRoot)
    throw mismatch('programRoot', artifact.programRoot, claim.programRoot);
  return artifact;
}
