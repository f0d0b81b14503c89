import type { Digest } from '../core/codec/hex.ts';
import type { Sha256 } from '../core/codec/sha256.ts';
import { type CompileOptions, compileExact } from '../core/exact/compile.ts';
import type { CompileReport } from '../core/exact/compiler/report.ts';
import { runProgram } from '../core/exact/interpreter.ts';
import type { Program } from '../core/exact/program.ts';
import { encodeInput } from '../core/exact/quantize.ts';
import { encodeModel } from '../core/onnx/encode.ts';
import type { Model } from '../core/onnx/model.ts';
import { correct, predictions } from '../core/train/metrics.ts';
import { readArtifact } from './artifact.ts';
import { asInputOf, type PreparedData, side } from './preparedData.ts';
import { scoreFloat } from './trainer.ts';

export interface Score {
  readonly correct: number;
  readonly testRows: number;
}

export interface ExactModel {
  /** The artifact: exact ONNX bytes. */
  readonly bytes: Uint8Array;
  readonly program: Program;
  readonly programRoot: Digest;
  readonly steps: number;
  readonly float: Score;
  /** Of the integer model, which is what is published, voted on and paid for. */
  readonly integer: Score;
  /** Both compared on the calibration rows, step by step. */
  readonly report: CompileReport;
}

/**
 * Compiles a float model into an exact one, calibrated on the training rows, scored on the test rows, and read back
 * from its own bytes: what is returned has passed the loader that every worker runs.
 * @throws ExactOpUnsupported CalibrationRefused ExactProofFailed
 */
export function makeExact(model: Model, data: PreparedData, sha256: Sha256, options: CompileOptions = {}): ExactModel {
  const compiled = compileExact(model, asInputOf(model.graph.inputs[0]!, side(data, 'train').features), options);
  const bytes = encodeModel(compiled.model);
  const { program, programRoot } = readArtifact(bytes, sha256);
  return {
    bytes,
    program,
    programRoot,
    steps: program.steps.length,
    float: scoreFloat(model, data),
    integer: scoreExact(program, data),
    report: compiled.report,
  };
}

/** Correct test rows of an exact program, in exact integers. */
export function scoreExact(program: Program, data: PreparedData): Score {
  const { features, labels } = side(data, 'test');
  const { output } = runProgram(program, encodeInput(program, features.data, [labels.length, ...program.input.dims]));
  return { correct: correct(predictions(output), labels), testRows: labels.length };
}
