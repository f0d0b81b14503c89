import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { csvOf } from '../../../web/lib/csv.ts';

describe('csvOf', () => {
  it('quotes as RFC 4180 asks', () =>
    assert.equal(
      csvOf([
        ['a', 'b,c'],
        ['say "x"', 'two\nlines'],
      ]),
      'a,"b,c"\r\n"say ""x""","two\nlines"',
    ));
  it('keeps numbers and disarms formulas', () =>
    assert.equal(csvOf([[-5, 7n, '=HYPERLINK("x")', '+1', '@x', '-2']]), `-5,7,"'=HYPERLINK(""x"")",'+1,'@x,-2`));
});
