import type { Digest } from '../../../node/core/codec/hex.ts';
import { programFromModel } from '../../../node/core/exact/load.ts';
import { type Program, programRoot } from '../../../node/core/exact/program.ts';
import { decodeModel } from '../../../node/core/onnx/decode.ts';

/**
 * Decodes a hostile ONNX file, proves its program again and commits to it: the same code that every worker runs.
 * @throws {ProtocolError} when the file is no exact model
 */
export function proveArtifact(bytes: Uint8Array): { readonly program: Program; readonly programRoot: Digest } {
  const program = programFromModel(decodeModel(bytes));
  return { program, programRoot: programRoot(program) };
}
