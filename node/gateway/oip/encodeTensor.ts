import { DTYPES, type Tensor } from '../../core/tensor/tensor.ts';

const isFloat = (t: Tensor): t is Tensor<'float32' | 'float64'> => t.dtype === 'float32' || t.dtype === 'float64';

/** True when plain number formatting loses a value: JSON has no NaN and no infinity, and `String(-0)` is "0". */
function needsCare(data: Float32Array | Float64Array): boolean {
  for (const value of data) if (!Number.isFinite(value) || Object.is(value, -0)) return true;
  return false;
}

const careful = (value: number): string =>
  Number.isFinite(value) ? (Object.is(value, -0) ? '-0' : String(value)) : 'null';

/**
 * The values as JSON text without the brackets, flat and row-major. Every finite number reads back to the same bits;
 * NaN and infinities become `null`, as in other servers, because JSON has no such numbers (ask for binary data).
 * 64-bit integers are written with all digits.
 */
function valuesText(t: Tensor): string {
  if (t.dtype === 'bool') return Array.from(t.data as Uint8Array, (value) => value !== 0).join(',');
  if (isFloat(t) && needsCare(t.data)) return Array.from(t.data, careful).join(',');
  return t.data.join(',');
}

const headText = (name: string, t: Tensor): string =>
  `{"name":${JSON.stringify(name)},"shape":[${t.dims.join(',')}],"datatype":"${DTYPES[t.dtype].oip}"`;

/** A $response_output object with its values. */
export const jsonOutput = (name: string, t: Tensor): string => `${headText(name, t)},"data":[${valuesText(t)}]}`;

/** A $response_output object whose `byteLength` bytes follow the JSON part. */
export const binaryOutput = (name: string, t: Tensor): string =>
  `${headText(name, t)},"parameters":{"binary_data_size":${t.data.byteLength}}}`;
