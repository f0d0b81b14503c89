import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TypedDataEncoder } from 'ethers';
import { type TypedStruct, typedDataDigest } from '../../../../node/core/codec/eip712.ts';
import { toHex } from '../../../../node/core/codec/hex.ts';
import { InvariantBroken } from '../../../../node/core/errors.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const EVERY_KIND: TypedStruct = {
  name: 'Everything',
  fields: [
    { name: 'who', type: 'address' },
    { name: 'yes', type: 'bool' },
    { name: 'text', type: 'string' },
    { name: 'blob', type: 'bytes' },
    { name: 'four', type: 'bytes4' },
    { name: 'small', type: 'uint8' },
    { name: 'big', type: 'uint256' },
    { name: 'signed', type: 'int64' },
  ],
};
const random = new Seeded(11);
const domain = { name: 'Assay', version: '1', chainId: 31337n, verifyingContract: toHex(random.bytes(20)) };
const message = () => ({
  who: toHex(random.bytes(20)),
  yes: random.pick([true, false]),
  text: random.pick(['', 'Zürich 東京 🙂', 'x'.repeat(200)]),
  blob: toHex(random.bytes(random.int(0, 100))),
  four: toHex(random.bytes(4)),
  small: random.uint(8),
  big: random.uint(256),
  signed: BigInt.asIntN(64, random.uint(64)),
});

describe('typedDataDigest', () => {
  it('agrees with ethers for every kind of member', () => {
    for (let i = 0; i < 300; i++) {
      const value = message();
      const theirs = TypedDataEncoder.hash(domain, { Everything: [...EVERY_KIND.fields] }, value);
      assert.equal(toHex(typedDataDigest(domain, EVERY_KIND, value)), theirs);
    }
  });

  it('crashes on a value that does not fit its type, rather than signing something else', () => {
    const wrong = [{ small: 256n }, { small: -1n }, { signed: 2n ** 63n }, { big: 'x' }, { text: 1n }];
    for (const change of wrong) {
      assert.throws(() => typedDataDigest(domain, EVERY_KIND, { ...message(), ...change }), InvariantBroken);
    }
    assert.throws(() => typedDataDigest(domain, EVERY_KIND, {}), InvariantBroken);
    assert.throws(() => typedDataDigest(domain, EVERY_KIND, { ...message(), who: '0x00' }), { code: 'HEX_MALFORMED' });
  });
});
