import { isAddress } from '../../../node/core/codec/hex.ts';

/** Where a typed block number, transaction hash or address is shown; undefined for anything else. */
export function placeOf(text: string): `/local/?${string}` | undefined {
  const wanted = text.trim();
  if (/^0x[0-9a-fA-F]{64}$/.test(wanted)) return `/local/?tx=${wanted.toLowerCase()}`;
  if (isAddress(wanted)) return `/local/?address=${wanted.toLowerCase()}`;
  if (/^\d{1,12}$/.test(wanted.replaceAll(',', ''))) return `/local/?block=${Number(wanted.replaceAll(',', ''))}`;
  return undefined;
}
