import type { Wanted } from './negotiate.ts';

/** Our bytes for one CID and form never change, so the tag is strong. */
export const etagOf = (cid: string, wanted: Wanted): string =>
  wanted.format === 'raw' ? `"${cid}.raw"` : `"${wanted.scope}.${cid}.car.dfs.n"`;

/** Weak comparison of `If-None-Match` (RFC 9110, 13.1.2). */
export function isFresh(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
}
