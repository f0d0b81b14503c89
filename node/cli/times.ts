const UNITS = [
  [86_400n, 'd'],
  [3600n, 'h'],
  [60n, 'min'],
  [1n, 's'],
] as const;

/** A duration for people, two units at most: `1 d 3 h`, `29 min 58 s`, `0 s`. */
export function describeSeconds(seconds: bigint): string {
  let rest = seconds < 0n ? 0n : seconds;
  const parts: string[] = [];
  for (const [size, unit] of UNITS) {
    if (parts.length === 2) break;
    const count = rest / size;
    rest %= size;
    if (count > 0n) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
}

/** Unix seconds for people, in UTC; `-` for never. */
export const describeTime = (seconds: bigint): string =>
  seconds === 0n ? '-' : new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z');

/** Bytes for people, powers of 1024. */
export function describeBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return power === 0 ? `${bytes} B` : `${(bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
}
