import { runProgram } from '../../node/core/exact/interpreter.ts';
import { proveProgram } from '../../node/core/exact/prove.ts';
import { type QLinearFields, qlinear } from '../../node/core/exact/steps/qlinear.ts';
import { tensor } from '../../node/core/tensor/tensor.ts';
import { Seeded } from '../../test/helpers/seeded.ts';

interface Row {
  readonly acc: string;
  readonly multiplier: string;
  readonly addend: string;
  readonly shift: number;
  readonly offset: string;
  readonly lo: number;
  readonly hi: number;
  readonly y: number;
}

const TYPES = {
  uint8: { lo: 0, hi: 255 },
  int8: { lo: -128, hi: 127 },
  int32: { lo: -2_147_483_648, hi: 2_147_483_647 },
} as const;

/** A step of one output whose accumulator is x * w for the byte x it is run on. */
function stepOf(random: Seeded): QLinearFields {
  const outDtype = random.pick(['uint8', 'int8', 'int32'] as const);
  const { lo, hi } = TYPES[outDtype];
  const k = random.pick([1, 2, 64, 1024, 32_768]);
  const weight = new Int8Array(k).fill(random.pick([127, -127, 1, -1, random.int(-127, 127)]));
  const reach = BigInt(127 * 127 * k);
  const room = 61 - reach.toString(2).length;
  const multiplier = 1n + random.uint(random.int(1, room));
  const shift = random.int(1, 61);
  const base = ((reach * multiplier) >> BigInt(shift)) + 1n;
  const fits = base << BigInt(shift) < 1n << 61n;
  const addend = fits ? (base << BigInt(shift)) + random.uint(Math.min(shift, 60)) : reach * multiplier;
  const offset = fits ? base - BigInt(random.int(-100, 100)) : BigInt(random.int(-100, 100));
  return {
    rangeClass: 'U7S8',
    source: 0,
    k,
    n: 1,
    weight: tensor('int8', [1, k], weight),
    inputZeroPoint: random.pick([0, 64, 127]),
    weightZeroPoint: 0,
    pairs: tensor('int64', [1, 2], BigInt64Array.of(multiplier, addend)),
    shift,
    offset,
    lo: random.pick([lo, random.int(Math.max(lo, -1000), 0)]),
    hi: random.pick([hi, random.int(1, 127)]),
    outDtype,
  };
}

function rowOf(random: Seeded): Row {
  const step = stepOf(random);
  const x = random.pick([0, 127, 1, random.int(0, 127)]);
  const program = proveProgram({
    input: { name: 'x', dtype: 'uint8', dims: [step.k], lo: 0, hi: 127, zeroPoint: 0, scale: [1], offset: [0] },
    steps: [qlinear(step)],
    output: { name: 'y', scale: 1, zeroPoint: 0, activation: 'none' },
  });
  const { output } = runProgram(program, tensor('uint8', [1, step.k], new Uint8Array(step.k).fill(x)));
  return {
    acc: String((x - step.inputZeroPoint) * step.weight.data[0]! * step.k),
    multiplier: step.pairs.data[0]!.toString(),
    addend: step.pairs.data[1]!.toString(),
    shift: step.shift,
    offset: step.offset.toString(),
    lo: step.lo,
    hi: step.hi,
    y: Number(output.data[0]),
  };
}

export function requantVectors(): unknown {
  const random = new Seeded(20_260);
  return {
    description:
      'y = clip(floor((acc * multiplier + addend) / 2^shift) - offset, lo, hi); 0 <= numerator < 2^62 in every row (verification.md 3.3 with its constants folded).',
    rows: Array.from({ length: 500 }, () => rowOf(random)),
  };
}
