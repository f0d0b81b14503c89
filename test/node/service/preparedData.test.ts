import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { ValueInfo } from '../../../node/core/onnx/model.ts';
import { asInputOf, DataDoesNotFit, prepareData, side } from '../../../node/service/preparedData.ts';

const text = (name: string): string => readFileSync(new URL(`../../../data/${name}.csv`, import.meta.url), 'utf8');
const takes = (dims: ValueInfo['dims']): ValueInfo => ({ name: 'x', dtype: 'float32', dims });

describe('prepareData', () => {
  it('digits: 1442 and 355 rows, pixels scaled by 16, raw pixels kept', () => {
    const data = prepareData('digits', text('digits'), 0);
    assert.equal(data.split.train.length, 1442);
    assert.equal(data.split.test.length, 355);
    assert.equal(data.scaled.data[2], data.raw.data[2]! / 16);
    assert.equal(data.tag, 'digits');
  });

  it('breast-cancer: standardised by the training rows, seeded as the reference does', () => {
    const data = prepareData('breast-cancer', text('breast-cancer'), 0);
    assert.deepEqual([data.split.train.length, data.split.test.length, data.tag], [456, 113, 'bc']);
    const column = [...data.split.train].map((row) => data.scaled.data[row * 30]!);
    const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
    assert.ok(Math.abs(mean) < 1e-6, `mean ${mean}`);
  });

  it('the sides share no row and lose none', () => {
    const data = prepareData('digits', text('digits'), 3);
    const rows = new Set([...data.split.train, ...data.split.test]);
    assert.equal(rows.size, data.dataset.rows);
    assert.equal(side(data, 'test').labels.length, data.split.test.length);
  });
});

describe('asInputOf', () => {
  const { features } = side(prepareData('digits', text('digits'), 0), 'test');

  it('gives the rows the shape of the model', () => {
    assert.deepEqual(asInputOf(takes(['N', 64]), features).dims, [355, 64]);
    assert.deepEqual(asInputOf(takes([null, 1, 8, 8]), features).dims, [355, 1, 8, 8]);
    assert.deepEqual(asInputOf(takes(null), features).dims, [355, 64]);
  });

  for (const dims of [['N', 63], ['N', 8, 'W'], ['N']] as ValueInfo['dims'][]) {
    it(`error: DataDoesNotFit for [${dims!.join(', ')}]`, () =>
      assert.throws(() => asInputOf(takes(dims), features), DataDoesNotFit));
  }
});
