import { equalBytes } from '../codec/bytes.ts';
import { sha256 as portable, type Sha256 } from '../codec/sha256.ts';
import { invariant } from '../errors.ts';
import { innerHash, leafHash } from '../merkle/leaf.ts';
import type { MerklePath } from '../merkle/proof.ts';
import type { CommittedTensor, TensorHeader } from '../merkle/tensorCommitment.ts';
import { nodeAt, ZERO_SUBTREES } from '../merkle/tree.ts';
import { DTYPES, type Tensor, tensorBytes } from '../tensor/tensor.ts';

/** Neighbouring leaves that hold one range of elements: docs/program.md, "Opening". Twin: contracts/verifier/OpeningProof.sol. */
export interface Opening {
  /** Whole leaves, the last one of the tensor zero padded. */
  readonly leaves: Uint8Array;
  /** From the leaf level upward, left before right; what covers padding only is not sent. */
  readonly siblings: readonly Uint8Array[];
}

/** First and last leaf of a range, both included. */
export interface LeafSpan {
  readonly first: number;
  readonly last: number;
}

/** The leaves that hold `count` elements from `first` on. */
export function leafSpan(header: Pick<TensorHeader, 'dtype' | 'leafBytes'>, first: number, count: number): LeafSpan {
  const width = DTYPES[header.dtype].bytes;
  const leafOf = (byte: number): number => Math.floor(byte / header.leafBytes);
  return { first: leafOf(first * width), last: leafOf((first + count) * width - 1) };
}

/** A sibling of a span: its place in the tree, and whether the opening must bring it. */
interface Sibling {
  readonly level: number;
  readonly index: number;
  readonly isPadding: boolean;
}

/** Siblings in the order of the opening, the implied ones of padding among them. */
function siblingsOf({ first, last }: LeafSpan, count: number): Sibling[] {
  const all: Sibling[] = [];
  let [from, to] = [first, last];
  for (let level = 0; 2 ** level < count; level++) {
    if (from % 2 === 1) all.push({ level, index: --from, isPadding: false });
    if (to % 2 === 0) all.push({ level, index: ++to, isPadding: to * 2 ** level >= count });
    [from, to] = [from / 2, (to - 1) / 2];
  }
  return all;
}

/**
 * Opens `count` elements from `first` on; the range lies inside the tensor.
 * @param tensor what `committed` commits to
 */
export function openRange(tensor: Tensor, committed: CommittedTensor, first: number, count: number): Opening {
  const { header, tree } = committed;
  invariant(first >= 0 && count >= 1 && first + count <= tensor.data.length, 'the range lies inside the tensor');
  const span = leafSpan(header, first, count);
  const leaves = new Uint8Array((span.last - span.first + 1) * header.leafBytes);
  leaves.set(tensorBytes(tensor).subarray(span.first * header.leafBytes, (span.last + 1) * header.leafBytes));
  const siblings = siblingsOf(span, tree.count)
    .filter(({ isPadding }) => !isPadding)
    .map(({ level, index }) => nodeAt(tree, level, index));
  return { leaves, siblings };
}

/**
 * The opening of one leaf whose full path is known, as a game shows it.
 * @param data the whole leaf, zero padded
 * @param path as of {@link pathOf}, padding included
 * @param count leaves of the tensor
 */
export function openingOfLeaf(data: Uint8Array, index: number, count: number, path: MerklePath): Opening {
  const places = siblingsOf({ first: index, last: index }, count);
  return { leaves: data, siblings: path.filter((_, level) => places[level]?.isPadding === false) };
}

/**
 * Whether the opening shows these elements of the tensor with this header, padding zero. Total: anything malformed
 * answers false.
 */
export function isOpening(
  header: TensorHeader,
  first: number,
  count: number,
  { leaves, siblings }: Opening,
  sha256: Sha256 = portable,
): boolean {
  const { leafBytes, dims, dtype } = header;
  const bytes = dims.reduce((product, dim) => product * dim, DTYPES[dtype].bytes);
  const elements = bytes / DTYPES[dtype].bytes;
  if (!Number.isSafeInteger(first) || first < 0 || count < 1 || first + count > elements) return false;
  const span = leafSpan(header, first, count);
  if (leaves.length !== (span.last - span.first + 1) * leafBytes || siblings.some(({ length }) => length !== 32))
    return false;
  const from = span.first * leafBytes;
  if (leaves.subarray(Math.max(0, bytes - from)).some((byte) => byte !== 0)) return false;
  const root = climb(header.leaves, span, leafDigests(leaves, header, sha256), siblings, sha256);
  return root !== undefined && equalBytes(root, header.root);
}

function leafDigests(leaves: Uint8Array, { leafBytes }: TensorHeader, sha256: Sha256): Uint8Array[] {
  return Array.from({ length: leaves.length / leafBytes }, (_, at) =>
    leafHash(leaves.subarray(at * leafBytes, (at + 1) * leafBytes), leafBytes, sha256),
  );
}

/** Root above the span; undefined when there are too many siblings or too few. */
function climb(
  count: number,
  span: LeafSpan,
  digests: readonly Uint8Array[],
  siblings: readonly Uint8Array[],
  sha256: Sha256,
): Uint8Array | undefined {
  const places = siblingsOf(span, count);
  if (places.filter(({ isPadding }) => !isPadding).length !== siblings.length) return undefined;
  let row = [...digests];
  let used = 0;
  for (let [level, first] = [0, span.first]; 2 ** level < count; level++, first = Math.floor(first / 2)) {
    for (const { index, isPadding } of places.filter((place) => place.level === level)) {
      const digest = isPadding ? ZERO_SUBTREES[level]! : siblings[used++]!;
      row = index < first ? [digest, ...row] : [...row, digest];
    }
    row = Array.from({ length: row.length / 2 }, (_, at) => innerHash(row[2 * at]!, row[2 * at + 1]!, sha256));
  }
  return row[0];
}
