import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  formatAgo,
  formatAssay,
  formatAssayExact,
  formatBytes,
  formatDate,
  formatDuration,
  formatNumber,
  formatPercent,
  formatTime,
  isoTime,
  parseAssay,
  shortHex,
} from '../../../web/lib/format.ts';

const WEI = 10n ** 18n;

describe('formatAssay', () => {
  const cases: readonly (readonly [bigint, string])[] = [
    [0n, '0 ASSAY'],
    [WEI, '1 ASSAY'],
    [355n * 10n ** 15n, '0.355 ASSAY'],
    [10n ** 15n, '0.001 ASSAY'],
    [1_234_567n * WEI + WEI / 3n, '1,234,567.33 ASSAY'],
    [2n * WEI + WEI / 3n, '2.3333 ASSAY'],
    [1n, '<0.000000001 ASSAY'],
    [-5n * WEI, '−5 ASSAY'],
  ];
  for (const [wei, text] of cases) it(`${wei} is ${text}`, () => assert.equal(formatAssay(wei), text));

  it('rounds down, so that nobody is promised more than there is', () =>
    assert.equal(formatAssay(999_999n * 10n ** 13n, { unit: false }), '9.9999'));
  it('keeps every digit when asked', () => {
    assert.equal(formatAssayExact('1000000000000000001'), '1.000000000000000001');
    assert.equal(formatAssayExact(100_000_000n * WEI), '100,000,000');
  });
});

describe('parseAssay', () => {
  it('reads what people type', () => {
    assert.equal(parseAssay('1.5'), (3n * WEI) / 2n);
    assert.equal(parseAssay(' 1,000 '), 1000n * WEI);
    assert.equal(parseAssay('0.000000000000000001'), 1n);
    assert.equal(parseAssay('2.'), 2n * WEI);
    assert.equal(parseAssay('1,234,567.5'), 1_234_567n * WEI + WEI / 2n);
  });
  for (const text of [
    '',
    '.',
    '-1',
    '1e3',
    '0x10',
    '1.0000000000000000001',
    'one',
    '1 2',
    '1,5',
    '1,50',
    '12,3456',
    '0,5',
    ',5',
  ])
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseAssay(text), undefined));
  it('reads back what formatAssayExact writes', () => {
    for (const wei of [0n, 1n, WEI - 1n, WEI, 123_456_789n * WEI + 987_654_321n])
      assert.equal(parseAssay(formatAssayExact(wei)), wei);
  });
});

describe('other figures', () => {
  it('groups digits, also beyond what a number holds', () =>
    assert.equal(formatNumber('123456789012345678901'), '123,456,789,012,345,678,901'));
  it('writes shares', () => {
    assert.equal(formatPercent(0.875), '87.5 %');
    assert.equal(formatPercent(0), '0 %');
    assert.equal(formatPercent(0.000_01, 2), '<0.01 %');
    assert.equal(formatPercent(Number.NaN), 'unknown');
  });
  it('writes sizes', () => {
    assert.equal(formatBytes(999), '999 B');
    assert.equal(formatBytes(12_345), '12 kB');
    assert.equal(formatBytes(1_500_000), '1.5 MB');
  });
  it('writes spans in two units at most', () => {
    assert.equal(formatDuration(0), '0 seconds');
    assert.equal(formatDuration(61), '1 minute 1 second');
    assert.equal(formatDuration(86_400 * 2 + 3600 * 3 + 59), '2 days 3 hours');
    assert.equal(formatDuration(86_400 + 30), '1 day');
    assert.equal(formatDuration(-5), '0 seconds');
  });
  it('writes distances in time', () => {
    assert.equal(formatAgo(1000, 1000 + 180), '3 minutes ago');
    assert.equal(formatAgo(1000 + 86_400 * 2, 1000), 'in 2 days');
  });
  it('shows times that cannot be instead of throwing', () => {
    for (const time of [2n ** 64n - 1n, String(2n ** 256n - 1n), -(10n ** 15n), Number.NaN]) {
      assert.equal(formatTime(time), 'no possible date');
      assert.equal(formatDate(time), 'no possible date');
      assert.equal(isoTime(time), undefined);
    }
    assert.match(formatAgo(2n ** 64n - 1n, 1000), /^in /);
    assert.match(formatTime(1_790_000_000n), /2026/);
    assert.equal(isoTime(0), '1970-01-01T00:00:00.000Z');
  });
  it('shortens hashes and leaves short text alone', () => {
    assert.equal(shortHex(`0x${'ab'.repeat(20)}`), '0xabab…abab');
    assert.equal(shortHex('0x1234'), '0x1234');
  });
});
