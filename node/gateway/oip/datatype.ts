import { DTYPES, type DType } from '../../core/tensor/tensor.ts';

const BY_OIP: ReadonlyMap<string, DType> = new Map(
  (Object.keys(DTYPES) as DType[]).map((dtype) => [DTYPES[dtype].oip, dtype]),
);

/** Names that a client may write, for messages. */
export const OIP_DATATYPES = [...BY_OIP.keys()].join(', ');

/** The element type behind a datatype of the Open Inference Protocol v2; undefined for FP16, BF16, BYTES and nonsense. */
export const dtypeOfOip = (datatype: string): DType | undefined => BY_OIP.get(datatype);
