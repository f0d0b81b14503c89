/** A call's argument or a field of signed data as exact text: bytes and numbers whole, structs as JSON. */
export function showValue(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? '';
}
