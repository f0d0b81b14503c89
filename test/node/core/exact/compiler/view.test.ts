import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  indicesOf,
  isComplete,
  keepsRows,
  refined,
  reshaped,
  sampleAxes,
  shapeOf,
  sliced,
  type View,
  viewOf,
} from '../../../../../node/core/exact/compiler/view.ts';
import { Seeded } from '../../../../helpers/seeded.ts';

const random = new Seeded(965);

/** Element indices of a view as nested arrays would hold them: dims without the batch, and the flat list. */
interface Plain {
  readonly dims: number[];
  readonly data: number[];
}

const plainOf = (view: View): Plain => ({ dims: shapeOf(view).slice(1), data: Array.from(indicesOf(view)) });

function transposed({ dims, data }: Plain, perm: readonly number[]): Plain {
  const to = perm.map((axis) => dims[axis]!);
  const result = data.map((_, at) => {
    let rest = at;
    const place = new Array<number>(dims.length).fill(0);
    for (let axis = to.length - 1; axis >= 0; axis--) {
      place[perm[axis]!] = rest % to[axis]!;
      rest = Math.floor(rest / to[axis]!);
    }
    return data[place.reduce((sum, position, axis) => sum * dims[axis]! + position, 0)]!;
  });
  return { dims: to, data: result };
}

function cut({ dims, data }: Plain, axis: number, start: number, step: number, count: number): Plain {
  const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const kept = data.filter((_, at) => {
    const position = Math.floor(at / inner) % dims[axis]!;
    return position >= start && (position - start) % step === 0 && (position - start) / step < count;
  });
  return { dims: dims.with(axis, count), data: kept };
}

describe('views', () => {
  it('move, reshape and cut like arrays, over 2,000 random walks (seed 965)', () => {
    let [moved, refused] = [0, 0];
    for (let i = 0; i < 2000; i++) {
      const dims = Array.from({ length: random.int(1, 3) }, () => random.pick([1, 2, 3, 4, 6]));
      let view = viewOf(7, dims);
      let plain: Plain = plainOf(view);
      for (let j = 0; j < 5; j++) {
        const rank = plain.dims.length;
        const kind = random.int(0, 2);
        if (kind === 0) {
          const perm = plain.dims.map((_, at) => at).toSorted(() => random.unit() - 0.5);
          view = { ...view, dims: [view.dims[0]!, ...perm.map((axis) => view.dims[axis + 1]!)] };
          plain = transposed(plain, perm);
        } else if (kind === 1) {
          const size = plain.data.length;
          const first = random.pick([1, 2, 3, 4, 6].filter((divisor) => size % divisor === 0));
          const next = reshaped(view, [7, first, size / first]);
          if (next === undefined) refused += 1;
          else [view, plain] = [next, { ...plain, dims: [first, size / first] }];
        } else {
          const axis = random.int(0, rank - 1);
          const start = random.int(0, plain.dims[axis]! - 1);
          const step = random.int(1, 2);
          const count = random.int(1, Math.ceil((plain.dims[axis]! - start) / step));
          const next = sliced(view, axis + 1, start, step, count);
          if (next === undefined) refused += 1;
          else [view, plain] = [next, cut(plain, axis, start, step, count)];
        }
        moved += 1;
        assert.deepEqual(plainOf(view), plain);
        assert.ok(keepsRows(view));
        const isWhole = plain.data.length === dims.reduce((a, b) => a * b, 1);
        assert.equal(
          isComplete(
            view,
            dims.reduce((a, b) => a * b, 1),
          ),
          isWhole,
        );
      }
    }
    assert.ok(refused < moved / 8, `${refused} of ${moved} refused`);
  });

  it('never split the batch, and let a batch of 1 stand where a 1 does', () => {
    assert.equal(reshaped(viewOf(6, [4]), [3, 8]), undefined);
    assert.ok(!keepsRows(reshaped(viewOf(6, [4]), [24])!));
    assert.ok(keepsRows(reshaped(viewOf(1, [6, 4]), [1, 24])!));
    assert.ok(keepsRows(reshaped(viewOf(1, [6, 4]), [1, 2, 12])!));
    assert.ok(!keepsRows(reshaped(viewOf(1, [6, 4]), [24])!));
    assert.equal(sliced(viewOf(6, [4]), 0, 1, 1, 2), undefined);
  });

  it('are cut into common pieces', () => {
    const [a, b] = [viewOf(7, [6, 4]), viewOf(7, [2, 3, 4])];
    const pairs = refined(sampleAxes(a), sampleAxes(b))!;
    assert.deepEqual(
      pairs.map(([x, y]) => [x.size, x.stride, y.stride]),
      [
        [2, 12, 12],
        [3, 4, 4],
        [4, 1, 1],
      ],
    );
    assert.equal(refined(sampleAxes(viewOf(7, [6])), sampleAxes(viewOf(7, [4]))), undefined);
  });
});
