import { type Digest, fromHex } from '../codec/hex.ts';
import { sha256 as portable, type Sha256 } from '../codec/sha256.ts';
import { innerHash } from '../merkle/leaf.ts';
import type { MerklePath } from '../merkle/proof.ts';
import { ZERO_SUBTREES } from '../merkle/tree.ts';
import type { ShownNode } from './game.ts';

/** Siblings of child `at` of an opening whose children have height `childLevel`, up to the opened node. */
export function siblingsOfChild(
  children: readonly Digest[],
  childLevel: number,
  levels: number,
  at: number,
  sha256: Sha256 = portable,
): Uint8Array[] {
  let row = children.map((child) => fromHex(child, 32));
  const found: Uint8Array[] = [];
  for (let level = 0, place = at; level < levels; level++, place = Math.floor(place / 2)) {
    const zero = ZERO_SUBTREES[childLevel + level]!;
    found.push(row[place % 2 === 0 ? place + 1 : place - 1] ?? zero);
    row = Array.from({ length: Math.ceil(row.length / 2) }, (_, i) =>
      innerHash(row[2 * i]!, row[2 * i + 1] ?? zero, sha256),
    );
  }
  return found;
}

/** The path of leaf `leaf`, from the leaf upward, out of the openings that led down to it. */
export function shownPath(nodes: readonly ShownNode[], leaf: number, sha256: Sha256 = portable): MerklePath {
  return nodes.toReversed().flatMap(({ level, index, children }, at, all) => {
    const childLevel = all[at - 1]?.level ?? 0;
    const levels = level - childLevel;
    const place = Math.floor(leaf / 2 ** childLevel) - index * 2 ** levels;
    return siblingsOfChild(children, childLevel, levels, place, sha256);
  });
}

/** The siblings of one leaf as an opening brings them: what covers padding only is not sent. */
export const withoutPadding = (path: MerklePath, leaf: number, leaves: number): Uint8Array[] =>
  path.filter((_, level) => {
    const own = Math.floor(leaf / 2 ** level);
    return own % 2 === 1 || (own + 1) * 2 ** level < leaves;
  });
