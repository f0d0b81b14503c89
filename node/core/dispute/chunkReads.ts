import { invariant } from '../errors.ts';
import { attribute, type Read, type Step } from '../exact/step.ts';
import { STEP_KINDS } from '../exact/stepKinds.ts';
import { CHUNK } from '../exact/steps/qlinear.ts';
import { placeOf, windowOf } from '../exact/steps/window.ts';

/** What the referee reads for chunk `chunk` of the sum of an element (docs/program.md, "Long dot products"). */
export function chunkReads(step: Step, element: number, chunk: number): Read[] {
  const reads = STEP_KINDS[step.op]!.reads(step, element).filter(({ operand }) => operand !== 3);
  if (step.op === 'QLINEAR' || step.op === 'QMATMUL') {
    return reads.map(({ operand, first, count }) => {
      const from = chunk * CHUNK;
      return { operand, first: first + from, count: Math.min(CHUNK, count - from) };
    });
  }
  invariant(step.op === 'QCONV2D' || step.op === 'AVGPOOL', `${step.op} has partial sums`);
  const w = windowOf(step);
  const { fromY, toY } = placeOf(w, step.outDims[2]!, element);
  if (chunk < fromY || chunk >= toY) return [];
  const source = reads.filter(({ operand }) => operand === 0)[chunk - fromY]!;
  const line = w.kernelWidth * (step.op === 'QCONV2D' ? w.channels / attribute(step, 9) : 1);
  const weights = reads
    .filter(({ operand }) => operand === 2)
    .map(({ operand, first }) => ({ operand, first: first + chunk * line, count: line }));
  return [source, ...weights];
}
