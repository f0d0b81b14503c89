import type { Divergence } from '../core/dispute/firstDifference.ts';

/** "element 7 at [1, 2] is 9, the program gives 8; 1 element differs". */
export function divergenceText({ element, coordinates, claimed, expected, differing }: Divergence): string {
  const where = coordinates === undefined ? `element ${element}` : `element ${element} at [${coordinates.join(', ')}]`;
  const count = differing === 1 ? '1 element differs' : `${differing} elements differ`;
  return `${where} is ${claimed ?? 'missing'}, the program gives ${expected ?? 'none'}; ${count}`;
}
