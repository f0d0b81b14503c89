import type { Digest } from '../../node/core/codec/hex.ts';
import { toHex } from '../../node/core/codec/hex.ts';
import { modelFromProgram } from '../../node/core/exact/modelFromProgram.ts';
import { type Program, programRoot } from '../../node/core/exact/program.ts';
import { encodeModel } from '../../node/core/onnx/encode.ts';
import { nativeSha256 as sha256 } from '../../node/host.ts';
import { randomProgram } from './randomProgram.ts';
import { Seeded } from './seeded.ts';

/** A small exact model, as it is published. */
export interface ExactArtifact {
  readonly bytes: Uint8Array;
  readonly program: Program;
  readonly claim: { readonly sha256: Digest; readonly programRoot: Digest; readonly sizeBytes: number };
}

export function exactArtifact(seed: number): ExactArtifact {
  const program = randomProgram(new Seeded(seed), { maxWidth: 12, rangeClass: 'U7S8' });
  const bytes = encodeModel(modelFromProgram(program));
  const claim = {
    sha256: toHex(sha256(bytes)) as Digest,
    programRoot: programRoot(program, sha256),
    sizeBytes: bytes.length,
  };
  return { bytes, program, claim };
}
