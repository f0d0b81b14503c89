import { concatBytes, intBytes, u32be } from '../codec/bytes.ts';
import { fromHex } from '../codec/hex.ts';
import { sha256 as portable, type Sha256 } from '../codec/sha256.ts';
import { invariant } from '../errors.ts';
import type { LeafBytes } from '../merkle/leaf.ts';
import { type CommittedTensor, commitTensor, type Layout } from '../merkle/tensorCommitment.ts';
import { DTYPES, elementCount, type Tensor } from '../tensor/tensor.ts';
import { ExactModelMalformed } from './errors.ts';
import { RANGE_CLASSES, type RangeClass } from './rangeClass.ts';

/** Codes of the step operators (docs/program.md). */
export const STEP_OPS = {
  QLINEAR: 1,
  QCONV2D: 2,
  MAXPOOL: 3,
  AVGPOOL: 4,
  QADD: 5,
  LUT: 6,
  GATHER: 7,
  CONCAT: 8,
  QMATMUL: 9,
  SOFTMAX: 10,
  LAYERNORM: 11,
  ARGMAX: 12,
} as const;
export type StepOp = keyof typeof STEP_OPS;

export const STEP_DTYPES = ['uint8', 'int8', 'int32'] as const;
export type StepDType = (typeof STEP_DTYPES)[number];

/** Number of attributes of every record. */
export const ATTRIBUTES = 16;
/** Bytes of a record, its tag not counted. */
export const RECORD_BYTES = 217;
/** Bytes of a record in front of the commitments of its constants. */
export const PLAIN_RECORD_BYTES = 153;
const NO_SOURCE = 0xffff_ffff;

/** One step as it is written down; what its fields mean is its kind's business (`kinds.ts`, docs/program.md). */
export interface Step {
  readonly op: StepOp;
  /** Absent where nothing is multiplied. */
  readonly rangeClass?: RangeClass;
  readonly sourceDtype: StepDType;
  readonly outDtype: StepDType;
  /** Dimensions of one output sample, 1 to 3; an image is [H, W, C]. */
  readonly outDims: readonly number[];
  /** One or two: 0 the program's input, j the output of step j. */
  readonly sources: readonly number[];
  /** 16 int64; unused ones are 0. */
  readonly attributes: readonly bigint[];
  readonly constants: readonly [Tensor | undefined, Tensor | undefined];
}

/** Attributes by position, the others 0. */
export function attributesOf(named: Readonly<Record<number, number | bigint>>): bigint[] {
  const all = new Array<bigint>(ATTRIBUTES).fill(0n);
  for (const [at, value] of Object.entries(named)) all[Number(at)] = BigInt(value);
  return all;
}

/** Attribute `at` of a step as a number; the prover has bounded it. */
export const attribute = (step: Step, at: number): number => Number(step.attributes[at]);

/** Positions of the constants of a requantisation. */
export const REQUANT = { shift: 10, offset: 11, lo: 12, hi: 13 } as const;

/** How the constants of a step are committed: activations and weights in leaves of 1024 bytes, pairs of 256. */
function constantLayout(step: Step, which: 0 | 1): { readonly layout: Layout; readonly leafBytes: LeafBytes } {
  if (which === 1) return { layout: 'channelPairs', leafBytes: 256 };
  return { layout: step.op === 'QLINEAR' || step.op === 'QCONV2D' ? 'outputMajor' : 'rowMajor', leafBytes: 1024 };
}

/** Constant `which` of the step with the tree that opens it. */
export function commitConstant(step: Step, which: 0 | 1, sha256: Sha256 = portable): CommittedTensor | undefined {
  const constant = step.constants[which];
  return constant === undefined ? undefined : commitTensor(constant, { ...constantLayout(step, which), sha256 });
}

/** The first 153 bytes of the record: everything but the constants. */
export function encodePlainRecord(step: Step): Uint8Array {
  const { op, rangeClass, sourceDtype, outDtype, outDims, sources, attributes } = step;
  invariant(attributes.length === ATTRIBUTES && sources.length >= 1 && sources.length <= 2, 'a step is well formed');
  return concatBytes(
    Uint8Array.of(
      STEP_OPS[op],
      rangeClass === undefined ? 0 : RANGE_CLASSES[rangeClass].code,
      DTYPES[sourceDtype].onnx,
      DTYPES[outDtype].onnx,
      outDims.length,
    ),
    ...[0, 1, 2].map((axis) => u32be(outDims[axis] ?? 0)),
    ...[0, 1].map((which) => u32be(sources[which] ?? NO_SOURCE)),
    ...attributes.map((value) => intBytes(value, 8)),
  );
}

