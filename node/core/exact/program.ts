import { concatBytes, intBytes, u32be } from '../codec/bytes.ts';
import { type Digest, fromHex, toHex } from '../codec/hex.ts';
import { sha256 as portable, type Sha256 } from '../codec/sha256.ts';
import { TAG } from '../merkle/leaf.ts';
import { listDigest, treeOfDigests } from '../merkle/list.ts';
import { tensorCommitment } from '../merkle/tensorCommitment.ts';
import { DTYPES, tensor } from '../tensor/tensor.ts';
import { encodeStep, type Step, type StepProof } from './step.ts';

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

/** A program as it is written down, nothing proven. */
export interface ProgramDraft {
  readonly input: ProgramInput;
  readonly steps: readonly Step[];
  readonly output: ProgramOutput;
}

/** A program that `proveProgram` accepted: the only kind that runs, has a root, or is written to a file. */
export interface Program extends ProgramDraft {
  readonly proofs: readonly StepProof[];
}

/** Version of the encodings in this file. */
const FORMAT = 2;
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
