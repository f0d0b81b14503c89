import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inUnit, parseDisplayUnit, rateFault } from '../../../web/lib/displayUnit.ts';

const WEI = 10n ** 18n;
const euro = { name: 'EUR', perAssay: '0.25', perCoin: '' };

describe('the unit that a reader defines', () => {
  it('converts without a float, rounded down', () => {
    assert.equal(inUnit(euro, 50n * WEI), '12.5 EUR');
    assert.equal(inUnit(euro, 100_000_000n * WEI), '25,000,000 EUR');
    assert.equal(inUnit(euro, WEI / 1000n), '0.00025 EUR');
    assert.equal(inUnit({ ...euro, perAssay: '0.3333333333333333' }, 3n * WEI), '0.999 EUR');
  });
  it('says nothing where there is no unit, or no rate for that money', () => {
    assert.equal(inUnit(undefined, WEI), undefined);
    assert.equal(inUnit(euro, 0n), undefined);
    assert.equal(inUnit(euro, WEI, 'coin'), undefined);
    assert.equal(inUnit({ ...euro, perCoin: '2500' }, WEI / 1000n, 'coin'), '2.5 EUR');
  });
  it('refuses rates that are none', () => {
    for (const text of ['', 'x', '-1', '1e3', '0', '0.0', '1.2.3', '1'.repeat(31)]) assert.ok(rateFault(text), text);
    assert.equal(rateFault('0.000000000000000001'), undefined);
  });
  it('reads what is stored as a stranger may have written it', () => {
    assert.deepEqual(parseDisplayUnit(JSON.stringify(euro)), euro);
    for (const text of [undefined, '', '{', 'null', '[]', '{"name":"","perAssay":"1"}', '{"name":"X","perAssay":1}'])
      assert.equal(parseDisplayUnit(text), undefined, text);
    const hostile = parseDisplayUnit(JSON.stringify({ name: '<b>\u202eEUR</b>', perAssay: '1', perCoin: '-1' }))!;
    assert.ok(hostile.name.length <= 24 && !hostile.name.includes('\u202e'), hostile.name);
    assert.equal(hostile.perCoin, '');
  });
});
