import { concatBytes, intBytes, u32be } from '../codec/bytes.ts';
import { type Digest, fromHex, toHex } from '../codec/hex.ts';
import { sha256 as portable, type Sha256 } from '../codec/sha256.ts';
import { TAG } from '../merkle/leaf.ts';
import { listDigest, treeOfDigests } from '../merkle/list.ts';
import { tensorCommitment } from '../merkle/tensorCommitment.ts';
import { DTYPES, type Tensor, tensor } from '../tensor/tensor.ts';
import { RANGE_CLASSES, type RangeClass } from './rangeClass.ts';

/**
 * Integers the program reads, every one in lo..hi. Element k of a sample stands for
 * `scale[k] * (q - zeroPoint) + offset[k]`; lists of length 1 hold for all elements.
 */
export interface ProgramInput {
  readonly name: string;
  readonly dtype: 'uint8' | 'int8';
  /** Dimensions of one sample, 1 to 3; the tensor of a claim is [rows, ...dims]. */
  readonly dims: readonly number[];
  readonly lo: number;
  readonly hi: number;
  readonly zeroPoint: number;
  readonly scale: readonly number[];
  readonly offset: readonly number[];
}

/** What a client does to decoded outputs; it is monotone, so it is not part of the exact program. */
export const ACTIVATIONS = ['none', 'softmax', 'logSoftmax'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** Meaning of the last step's integers: `scale * (q - zeroPoint)`, then `activation`. */
export interface ProgramOutput {
  readonly name: string;
  readonly scale: number;
  readonly zeroPoint: number;
  readonly activation: Activation;
  /** One per output channel, or absent. */
  readonly labels?: readonly string[];
}

/**
 * MatMulInteger and its requantisation as one step. For row r and output channel n:
 *
 *     acc = sum over k of (x[r, k] - inputZeroPoint) * (weight[n, k] - weightZeroPoint)
 *     y[r, n] = clip(floor((acc * multiplier[n] + addend[n]) / 2^shift) - offset, lo, hi)
 *
 * which is verification.md 3.3 with its constants folded as in the ONNX graph: addend = bias * multiplier + 2^(shift - 1)
 * + B * 2^shift and offset = B - zo. Only the folded constants can be read back from a graph, and only they matter.
 */
export interface QLinearStep {
  readonly op: 'QLINEAR';
  readonly rangeClass: RangeClass;
  /** 0: the program's input; j: the output of step j, counted from 1. */
  readonly source: number;
  /** Dot product length K: the number of elements of one sample of the source, whatever its shape. */
  readonly k: number;
  /** Output channels N. */
  readonly n: number;
  /** [N, K]: output-major, so that the weights of one output element are contiguous. */
  readonly weight: Tensor<'int8' | 'uint8'>;
  readonly inputZeroPoint: number;
  readonly weightZeroPoint: number;
  /** [N, 2]: (multiplier, addend) of each output channel. */
  readonly pairs: Tensor<'int64'>;
  readonly shift: number;
  readonly offset: bigint;
  readonly lo: number;
  readonly hi: number;
  readonly outDtype: 'uint8' | 'int8' | 'int32';
}

export type Step = QLinearStep;

/** A program as it is written down, nothing proven. */
export interface ProgramDraft {
  readonly input: ProgramInput;
  readonly steps: readonly Step[];
  readonly output: ProgramOutput;
}

/** What the prover found out about one step. */
export interface StepProof {
  /** Largest |acc| that any accepted input can cause, below 2^31. */
  readonly accumulatorMax: number;
  /** Largest numerator acc * multiplier + addend, below 2^62. */
  readonly numeratorMax: bigint;
  /**
   * The pairs as numbers, when every value on the way (offset included) is below 2^53, so that plain number arithmetic
   * is exact; otherwise undefined.
   */
  readonly exactPairs: Float64Array | undefined;
}

/** A program that `proveProgram` accepted: the only kind that runs, has a root, or is written to a file. */
export interface Program extends ProgramDraft {
  readonly proofs: readonly StepProof[];
}

/** Version of the encodings in this file. */
const FORMAT = 1;
const OP_QLINEAR = 1;
/** Leaf size of the tensor commitments that claims about the program use. */
const TRACE_LEAF_BYTES = 1024;

const i32 = (value: number): Uint8Array => intBytes(BigInt(value), 4);
const u8 = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

function f64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}

/**
 * 79 bytes: format (1), input dtype (1), rank of a sample (1), dims (3 x uint32, unused ones 0), lo, hi and zero point
 * of the input (int32), T of its (scale, offset) pairs (32, float64 [1 or elements, 2], channelPairs), output scale
 * (float64), output zero point (int32), leaf bytes of the trace (uint32), number of steps (uint32). Everything
 * big-endian. Names, labels and the client's activation are not in it.
 */
export function encodeProgramHeader({ input, steps, output }: Program, sha256: Sha256 = portable): Uint8Array {
  const units = Float64Array.from(input.scale.flatMap((scale, k) => [scale, input.offset[k]!]));
  const unitTensor = tensor('float64', [input.scale.length, 2], units);
  return concatBytes(
    u8(FORMAT, DTYPES[input.dtype].onnx, input.dims.length),
    ...[0, 1, 2].map((axis) => u32be(input.dims[axis] ?? 0)),
    i32(input.lo),
    i32(input.hi),
    i32(input.zeroPoint),
    fromHex(tensorCommitment(unitTensor, { layout: 'channelPairs', sha256 })),
    f64(output.scale),
    i32(output.zeroPoint),
    u32be(TRACE_LEAF_BYTES),
    u32be(steps.length),
  );
}

/**
 * 108 bytes: op (1) = 1, range class (1), input dtype (1), output dtype (1), source, K, N (uint32), input and weight zero
 * point (int32), shift (uint32), offset (int64), lo, hi (int32), T of the weights (32, [N, K], outputMajor), T of the
 * pairs (32, [N, 2], channelPairs). Everything big-endian. Twin: contracts/verifier.
 */
export function encodeStep(step: QLinearStep, sha256: Sha256 = portable): Uint8Array {
  const range = RANGE_CLASSES[step.rangeClass];
  return concatBytes(
    u8(OP_QLINEAR, range.code, DTYPES[range.input.dtype].onnx, DTYPES[step.outDtype].onnx),
    u32be(step.source),
    u32be(step.k),
    u32be(step.n),
    i32(step.inputZeroPoint),
    i32(step.weightZeroPoint),
    u32be(step.shift),
    intBytes(step.offset, 8),
    i32(step.lo),
    i32(step.hi),
    fromHex(tensorCommitment(step.weight, { layout: 'outputMajor', sha256 })),
    fromHex(tensorCommitment(step.pairs, { layout: 'channelPairs', sha256 })),
  );
}

/** Digests of the program's list: the header's `sha256(0x05 || header)`, then `sha256(0x04 || step)` of each step. */
export function programDigests(program: Program, sha256: Sha256 = portable): Digest[] {
  const tagged = (tag: number, bytes: Uint8Array): Digest => toHex(sha256(concatBytes(u8(tag), bytes))) as Digest;
  return [
    tagged(TAG.program, encodeProgramHeader(program, sha256)),
    ...program.steps.map((step) => tagged(TAG.step, encodeStep(step, sha256))),
  ];
}

/** What the registry stores of a version: the list digest of {@link programDigests}, so step j is member j of n + 1. */
export const programRoot = (program: Program, sha256: Sha256 = portable): Digest =>
  listDigest(treeOfDigests(programDigests(program, sha256), sha256), sha256);
