import type { ReactNode } from 'react';
import { DTYPES } from '../../../node/core/tensor/tensor.ts';
import { formatNumber } from '../../lib/format.ts';
import type { Picture } from './picture.ts';

/** Bytes that a reader can take in; the leaf has 1,024. */
const SHOWN = 256;
const LEAF_BYTES = 1024;

/** The bytes the worker opened, with those of the disputed element marked when it lies in this leaf. */
export function LeafBytes({
  picture: { leaf, header },
  element,
}: {
  readonly picture: Picture;
  readonly element: bigint | undefined;
}): ReactNode {
  if (leaf === undefined) return null;
  const size = header === undefined ? 1 : DTYPES[header.dtype].bytes;
  // The last leaf is padded with zeros that belong to nothing.
  const whole = header === undefined ? leaf.data.length : header.dims.reduce((all, dim) => all * dim, size);
  const data = leaf.data.subarray(0, Math.max(0, whole - leaf.index * LEAF_BYTES));
  const start = element === undefined ? -1 : Number(element) * size - leaf.index * LEAF_BYTES;
  const offset = start < 0 || start >= data.length ? 0 : Math.max(0, Math.floor(start / 32) * 32 - 96);
  const shown = data.subarray(offset, offset + SHOWN);
  return (
    <figure className="mt-4">
      <figcaption className="mb-2 text-sm text-muted">
        Bytes {formatNumber(offset)} to {formatNumber(offset + shown.length - 1)} of leaf {formatNumber(leaf.index)}, as
        the worker opened them
      </figcaption>
      <code className="grid grid-cols-[repeat(auto-fill,minmax(1.5rem,1fr))] gap-px font-mono text-xs">
        {Array.from(shown, (byte, at) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: bytes are their positions
            key={at}
            className={
              offset + at >= start && offset + at < start + size && start >= 0
                ? 'bg-critical-soft text-center font-semibold text-critical'
                : byte === 0
                  ? 'text-center text-muted'
                  : 'text-center'
            }
          >
            {byte.toString(16).padStart(2, '0')}
          </span>
        ))}
      </code>
    </figure>
  );
}
