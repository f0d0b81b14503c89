import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DatasetMalformed, parseDataset } from '../../../../node/core/train/dataset.ts';
import { loadCsv, sha256 } from './real.ts';

describe('parseDataset', () => {
  it('behavior: digits are the published ones', () => {
    const digits = parseDataset(loadCsv('digits'));
    assert.deepEqual([digits.rows, digits.columns, digits.classes], [1797, 64, 10]);
    const pixels = sha256(Uint8Array.from(digits.features));
    assert.equal(pixels, '8f26b2bd9d135c256808f68f14fdabddde6d9c7f869ae419704b051f0f14b3b3');
    const labels = sha256(Uint8Array.from(digits.labels));
    assert.equal(labels, '8ba4f891220f5e4c9c819638d1602d74b83618f167043c6da52a2a247841ddf0');
  });

  it('behavior: breast cancer is the published one', () => {
    const cancer = parseDataset(loadCsv('bc'));
    assert.deepEqual([cancer.rows, cancer.columns, cancer.classes], [569, 30, 2]);
    assert.equal(sha256(cancer.features), '6b202a2072f9a0385f405a8f8605b1b06f6f36ae6d23d9cd6cbbc0974a416bc7');
    const labels = sha256(Uint8Array.from(cancer.labels));
    assert.equal(labels, '9d6ceae78443535169ef00f2c8012032241393c09a9adb2f9e82c55e1ba534bd');
  });

  it('behavior: headings, Windows line ends, a byte-order mark and blank last lines are understood', () => {
    const plain = parseDataset('1,2.5e-1,0\n-3,.5,1\n');
    assert.deepEqual([...plain.features], [1, 0.25, -3, 0.5]);
    for (const text of [
      '\uFEFF1,2.5e-1,0\r\n-3,.5,1\r\n\r\n',
      'a,b,class\n1,0.25,0\n-3,0.5,1',
      '2,2,no,yes\n1,0.25,0\n-3,0.5,1',
    ]) {
      assert.deepEqual(parseDataset(text), plain);
    }
  });

  const hostile: readonly (readonly [string, string, RegExp])[] = [
    ['empty', '', /no rows/],
    ['only a heading', 'a,b,class\n', /no rows/],
    ['one column', '1\n2\n', /1 columns/],
    ['ragged', '1,2,0\n1,2,3,1\n', /line 2 does not have 3 columns/],
    ['short', '1,2,0\n1,1\n', /line 2 does not have 3 columns/],
    ['a word', '1,2,0\n1,x,1\n', /line 2, column 2: "x"/],
    ['a word in the first row', '1,x,0\n1,2,1\n', /line 1, column 2/],
    ['an empty cell', '1,,0\n1,2,1\n', /line 1, column 2: ""/],
    ['a blank line inside', '1,2,0\n\n1,2,1\n', /line 2/],
    ['infinity', '1,1e999,0\n1,2,1\n', /line 1, column 2/],
    ['not a number', '1,NaN,0\n1,2,1\n', /line 1, column 2/],
    ['a label that is not a number in the first row', '1,2,nan\n1,2,1\n', /line 1, column 3/],
    ['hexadecimal', '1,0x10,0\n1,2,1\n', /line 1, column 2/],
    ['a quoted cell', '1,"2",0\n1,2,1\n', /line 1, column 2/],
    ['digits without end', `1,${'9'.repeat(41)},0\n1,2,1\n`, /line 1, column 2/],
    ['a fractional class', '1,2,0.5\n1,2,1\n', /class 0.5/],
    ['a negative class', '1,2,-1\n1,2,1\n', /class -1/],
    ['a huge class', '1,2,4000000000\n1,2,1\n', /class 4000000000/],
    ['one class only', '1,2,0\n1,2,0\n', /every row is of class 0/],
  ];
  for (const [name, text, reason] of hostile) {
    it(`error: DatasetMalformed for ${name}`, () => {
      assert.throws(
        () => parseDataset(text),
        (error) => error instanceof DatasetMalformed && reason.test(error.why),
      );
    });
  }

  it('error: DatasetMalformed beyond the budget, before rows are parsed', () => {
    const tight = { characters: 100, columns: 3, classes: 10 };
    assert.throws(() => parseDataset('1,2,0\n'.repeat(20), tight), /120 characters/);
    assert.throws(() => parseDataset('1,2,3,4,0\n', tight), /5 columns/);
    assert.throws(() => parseDataset(','.repeat(90), tight), /5 columns/);
  });
});
