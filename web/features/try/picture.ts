/** Grey values of a drawing, as the data set makes them: crop to the ink, centre, scale, and average over each cell. */

/** One value of ink (0..1) per pixel of a square drawing, row by row. */
export interface Drawing {
  readonly side: number;
  readonly ink: Float32Array;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly size: number;
}

const FAINT = 0.05;
/** Writing fills the height of its frame in the data, and this much is left around it. */
const MARGIN = 0.02;

/** The smallest square around the ink, with a margin; undefined for an empty drawing. */
export function inkBox({ side, ink }: Drawing): Box | undefined {
  let [left, right, top, bottom] = [side, -1, side, -1];
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      if (ink[y * side + x]! < FAINT) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  if (right < 0) return undefined;
  const size = Math.max(right - left, bottom - top) + 1;
  const room = size * (1 + 2 * MARGIN);
  return { left: (left + right + 1) / 2 - room / 2, top: (top + bottom + 1) / 2 - room / 2, size: room };
}

/** Mean ink of each of `cells` x `cells` cells of the box, times `most`; an empty drawing is all `least`. */
export function cellsOf(drawing: Drawing, cells: number, least: number, most: number): number[] {
  const box = inkBox(drawing);
  if (box === undefined) return Array.from({ length: cells * cells }, () => least);
  const step = box.size / cells;
  return Array.from({ length: cells * cells }, (_, at) => {
    const from = { x: box.left + (at % cells) * step, y: box.top + Math.floor(at / cells) * step };
    const share = meanInk(drawing, from.x, from.y, step);
    return Math.round(least + share * (most - least));
  });
}

const SAMPLES = 8;

function meanInk({ side, ink }: Drawing, left: number, top: number, size: number): number {
  let sum = 0;
  for (let j = 0; j < SAMPLES; j++)
    for (let i = 0; i < SAMPLES; i++) {
      const x = Math.floor(left + ((i + 0.5) / SAMPLES) * size);
      const y = Math.floor(top + ((j + 0.5) / SAMPLES) * size);
      if (x >= 0 && y >= 0 && x < side && y < side) sum += ink[y * side + x]!;
    }
  return sum / SAMPLES ** 2;
}
