import type { Program } from '../core/exact/program.ts';
import { stepWork } from './stepWork.ts';

/** What loading and running a program takes, before it is loaded. */
export interface LoadEstimate {
  readonly steps: number;
  /** Multiplications with addition of one sample. */
  readonly multiplyAdds: number;
  readonly constantBytes: number;
  /** Largest sum of a step's sources and output for one sample, int32 as the interpreter holds them. */
  readonly peakActivationBytes: number;
  /** Resident memory of the onnxruntime process that serves it, about. */
  readonly processBytes: number;
}

/** An onnxruntime process with a model of 5 KiB: 107 to 112 MiB resident (linux-x64, Node 24, measured). */
const EMPTY_PROCESS_BYTES = 112 * 2 ** 20;

/** Computed from the program alone; nothing is run. */
export function estimateLoad(program: Program, artifactBytes: number): LoadEstimate {
  const sample = (source: number): number =>
    (source === 0 ? program.input.dims : program.steps[source - 1]!.outDims).reduce((product, dim) => product * dim, 4);
  let multiplyAdds = 0;
  let constantBytes = 0;
  let peakActivationBytes = 0;
  for (const [i, step] of program.steps.entries()) {
    multiplyAdds += stepWork(step);
    for (const constant of step.constants) constantBytes += constant?.data.byteLength ?? 0;
    const held = [...step.sources, i + 1].reduce((sum, source) => sum + sample(source), 0);
    peakActivationBytes = Math.max(peakActivationBytes, held);
  }
  return {
    steps: program.steps.length,
    multiplyAdds,
    constantBytes,
    peakActivationBytes,
    // The file, its parsed graph, and the arena of the session.
    processBytes: EMPTY_PROCESS_BYTES + 3 * artifactBytes + 2 * peakActivationBytes,
  };
}
