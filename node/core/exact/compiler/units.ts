import type { ProgramInput } from '../program.ts';
import type { Dense, FloatNode } from './ir.ts';
import type { FloatNetwork } from './network.ts';
import type { CalibrationRows } from './observe.ts';
import type { Quantization, Range } from './range.ts';

/** Elements with so much smaller a range than others would be left with less than two of the 127 levels. */
const MAX_RATIO = 64;
/** Their numbers must fit one text in the metadata. */
const MAX_OWN_UNITS = 1024;

/**
 * Gives the elements of the input a scale and offset of their own when their ranges differ widely (columns of a table);
 * the dense layers that read them absorb both. Otherwise (pixels) the network and its rows are answered as they are.
 * @param levels integers per element, minus 1
 */
export function withOwnUnits(
  network: FloatNetwork,
  calibration: CalibrationRows,
  levels: number,
): { readonly network: FloatNetwork; readonly calibration: CalibrationRows; readonly isOwn: boolean } {
  const { nodes, units } = network;
  const { values, rows } = calibration;
  const size = values.length / rows;
  const readers = nodes.filter(({ sources }) => sources.includes(0));
  const areDense = readers.every(({ op }) => op.kind === 'dense' && op.k === size);
  const ranges = elementRanges(values, size);
  const widths = ranges.map(({ lo, hi }) => hi - lo).filter((width) => width > 0);
  const widest = widths.reduce((most, width) => Math.max(most, width), 0);
  const narrowest = widths.reduce((least, width) => Math.min(least, width), widest);
  if (!areDense || size < 2 || size > MAX_OWN_UNITS || widest <= MAX_RATIO * narrowest)
    return { network, calibration, isOwn: false };
  const step = Float64Array.from(ranges, ({ lo, hi }) => (hi > lo ? (hi - lo) / levels : 1));
  const absorb = (node: FloatNode): FloatNode =>
    node.op.kind === 'dense' && node.sources[0] === 0 ? { ...node, op: absorbed(node.op, ranges, step) } : node;
  const at = (list: Float64Array, k: number): number => list[k % list.length]!;
  const scale = step.map((own, k) => at(units.scale, k) / own);
  const shift = step.map((own, k) => (at(units.shift, k) - ranges[k]!.lo) / own);
  return {
    network: { ...network, nodes: nodes.map(absorb), units: { scale, shift } },
    calibration: { rows, values: values.map((x, i) => (x - ranges[i % size]!.lo) / step[i % size]!) },
    isOwn: true,
  };
}

function elementRanges(values: Float64Array, size: number): Range[] {
  const lo = values.slice(0, size);
  const hi = values.slice(0, size);
  for (const [at, value] of values.entries()) {
    const k = at % size;
    if (value < lo[k]!) lo[k] = value;
    if (value > hi[k]!) hi[k] = value;
  }
  return Array.from(lo, (least, k) => ({ lo: least, hi: hi[k]! }));
}

/** x = step q + lo, so W x = (W step) q + W lo. An element that never varied counts as constant. */
function absorbed(op: Dense, ranges: readonly Range[], step: Float64Array): Dense {
  const bias = op.bias.map((b, n) => ranges.reduce((sum, { lo }, k) => sum + lo * op.weight[n * op.k + k]!, b));
  const weight = op.weight.map((w, at) => {
    const { lo, hi } = ranges[at % op.k]!;
    return hi > lo ? w * step[at % op.k]! : 0;
  });
  return { ...op, weight, bias };
}

/** What the integers of the program's input mean: v = units.scale x + units.shift = scale (q - zeroPoint). */
export function inputUnits(
  { units }: FloatNetwork,
  { scale, zeroPoint }: Quantization,
): Pick<ProgramInput, 'scale' | 'offset' | 'zeroPoint'> {
  return {
    scale: Array.from(units.scale, (own) => scale / own),
    // Adding 0 turns -0, which the metadata cannot tell from 0, into 0.
    offset: Array.from(units.scale, (own, k) => -units.shift[k]! / own + 0),
    zeroPoint,
  };
}
