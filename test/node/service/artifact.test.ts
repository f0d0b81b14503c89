import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Digest, toHex } from '../../../node/core/codec/hex.ts';
import { modelFromProgram } from '../../../node/core/exact/modelFromProgram.ts';
import { programRoot } from '../../../node/core/exact/program.ts';
import { encodeModel } from '../../../node/core/onnx/encode.ts';
import { nativeSha256 } from '../../../node/host.ts';
import { type ArtifactClaim, ArtifactMismatch, checkArtifact } from '../../../node/service/artifact.ts';
import { randomProgram } from '../../helpers/randomProgram.ts';
import { Seeded } from '../../helpers/seeded.ts';

const program = randomProgram(new Seeded(11));
const bytes = encodeModel(modelFromProgram(program));
const CLAIM: ArtifactClaim = {
  sha256: toHex(nativeSha256(bytes)) as Digest,
  programRoot: programRoot(program),
  sizeBytes: bytes.length,
};
const OTHER = `0x${'00'.repeat(32)}` as Digest;

describe('checkArtifact', () => {
  it('proves the program again and gives its root', () => {
    assert.equal(checkArtifact(bytes, CLAIM, nativeSha256).programRoot, CLAIM.programRoot);
  });

  for (const [what, claim] of [
    ['size', { ...CLAIM, sizeBytes: bytes.length + 1 }],
    ['SHA-256', { ...CLAIM, sha256: OTHER }],
    ['programRoot', { ...CLAIM, programRoot: OTHER }],
  ] as const) {
    it(`error: ArtifactMismatch on another ${what}`, () => {
      assert.throws(
        () => checkArtifact(bytes, claim, nativeSha256),
        (error: ArtifactMismatch) => error instanceof ArtifactMismatch && error.meta['what'] === what,
      );
    });
  }

  it('error: ArtifactMismatch on one flipped byte, before anything is parsed', () => {
    const flipped = bytes.slice();
    flipped[bytes.length >> 1]! ^= 1;
    assert.throws(() => checkArtifact(flipped, CLAIM, nativeSha256), ArtifactMismatch);
  });
});
