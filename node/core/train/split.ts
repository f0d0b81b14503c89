import type { Dataset } from './dataset.ts';
import { Rng } from './rng.ts';

/** Row numbers, ascending. */
export interface Split {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}

/** Rows of each class, ascending. */
export function rowsByClass(labels: ArrayLike<number>, classes: number): number[][] {
  const groups: number[][] = Array.from({ length: classes }, () => []);
  for (let row = 0; row < labels.length; row++) groups[labels[row]!]!.push(row);
  return groups;
}

/**
 * Stratified split: of each class, the first `share` of its shuffled rows are test rows (federated 2.1).
 * @param name tag of the data set, e.g. `digits`; with `seed` it decides the shuffle
 */
export function splitRows(
  { labels, classes, rows }: Pick<Dataset, 'labels' | 'classes' | 'rows'>,
  name: string,
  seed: number,
  share = 0.2,
): Split {
  const rng = new Rng(`${name}|split|${seed}`);
  const isTest = new Uint8Array(rows);
  for (const group of rowsByClass(labels, classes)) {
    const order = rng.permutation(group.length);
    for (let i = 0; i < Math.floor(share * group.length); i++) isTest[group[order[i]!]!] = 1;
  }
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  return { train: all.filter((row) => isTest[row] === 0), test: all.filter((row) => isTest[row] === 1) };
}
