import type { FloatNode } from '../ir.ts';
import type { Quantization } from '../range.ts';

/** A node with what its integers, and those of its sources, mean. */
export interface Site {
  readonly node: FloatNode;
  readonly sources: readonly FloatNode[];
  readonly from: readonly Quantization[];
  readonly to: Quantization;
  /** int32 instead of bytes: scores, and what ArgMax reads. */
  readonly isWide: boolean;
}
