import type { Digest } from '../codec/hex.ts';
import type { Sha256 } from '../codec/sha256.ts';
import { type MerklePath, pathOf } from '../merkle/proof.ts';
import { decodeHeader, encodeHeader, headerDigest, tensorCommitment } from '../merkle/tensorCommitment.ts';
import { byteLength, DTYPES, elementCount, type Tensor, tensor, tensorBytes } from '../tensor/tensor.ts';
import type { CommittedValue } from './programCommitment.ts';

/** One leaf of an input as it is made public; of a leaf that does not exist, the header alone. */
export interface InputLeaf {
  readonly leaf: number;
  readonly header: Uint8Array;
  readonly data: Uint8Array;
  readonly path: MerklePath;
}

export function inputLeaf({ tensor: input, committed }: CommittedValue, leaf: number): InputLeaf {
  const { header, tree } = committed;
  const encoded = encodeHeader(header);
  if (leaf >= header.leaves) return { leaf, header: encoded, data: new Uint8Array(0), path: [] };
  const data = new Uint8Array(header.leafBytes);
  data.set(tensorBytes(input).subarray(leaf * header.leafBytes, (leaf + 1) * header.leafBytes));
  return { leaf, header: encoded, data, path: pathOf(tree, leaf) };
}

/** Inputs that are put together out of leaves are not larger. */
const MAX_BYTES = 64 << 20;

/**
 * The input out of its public leaves; the numbers of those that are missing when there are some. Undefined: these are no
 * leaves of it, or it is larger than anybody reads.
 */
export function inputFromLeaves(
  leaves: readonly Pick<InputLeaf, 'leaf' | 'header' | 'data'>[],
  inputRoot: Digest,
  sha256: Sha256,
): { readonly input: Tensor } | { readonly missing: readonly number[] } | undefined {
  const first = leaves[0];
  if (first === undefined) return { missing: [0] };
  const header = decodeHeader(first.header);
  if (headerDigest(header, sha256) !== inputRoot) return undefined;
  const size = elementCount(header.dims) * DTYPES[header.dtype].bytes;
  if (size > MAX_BYTES) return undefined;
  const known = new Map(leaves.map(({ leaf, data }) => [leaf, data]));
  const missing = Array.from({ length: header.leaves }, (_, at) => at).filter((at) => !known.has(at));
  if (missing.length > 0) return { missing };
  const result = tensor(header.dtype, header.dims, DTYPES[header.dtype].make(elementCount(header.dims)));
  const bytes = new Uint8Array(result.data.buffer, result.data.byteOffset, byteLength(result));
  for (const [at, data] of known) {
    const from = at * header.leafBytes;
    if (from < size) bytes.set(data.subarray(0, size - from), from);
  }
  return tensorCommitment(result, { sha256 }) === inputRoot ? { input: result } : undefined;
}