/** 217 bytes, everything big-endian: docs/program.md. Twin: contracts/verifier. */
export function encodeStep(step: Step, sha256: Sha256 = portable): Uint8Array {
  const commitments = ([0, 1] as const).map((which) => {
    const constant = commitConstant(step, which, sha256);
    return constant === undefined ? new Uint8Array(32) : fromHex(constant.digest);
  });
  return concatBytes(encodePlainRecord(step), ...commitments);
}

/** A step read back from its plain record; its constants come from elsewhere. Nothing is proven. @throws {ExactModelMalformed} */
export function decodePlainRecord(bytes: Uint8Array, where: string): Step {
  const malformed = (why: string): ExactModelMalformed => new ExactModelMalformed(where, why);
  if (bytes.length !== PLAIN_RECORD_BYTES)
    throw malformed(`the record has ${bytes.length} bytes, not ${PLAIN_RECORD_BYTES}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const op = (Object.keys(STEP_OPS) as StepOp[]).find((name) => STEP_OPS[name] === bytes[0]);
  if (op === undefined) throw malformed(`step operator ${bytes[0]} is unknown`);
  const rangeClass = (Object.keys(RANGE_CLASSES) as RangeClass[]).find((name) => RANGE_CLASSES[name].code === bytes[1]);
  if (rangeClass === undefined && bytes[1] !== 0) throw malformed(`range class ${bytes[1]} is unknown`);
  const dtype = (code: number | undefined): StepDType => {
    const found = STEP_DTYPES.find((name) => DTYPES[name].onnx === code);
    if (found === undefined) throw malformed(`element type ${code} is not in use`);
    return found;
  };
  const rank = bytes[4]!;
  if (rank < 1 || rank > 3) throw malformed(`an output sample of rank ${rank}, expected 1 to 3`);
  const words = [0, 1, 2, 3, 4].map((at) => view.getUint32(5 + 4 * at));
  if (words.slice(rank, 3).some((word) => word !== 0)) throw malformed('a dimension beyond the rank is not 0');
  return {
    op,
    ...(rangeClass === undefined ? {} : { rangeClass }),
    sourceDtype: dtype(bytes[2]),
    outDtype: dtype(bytes[3]),
    outDims: words.slice(0, rank),
    sources: words[4] === NO_SOURCE ? [words[3]!] : [words[3]!, words[4]!],
    attributes: Array.from({ length: ATTRIBUTES }, (_, at) => view.getBigInt64(25 + 8 * at)),
    constants: [undefined, undefined],
  };
}

/** What is known of a value: every element of every row lies in lo..hi. */
export interface ValueFacts {
  readonly dtype: StepDType;
  /** Elements of one row. */
  readonly size: number;
  readonly lo: number;
  readonly hi: number;
}

/** What the prover found out about one step. */
export interface StepProof {
  readonly output: ValueFacts;
  /** Largest |acc| that any accepted input can cause, below 2^31; 0 where nothing is accumulated. */
  readonly accumulatorMax: number;
  /** Largest numerator of the requantisation, below 2^62; 0 where there is none. */
  readonly numeratorMax: bigint;
  /**
   * Pairs (or the one multiplier and addend) as numbers, when every value on the way, offset included, is below 2^53, so
   * that plain number arithmetic is exact; otherwise undefined.
   */
  readonly exactPairs?: Float64Array | undefined;
}

/** Operands of a step: 0 and 1 its sources (whole tensors, all rows), 2 and 3 its constants. */
export type Operand = 0 | 1 | 2 | 3;

/** `count` consecutive elements of an operand. */
export interface Read {
  readonly operand: Operand;
  readonly first: number;
  readonly count: number;
}

/** Value `index` of an operand; asked for elements inside `reads` only. Pairs are int64, everything else fits a number. */
export type Fetch = (operand: Operand, index: number) => number | bigint;

/** Elements of one output row. */
export const outSize = (step: Step): number => elementCount(step.outDims);
