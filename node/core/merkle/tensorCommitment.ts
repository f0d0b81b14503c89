import { bytesToUint, concatBytes } from '../codec/bytes.ts';
import { type Digest, toHex } from '../codec/hex.ts';
import { sha256 as portable, type Sha256 } from '../codec/sha256.ts';
import { type Complaint, invariant, ProtocolError } from '../errors.ts';
import { DTYPES, type DType, type Tensor, tensorBytes } from '../tensor/tensor.ts';
import { DIGEST_BYTES, LEAF_BYTES, type LeafBytes, TAG } from './leaf.ts';
import { MAX_LEAVES, type MerkleTree, rootOf, treeOfBytes } from './tree.ts';

/**
 * Order of the elements under the tree.
 * 0 rowMajor: activations, channels last (NHWC). 1 outputMajor: MatMul weights as [N, K], so that the weights of one
 * output element are contiguous. 2 channelPairs: requantisation constants [N, 2], (multiplier, addend) of a channel.
 */
export const LAYOUTS = { rowMajor: 0, outputMajor: 1, channelPairs: 2 } as const;
export type Layout = keyof typeof LAYOUTS;

/** What T commits to, apart from the elements themselves. */
export interface TensorHeader {
  readonly dtype: DType;
  readonly layout: Layout;
  /** 1 to 4 dimensions, each 1 .. 2^32 - 1. */
  readonly dims: readonly number[];
  readonly leafBytes: LeafBytes;
  /** ceil(bytes / leafBytes): redundant, and therefore checked. */
  readonly leaves: number;
  readonly root: Uint8Array;
}

/** Bytes of an encoded header, tag not counted. */
export const HEADER_BYTES = 59;
const MAX_RANK = 4;

/** A tensor, or header bytes, that T cannot commit to. */
export class CommitmentRefused extends ProtocolError {
  override readonly code = 'COMMITMENT_REFUSED';
  constructor(why: string, meta: NonNullable<Complaint['meta']> = {}) {
    super({
      what: 'No tensor commitment',
      why,
      fix: 'Use a tensor of 1 to 4 dimensions, none of them 0, and a header of 59 canonical bytes.',
      meta,
    });
  }
}

export interface CommitmentOptions {
  /** @default 'rowMajor' */
  readonly layout?: Layout;
  /** @default 1024 */
  readonly leafBytes?: LeafBytes;
  /** @default the portable one */
  readonly sha256?: Sha256;
}

/** A tensor with the tree that opens any part of its commitment. */
export interface CommittedTensor {
  readonly header: TensorHeader;
  readonly tree: MerkleTree;
  readonly digest: Digest;
}

/** @throws {CommitmentRefused} */
export function commitTensor(t: Tensor, options: CommitmentOptions = {}): CommittedTensor {
  const { layout = 'rowMajor', leafBytes = 1024, sha256 = portable } = options;
  checkDims(t.dims);
  const tree = treeOfBytes(tensorBytes(t), leafBytes, sha256);
  const header = { dtype: t.dtype, layout, dims: t.dims, leafBytes, leaves: tree.count, root: rootOf(tree) };
  return { header, tree, digest: headerDigest(header, sha256) };
}

/**
 * The tensor commitment T (verification.md 3.2): the identity of an input or an output in receipts, jobs and disputes.
 * @throws {CommitmentRefused} for rank 0 or above 4, or an empty tensor
 */
export const tensorCommitment = (t: Tensor, options?: CommitmentOptions): Digest => commitTensor(t, options).digest;

/** `T = sha256(0x03 || header)`. */
export const headerDigest = (header: TensorHeader, sha256: Sha256 = portable): Digest =>
  toHex(sha256(concatBytes(Uint8Array.of(TAG.tensor), encodeHeader(header)))) as Digest;

/**
 * 59 bytes: dtype (1, ONNX TensorProto.DataType), layout (1), rank (1), dims (4 x uint32 BE, unused ones 0),
 * leafBytes (uint32 BE), leaves (uint32 BE), root (32).
 */
export function encodeHeader({ dtype, layout, dims, leafBytes, leaves, root }: TensorHeader): Uint8Array {
  invariant(root.length === DIGEST_BYTES, 'a root has 32 bytes');
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = DTYPES[dtype].onnx;
  bytes[1] = LAYOUTS[layout];
  bytes[2] = dims.length;
  for (let axis = 0; axis < dims.length; axis++) view.setUint32(3 + 4 * axis, dims[axis]!);
  view.setUint32(19, leafBytes);
  view.setUint32(23, leaves);
  bytes.set(root, 27);
  return bytes;
}

/** Reads hostile header bytes; accepts the one canonical form only. @throws {CommitmentRefused} */
export function decodeHeader(bytes: Uint8Array): TensorHeader {
  if (bytes.length !== HEADER_BYTES)
    throw new CommitmentRefused(`the header has ${bytes.length} bytes, not ${HEADER_BYTES}`);
  const [code, layoutCode, rank] = bytes;
  const dtype = (Object.keys(DTYPES) as DType[]).find((name) => DTYPES[name].onnx === code);
  const layout = (Object.keys(LAYOUTS) as Layout[]).find((name) => LAYOUTS[name] === layoutCode);
  if (dtype === undefined) throw new CommitmentRefused(`element type ${code} is unknown`);
  if (layout === undefined) throw new CommitmentRefused(`layout ${layoutCode} is unknown`);
  const words = Array.from({ length: 6 }, (_, i) => Number(bytesToUint(bytes.subarray(3 + 4 * i, 7 + 4 * i))));
  const dims = words.slice(0, rank);
  checkDims(dims);
  if (words.slice(rank, MAX_RANK).some((dim) => dim !== 0))
    throw new CommitmentRefused('a dimension beyond the rank is not 0');
  const leafBytes = LEAF_BYTES.find((size) => size === words[4]);
  if (leafBytes === undefined) throw new CommitmentRefused(`leaves of ${words[4]} bytes are not in use`);
  const leaves = leavesOf(dtype, dims, leafBytes);
  if (words[5] !== leaves) throw new CommitmentRefused(`it names ${words[5]} leaves, its shape needs ${leaves}`);
  return { dtype, layout, dims, leafBytes, leaves, root: bytes.slice(27) };
}

function checkDims(dims: readonly number[]): void {
  if (dims.length < 1 || dims.length > MAX_RANK) {
    throw new CommitmentRefused(`rank ${dims.length} is outside 1..${MAX_RANK}`, { dims });
  }
  const wrong = dims.find((dim) => !Number.isSafeInteger(dim) || dim < 1 || dim > MAX_LEAVES);
  if (wrong !== undefined) throw new CommitmentRefused(`dimension ${wrong} is outside 1..${MAX_LEAVES}`, { dims });
}

function leavesOf(dtype: DType, dims: readonly number[], leafBytes: LeafBytes): number {
  const bytes = dims.reduce((product, dim) => product * BigInt(dim), BigInt(DTYPES[dtype].bytes));
  const leaves = (bytes + BigInt(leafBytes) - 1n) / BigInt(leafBytes);
  if (leaves > BigInt(MAX_LEAVES)) throw new CommitmentRefused(`${leaves} leaves do not fit uint32`, { dims });
  return Number(leaves);
}
