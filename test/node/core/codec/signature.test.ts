import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { uintBytes } from '../../../../node/core/codec/bytes.ts';
import { type Hex, toHex } from '../../../../node/core/codec/hex.ts';
import { recoverSigner, SignatureMalformed } from '../../../../node/core/codec/signature.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const ORDER = secp256k1.Point.Fn.ORDER;
const random = new Seeded(7);
const digest = random.bytes(32);
const key = random.bytes(32);
const { r, s } = secp256k1.Signature.fromBytes(secp256k1.sign(digest, key, { prehash: false }));

const spell = (r: bigint, s: bigint, v: number): Hex =>
  toHex(Uint8Array.of(...uintBytes(r, 32), ...uintBytes(s, 32), v));

describe('recoverSigner', () => {
  const refused: Record<string, Hex> = {
    'v 0': spell(r, s, 0),
    'v 1': spell(r, s, 1),
    'v 29': spell(r, s, 29),
    'v 255': spell(r, s, 255),
    'r 0': spell(0n, s, 27),
    'r n': spell(ORDER, s, 27),
    's 0': spell(r, 0n, 27),
    'high s, the second spelling of the same signature': spell(r, ORDER - s, 28),
    's n': spell(r, ORDER, 27),
    'an r that is no x coordinate': spell(5n, s, 27),
    '64 bytes': spell(r, s, 27).slice(0, -2) as Hex,
    '66 bytes': `${spell(r, s, 27)}00`,
    empty: '0x',
    'not hexadecimal': `0x${'zz'.repeat(65)}`,
    'no prefix': spell(r, s, 27).slice(2) as Hex,
  };
  for (const [name, signature] of Object.entries(refused)) {
    it(`error: SignatureMalformed for ${name}`, () => {
      assert.throws(() => recoverSigner(digest, signature), SignatureMalformed);
    });
  }

  it('error: SignatureMalformed for a digest of another length', () => {
    assert.throws(() => recoverSigner(digest.subarray(1), spell(r, s, 27)), { code: 'SIGNATURE_MALFORMED' });
  });

  it('reads upper-case hexadecimal', () => {
    const signature = spell(r, s, 27);
    assert.equal(recoverSigner(digest, `0x${signature.slice(2).toUpperCase()}`), recoverSigner(digest, signature));
  });
});
