import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf, inkBox } from '../../../../web/features/try/picture.ts';

const SIDE = 32;

/** Full ink in the given rectangle. */
function drawing(left: number, top: number, width: number, height: number) {
  const ink = new Float32Array(SIDE * SIDE);
  for (let y = top; y < top + height; y++) for (let x = left; x < left + width; x++) ink[y * SIDE + x] = 1;
  return { side: SIDE, ink };
}

describe('a drawing as the model sees it', () => {
  it('nothing drawn is nothing, of the right size', () => {
    const empty = drawing(0, 0, 0, 0);
    assert.equal(inkBox(empty), undefined);
    assert.deepEqual(
      cellsOf(empty, 8, 0, 16),
      Array.from({ length: 64 }, () => 0),
    );
  });

  it('does not depend on where it is drawn', () => {
    assert.deepEqual(cellsOf(drawing(2, 2, 4, 16), 8, 0, 16), cellsOf(drawing(20, 12, 4, 16), 8, 0, 16));
  });

  it('stays between the least and the most', () => {
    const cells = cellsOf(drawing(0, 0, SIDE, SIDE), 8, 0, 16);
    assert.ok(cells.every((cell) => cell >= 0 && cell <= 16));
    assert.equal(cells[27], 16);
  });

  it('keeps a tall stroke in the middle', () => {
    const cells = cellsOf(drawing(14, 4, 4, 24), 8, 0, 16);
    assert.ok(cells[3 * 8 + 3]! > 8 && cells[3 * 8]! === 0 && cells[3 * 8 + 7]! === 0);
  });
});
