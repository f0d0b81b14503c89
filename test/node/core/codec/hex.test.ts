import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromHex, HexMalformed, isAddress, isDigest, sameAddress, toHex } from '../../../../node/core/codec/hex.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const random = new Seeded(1);

describe('fromHex', () => {
  it('agrees with Buffer, in both letter cases and both ways', () => {
    for (let length = 0; length < 100; length++) {
      const bytes = random.bytes(length);
      const text = Buffer.from(bytes).toString('hex');
      assert.equal(toHex(bytes), `0x${text}`);
      assert.deepEqual(fromHex(`0x${text}`, length), bytes);
      assert.deepEqual(fromHex(`0x${text.toUpperCase()}`), bytes);
    }
  });

  it('error: HexMalformed', () => {
    for (const text of [
      '',
      '0',
      '0x0',
      '00',
      '0X00',
      '0xg0',
      '0x0g',
      ' 0x00',
      '0x00 ',
      '0x\n',
      '0x００',
      '0x0/',
      '0x:0',
      '0x@0',
      '0x`0',
    ]) {
      assert.throws(() => fromHex(text), HexMalformed, JSON.stringify(text));
    }
    assert.throws(() => fromHex('0x0011', 3), { code: 'HEX_MALFORMED' });
  });

  it('reads ten megabytes', () => assert.equal(fromHex(`0x${'ab'.repeat(10_000_000)}`).length, 10_000_000));
});

describe('isAddress, isDigest, sameAddress', () => {
  it('default', () => {
    const address = toHex(random.bytes(20));
    assert.ok(isAddress(address) && isAddress(`0x${address.slice(2).toUpperCase()}`));
    assert.ok(!isAddress(`${address}00`) && !isAddress(address.slice(2)));
    assert.ok(isDigest(toHex(random.bytes(32))) && !isDigest(`0x${'AB'.repeat(32)}`));
    assert.ok(sameAddress(address, address.toUpperCase()) && !sameAddress(address, toHex(random.bytes(20))));
  });
});
