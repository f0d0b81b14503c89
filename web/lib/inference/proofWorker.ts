/** Runs in a Web Worker: hashes a file and proves its program again. Neither freezes the page, however large the file. */
import { toHex } from '../../../node/core/codec/hex.ts';
import { sha256 } from '../../../node/core/codec/sha256.ts';
import { answerQuestions } from './answering.ts';
import { proveArtifact } from './proveArtifact.ts';
import type { Proof, ProofQuestion } from './prover.ts';

let file: Uint8Array | undefined;

function prove(): Proof {
  if (file === undefined) throw new Error('no file was given');
  const { program, programRoot } = proveArtifact(file);
  return { programRoot, steps: program.steps.length };
}

answerQuestions((question: ProofQuestion) => {
  if (question.kind === 'prove') return prove();
  file = question.file;
  return toHex(sha256(file));
});
