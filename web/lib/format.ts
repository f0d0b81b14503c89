/** The only place where numbers, amounts and times become text. Everything goes through Intl in the reader's language. */

const WEI_PER_ASSAY = 10n ** 18n;
/** The dApp is written in English; digits and dates follow English as well, so that a page reads as one. */
const LOCALE = 'en-GB';

const toBigInt = (value: bigint | string | number): bigint => (typeof value === 'bigint' ? value : BigInt(value));

/** Splits wei into the sign, whole tokens and 18 decimals. */
function partsOf(wei: bigint): { sign: string; whole: bigint; decimals: string } {
  const size = wei < 0n ? -wei : wei;
  return {
    sign: wei < 0n ? '−' : '',
    whole: size / WEI_PER_ASSAY,
    decimals: String(size % WEI_PER_ASSAY).padStart(18, '0'),
  };
}

/** All 18 decimals, without trailing zeros and without the unit: nothing is rounded. */
export function formatAssayExact(wei: bigint | string): string {
  const { sign, whole, decimals } = partsOf(toBigInt(wei));
  const tail = decimals.replace(/0+$/, '');
  return `${sign}${new Intl.NumberFormat(LOCALE).format(whole)}${tail === '' ? '' : `.${tail}`}`;
}

/**
 * Wei as a short amount, rounded down: two decimals from 100 on, four from 1 on, below that three significant digits.
 * An amount that is not zero is never shown as zero.
 */
export function formatAssay(wei: bigint | string, options: { readonly unit?: boolean } = {}): string {
  const { sign, whole, decimals } = partsOf(toBigInt(wei));
  const unit = options.unit === false ? '' : ' ASSAY';
  const firstDigit = decimals.search(/[1-9]/);
  const kept = whole >= 100n ? 2 : whole > 0n ? 4 : firstDigit === -1 ? 0 : firstDigit + 3;
  if (whole === 0n && firstDigit >= 9) return `${sign}<0.000000001${unit}`;
  const tail = decimals.slice(0, kept).replace(/0+$/, '');
  return `${sign}${new Intl.NumberFormat(LOCALE).format(whole)}${tail === '' ? '' : `.${tail}`}${unit}`;
}

/**
 * An amount typed by a person, in tokens, as wei; undefined when it is no amount with at most 18 decimals. Commas may only
 * group thousands, as these pages write them: `1,5` is refused, because half of the world means one and a half by it.
 */
export function parseAssay(text: string): bigint | undefined {
  const match = /^\s*(\d{1,30}|\d{1,3}(?:,\d{3}){1,9})(?:\.(\d{0,18}))?\s*$/.exec(text);
  if (match === null) return undefined;
  return BigInt(match[1]!.replaceAll(',', '')) * WEI_PER_ASSAY + BigInt((match[2] ?? '').padEnd(18, '0'));
}

/** A count, grouped; numbers above 2^53 stay exact as bigint or decimal text. */
export function formatNumber(value: number | bigint | string, digits = 0): string {
  const number = typeof value === 'string' ? (/^-?\d+$/.test(value) ? BigInt(value) : Number(value)) : value;
  return new Intl.NumberFormat(LOCALE, { maximumFractionDigits: digits }).format(number);
}

/** 0.875 as `87.5 %`. A share that is not zero is never shown as zero. */
export const formatPercent = (share: number, digits = 1): string =>
  Number.isFinite(share)
    ? share > 0 && share * 100 < 10 ** -digits / 2
      ? `<${10 ** -digits} %`
      : `${new Intl.NumberFormat(LOCALE, { maximumFractionDigits: digits }).format(share * 100)} %`
    : 'unknown';

/** Bytes in units of 1,000. */
export function formatBytes(bytes: number | bigint | string): string {
  let size = Number(bytes);
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (size < 1000 || unit === 'GB') return `${formatNumber(size, size < 10 && unit !== 'B' ? 1 : 0)} ${unit}`;
    size /= 1000;
  }
  return `${size} B`;
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A span of time in its two largest units: `2 days 3 hours`. */
export function formatDuration(seconds: number | bigint | string): string {
  let rest = Math.max(0, Math.floor(Number(seconds)));
  const said: string[] = [];
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) said.push(`${formatNumber(count)} ${name}${count === 1 ? '' : 's'}`);
    else if (said.length > 0) break;
    if (said.length === 2) break;
  }
  return said.length === 0 ? '0 seconds' : said.join(' ');
}

/** Strangers sign and send times of 64 bits and more; a date beyond those that there are would be thrown, not shown. */
function dateText(unixSeconds: number | bigint | string, style: Intl.DateTimeFormatOptions): string {
  const date = new Date(Number(unixSeconds) * 1000);
  return Number.isNaN(date.getTime()) ? 'no possible date' : new Intl.DateTimeFormat(LOCALE, style).format(date);
}

/** As `<time>` has it; undefined for a date that cannot be. */
export function isoTime(unixSeconds: number | bigint | string): string | undefined {
  const date = new Date(Number(unixSeconds) * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** Date and time in the reader's time zone. */
export const formatTime = (unixSeconds: number | bigint | string): string =>
  dateText(unixSeconds, { dateStyle: 'medium', timeStyle: 'short' });

export const formatDate = (unixSeconds: number | bigint | string): string =>
  dateText(unixSeconds, { dateStyle: 'medium' });

/** `3 minutes ago`, `in 2 days`: both in Unix seconds. */
export function formatAgo(unixSeconds: number | bigint | string, nowSeconds: number): string {
  const distance = Number(unixSeconds) - nowSeconds;
  const [name, size] = UNITS.find(([, length]) => Math.abs(distance) >= length) ?? UNITS[3];
  const whole = Math.trunc(distance / size);
  return new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' }).format(whole, name);
}

/** `0x1234…cdef`; text that is short already stays. */
export function shortHex(hex: string, head = 6, tail = 4): string {
  return hex.length <= head + tail + 1 ? hex : `${hex.slice(0, head)}…${hex.slice(-tail)}`;
}

/** Wei of the chain's own coin. */
export const formatEther = (wei: bigint | string): string => `${formatAssay(wei, { unit: false })} ETH`;
