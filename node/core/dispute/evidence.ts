import { invariant } from '../errors.ts';
import type { Operand as OperandIndex, Read } from '../exact/step.ts';
import { STEP_KINDS } from '../exact/stepKinds.ts';
import { innerHash } from '../merkle/leaf.ts';
import { type MerklePath, pathOf } from '../merkle/proof.ts';
import { encodeHeader } from '../merkle/tensorCommitment.ts';
import { chunkReads } from './chunkReads.ts';
import { leafSpan, type Opening, openRange } from './opening.ts';
import type { CommittedValue } from './programCommitment.ts';
import { fetchOf, operandOf, stepOf, type TraceCommitment } from './traceCommitment.ts';

/** A preimage and its place in its list. These types are those of contracts/interfaces/IReferee.sol. */
export interface Member {
  /** A step record, a program header or a tensor header. */
  readonly data: Uint8Array;
  /** Empty where the digest is known otherwise (input, constants). */
  readonly path: MerklePath;
}
export interface Operand {
  readonly tensor: Member;
  readonly openings: readonly Opening[];
}
export interface ElementEvidence {
  readonly record: Member;
  readonly output: Operand;
  readonly operands: readonly Operand[];
}
export interface HeaderEvidence {
  readonly record: Member;
  readonly output: Member;
  /** Header of the input. */
  readonly input: Uint8Array;
  readonly sources: readonly Member[];
}
export interface InputEvidence {
  readonly program: Member;
  readonly input: Operand;
}

/**
 * Evidence is built from one's own trace, which may differ from the worker's at T_step and behind it. What is the worker's
 * there comes in `output`: the header of his T_step, its path in his trace, and his opened leaf. By default the trace at
 * hand is the worker's.
 */
export function elementEvidence(
  own: TraceCommitment,
  step: number,
  element: number,
  output: Operand = outputOperand(own, step, element),
): ElementEvidence {
  const kind = STEP_KINDS[stepOf(own, step).op];
  invariant(kind !== undefined, 'a proven step has a kind');
  return {
    record: recordOf(own, step),
    output,
    operands: operandsOf(own, step, kind.reads(stepOf(own, step), element), output),
  };
}

/** Evidence about chunk `chunk` of a long dot product. */
export function chunkEvidence(
  own: TraceCommitment,
  step: number,
  element: number,
  chunk: number,
  output: Operand = outputOperand(own, step, element),
): ElementEvidence {
  const operands = operandsOf(own, step, chunkReads(stepOf(own, step), element, chunk), output);
  return { record: recordOf(own, step), output: { ...output, openings: [] }, operands };
}

/** Evidence that partial sums do not give the element: its pair. */
export function partialsEvidence(
  own: TraceCommitment,
  step: number,
  element: number,
  output: Operand = outputOperand(own, step, element),
): ElementEvidence {
  const reads = STEP_KINDS[stepOf(own, step).op]!.reads(stepOf(own, step), element);
  const pairs = reads.filter(({ operand }) => operand === 3);
  return { record: recordOf(own, step), output, operands: operandsOf(own, step, pairs, output) };
}

/** Evidence about the header of T_step; with `sources` also about the records of what the step reads. */
export function headerEvidence(
  own: TraceCommitment,
  step: number,
  output: Member = outputOperand(own, step).tensor,
  withSources = false,
): HeaderEvidence {
  const { sources } = stepOf(own, step);
  return {
    record: recordOf(own, step),
    output,
    input: encodeHeader(own.values[0]!.committed.header),
    sources: withSources ? sources.map((source) => recordOf(own, source)) : [],
  };
}

/** Evidence about the input, and about one element of it. */
export function inputEvidence(own: TraceCommitment, element?: number): InputEvidence {
  const { tensor, committed } = own.values[0]!;
  const openings = element === undefined ? [] : [openRange(tensor, committed, element, 1)];
  return { program: recordOf(own, 0), input: { tensor: headerMember(own.values[0]!, []), openings } };
}

/** ps[0..m] of an element; undefined when its sum is not split. */
export function partialSums(own: TraceCommitment, step: number, element: number): bigint[] | undefined {
  const record = stepOf(own, step);
  const sums = STEP_KINDS[record.op]!.chunkSums?.(record, element, fetchOf(own, step));
  if (sums === undefined) return undefined;
  const partials = [0n];
  for (const sum of sums) partials.push(partials.at(-1)! + sum);
  return partials;
}

/** T_step as it lies in the trace at hand, with the leaf of one element. */
export function outputOperand(own: TraceCommitment, step: number, element?: number): Operand {
  const value = own.values[step]!;
  const openings = element === undefined ? [] : [openRange(value.tensor, value.committed, element, 1)];
  return { tensor: headerMember(value, pathOf(own.tree, step - 1)), openings };
}

/** Member `index` of the program: its header (0) or a step record. */
const recordOf = ({ program }: TraceCommitment, index: number): Member => ({
  data: program.records[index]!,
  path: pathOf(program.tree, index),
});

const headerMember = ({ committed }: CommittedValue, path: MerklePath): Member => ({
  data: encodeHeader(committed.header),
  path,
});

/** One operand for each that is read, with one opening for each range. */
function operandsOf(own: TraceCommitment, step: number, reads: readonly Read[], output: Operand): Operand[] {
  const indices = [...new Set(reads.map(({ operand }) => operand))];
  return indices.map((index) => {
    const value = operandOf(own, step, index);
    const openings = openRanges(
      value,
      reads.filter(({ operand }) => operand === index),
    );
    return { tensor: headerMember(value, sourcePath(own, step, index, output.tensor)), openings };
  });
}

/** One opening for each range; one that lies inside the leaves of the one before is empty. */
function openRanges({ tensor, committed }: CommittedValue, reads: readonly Read[]): Opening[] {
  let [from, to] = [1, 0];
  return reads.map(({ first, count }) => {
    const span = leafSpan(committed.header, first, count);
    if (span.first >= from && span.last <= to) return { leaves: new Uint8Array(0), siblings: [] };
    [from, to] = [span.first, span.last];
    return openRange(tensor, committed, first, count);
  });
}

/**
 * Path of a source in the worker's trace. Left of T_step his trace is one's own; the path joins that of T_step where the two
 * meet, and there the sibling is the node above T_step.
 */
function sourcePath(own: TraceCommitment, step: number, operand: OperandIndex, output: Member): MerklePath {
  const source = stepOf(own, step).sources[operand];
  if (operand > 1 || source === undefined || source === 0) return [];
  const [index, target] = [source - 1, step - 1];
  let node = own.program.sha256(Uint8Array.of(3, ...output.data));
  return pathOf(own.tree, index).map((sibling, level) => {
    const isBelow = index >>> (level + 1) !== target >>> (level + 1);
    const isMeeting = !isBelow && index >>> level !== target >>> level;
    const above = output.path[level]!;
    const found = isBelow ? sibling : isMeeting ? node : above;
    node =
      (target >>> level) % 2 === 1
        ? innerHash(above, node, own.program.sha256)
        : innerHash(node, above, own.program.sha256);
    return found;
  });
}
