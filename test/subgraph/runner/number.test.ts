import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { base58 } from '../../../subgraph/runner/number/base58.ts';
import {
  type BigDecimal,
  dividedBy,
  formatBigDecimal,
  minus,
  normalise,
  parseBigDecimal,
  plus,
  times,
} from '../../../subgraph/runner/number/bigDecimal.ts';
import { bigIntFromBytes, bigIntToBytes } from '../../../subgraph/runner/number/bigInt.ts';
import { decimalOf, integerText, sortableDecimal, sortableInteger } from '../../../subgraph/runner/store/sortable.ts';

const integers = fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n });
const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: -60, max: 60 }))
  .map(([digits, exponent]) => normalise(digits, exponent));
const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
const compareText = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const difference = (a: BigDecimal, b: BigDecimal): number => {
  const shift = Math.min(a.exponent, b.exponent);
  return compare(a.digits * 10n ** BigInt(a.exponent - shift), b.digits * 10n ** BigInt(b.exponent - shift));
};

describe('numbers of the index', () => {
  it('BigInt bytes are the shortest two’s complement and come back', () => {
    const known: [bigint, number[]][] = [
      [0n, [0]],
      [127n, [127]],
      [128n, [128, 0]],
      [-1n, [255]],
      [-128n, [128]],
      [-129n, [127, 255]],
      [256n, [0, 1]],
    ];
    for (const [value, bytes] of known) assert.deepEqual([...bigIntToBytes(value)], bytes);
    fc.assert(fc.property(integers, (value) => bigIntFromBytes(bigIntToBytes(value)) === value));
    assert.equal(bigIntFromBytes(new Uint8Array()), 0n);
  });

  it('integers and decimals sort as text as they do as numbers, and come back', () => {
    fc.assert(
      fc.property(integers, integers, (a, b) => {
        assert.equal(compareText(sortableInteger(a), sortableInteger(b)), compare(a, b));
        assert.equal(integerText(sortableInteger(a)), a.toString());
      }),
    );
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        assert.equal(compareText(sortableDecimal(a), sortableDecimal(b)), difference(a, b));
        assert.deepEqual(decimalOf(sortableDecimal(a)), a);
      }),
      { numRuns: 1_000 },
    );
  });

  it('decimals print plainly and come back', () => {
    fc.assert(fc.property(decimals, (value) => assert.deepEqual(parseBigDecimal(formatBigDecimal(value)), value)));
    for (const [text, printed] of [
      ['1e3', '1000'],
      ['-0.500', '-0.5'],
      ['.5', '0.5'],
      ['5.', '5'],
      ['0.000', '0'],
      ['1e-7', '0.0000001'],
      [`${'1'.repeat(34)}4`, `${'1'.repeat(34)}0`],
      [`${'1'.repeat(34)}5`, `${'1'.repeat(33)}20`],
      [`-${'1'.repeat(34)}5`, `-${'1'.repeat(34)}0`],
    ] as const)
      assert.equal(formatBigDecimal(parseBigDecimal(text)), printed);
  });

  it('refuses what is no decimal, a zero divisor and exponents out of range', () => {
    for (const text of ['', '.', 'e5', '1e', '0x10', 'NaN', '1_0', ' 1', '9'.repeat(30_000)])
      assert.throws(() => parseBigDecimal(text), /not a decimal number/);
    assert.throws(() => parseBigDecimal('1e999999'), /out of range/);
    assert.throws(() => dividedBy(parseBigDecimal('1'), parseBigDecimal('0')), /division by zero/);
    assert.throws(() => sortableInteger(10n ** 10_000n), /too large to keep/);
  });

  it('sums and products are exact within 34 digits', () => {
    const small = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(
      fc.property(small, small, (x, y) => {
        const [a, b] = [parseBigDecimal(`${x}e-3`), parseBigDecimal(`${y}e-2`)];
        assert.deepEqual(plus(a, b), normalise(BigInt(x) + 10n * BigInt(y), -3));
        assert.deepEqual(minus(a, b), normalise(BigInt(x) - 10n * BigInt(y), -3));
        assert.deepEqual(times(a, b), normalise(BigInt(x) * BigInt(y), -5));
        if (y !== 0) assert.deepEqual(dividedBy(times(a, b), b), a);
      }),
    );
  });

  it('writes base58 as Bitcoin does', () => {
    assert.equal(base58(Buffer.from('00000000000000000000', 'hex')), '1'.repeat(10));
    assert.equal(base58(Buffer.from('Hello World!')), '2NEpo7TZRRrLZSi2U');
    assert.equal(base58(Buffer.alloc(0)), '');
  });
});
