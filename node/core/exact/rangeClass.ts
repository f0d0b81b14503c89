/**
 * Operand ranges within which stock onnxruntime integer kernels give equal bits on every CPU (verification.md 3.1,
 * measured on six targets). Outside them AVX2 without VNNI saturates pairs of products to int16, and ARM64 without
 * dot-product instructions wraps them.
 */
export const RANGE_CLASSES = {
  /** Any bytes, any zero points. */
  U8U8: { code: 1, input: { dtype: 'uint8', lo: 0, hi: 255 }, weight: { dtype: 'uint8', lo: 0, hi: 255 } },
  /** The fast one for MatMul on x64. */
  U7S8: { code: 2, input: { dtype: 'uint8', lo: 0, hi: 127 }, weight: { dtype: 'int8', lo: -127, hi: 127 } },
  S8S8: { code: 3, input: { dtype: 'int8', lo: -127, hi: 127 }, weight: { dtype: 'int8', lo: -127, hi: 127 } },
} as const;
export type RangeClass = keyof typeof RANGE_CLASSES;
