import { toHex } from '../codec/hex.ts';
import { graphBuilder } from '../onnx/build.ts';
import type { Model } from '../onnx/model.ts';
import { Emitter } from './emitter.ts';
import { metadataOf, stepKey } from './metadata.ts';
import type { Program } from './program.ts';
import { encodePlainRecord } from './step.ts';
import { STEP_KINDS } from './stepKinds.ts';

/** Version of ai.onnx that exact models are written for: the oldest accepted, so that the most runtimes read it. */
export const OPSET = 17;

export interface EmitOptions {
  readonly producerVersion?: string;
  /** Make the output of every step an output `step<j>` of the graph, row-major, for traces. @default false */
  readonly trace?: boolean;
}

/** Name of step j's output in a graph that was written for traces. */
export const traceName = (step: number): string => `trace${step}`;

/**
 * Writes the program as plain integer ONNX. A pure function of the program: `programFromModel` reads the records in the
 * metadata and accepts a graph only if it is literally what this function writes for them.
 */
export function modelFromProgram(program: Program, { producerVersion = '', trace = false }: EmitOptions = {}): Model {
  const { input, steps, output } = program;
  const g = graphBuilder('exact', { opset: OPSET, producerName: 'assay', producerVersion });
  g.input(input.name, input.dtype, ['N', ...input.dims]);
  const emitter = new Emitter(g, input);
  for (const [index, step] of steps.entries()) STEP_KINDS[step.op].emit(step, emitter, `step${index + 1}`);
  for (const [index, { outDims, outDtype }] of steps.entries()) {
    const isLast = index === steps.length - 1;
    if (!trace && !isLast) continue;
    g.output(
      emitter.rows(index + 1, outDims),
      outDtype,
      ['N', ...outDims],
      isLast ? output.name : traceName(index + 1),
    );
  }
  const records = steps.map((step, index) => [stepKey(index + 1), toHex(encodePlainRecord(step))] as const);
  return g.model({ ...metadataOf(input, output), ...Object.fromEntries(records) });
}
