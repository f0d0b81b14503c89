import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { base32, base32upper } from 'multiformats/bases/base32';
import { base36 } from 'multiformats/bases/base36';
import { base58btc } from 'multiformats/bases/base58';
import { CID } from 'multiformats/cid';
import { create as createDigest } from 'multiformats/hashes/digest';
import { keyOf, parseCid, textOf } from '../../../node/ipfs/cid.ts';
import { StoreCidInvalid } from '../../../node/ipfs/errors.ts';
import { seeded } from './seeded.ts';
import { cidOf, dice } from './world.ts';

const GOOD = cidOf(0x55, Buffer.from('good'));

function refused(text: string, why: RegExp): void {
  assert.throws(
    () => parseCid(text),
    (error: unknown) => {
      assert.ok(error instanceof StoreCidInvalid, String(error));
      assert.match(error.why, why);
      return true;
    },
    text,
  );
}

describe('parseCid', () => {
  it('takes the canonical text of raw and dag-pb', () => {
    for (const codec of [0x55, 0x70]) {
      const text = textOf(cidOf(codec, Buffer.from('x')));
      assert.equal(textOf(parseCid(text)), text);
    }
  });

  it('refuses every other spelling of the same CID', () => {
    const aliases = [
      GOOD.toString(base58btc),
      GOOD.toString(base36),
      GOOD.toString(base32upper),
      `B${String(GOOD).slice(1)}`,
    ];
    for (const alias of aliases) refused(alias, /not in lower-case base32|not the text of a CID/);
    refused(CID.createV0(createDigest(0x12, seeded(32, 'v0')) as never).toString(), /version is 0/);
    for (const text of [
      ` ${GOOD}`,
      `${GOOD} `,
      `${GOOD}\n`,
      `${GOOD}=`,
      `/ipfs/${GOOD}`,
      `${String(GOOD).toUpperCase()}`,
    ])
      assert.throws(() => parseCid(text), StoreCidInvalid, JSON.stringify(text));
  });

  it('refuses other codecs and hash functions, and data in place of a hash', () => {
    for (const codec of [0x71, 0x0129, 0x0200, 0x72, 0x78, 0x00])
      refused(CID.createV1(codec, GOOD.multihash).toString(), /its codec is/);
    const hashes: readonly [code: number, size: number][] = [
      [0x00, 0],
      [0x00, 32],
      [0x11, 20],
      [0xd5, 16],
      [0x13, 64],
      [0xb220, 32],
      [0x1e, 32],
      [0x12, 20],
      [0x12, 31],
      [0x12, 33],
    ];
    for (const [code, size] of hashes)
      refused(CID.createV1(0x55, createDigest(code, seeded(size, `${code}`))).toString(), /its hash function is/);
    refused('bafkqaaa', /its hash function is 0x0/);
  });

  it('refuses 5,000 fuzzed strings (seed 5000): nothing that reaches the disk is not a CID', () => {
    const roll = dice(5000);
    const alphabet = 'abcdefghijklmnopqrstuvwxyz234567/\\.%00\0\n:?#&=+ ~$*|<>"\'`;[]{}\u202e\u00e9BQmz19';
    const good = String(GOOD);
    let accepted = 0;
    for (let i = 0; i < 5000; i++) {
      const letters = [...(i % 2 === 0 ? good : '')];
      for (let edits = 1 + roll(8); edits > 0; edits--)
        letters.splice(roll(letters.length + 1), roll(2), alphabet[roll(alphabet.length)]!);
      const text = letters.join('');
      try {
        const cid = parseCid(text);
        assert.match(text, /^b[a-z2-7]{58}$/);
        assert.equal(textOf(cid), text);
        accepted++;
      } catch (error) {
        assert.ok(error instanceof StoreCidInvalid, `${JSON.stringify(text)}: ${error}`);
      }
    }
    assert.ok(accepted < 2500);
  });

  it('refuses long text without decoding it, and what is not text', () => {
    refused('b'.repeat(1_000_000), /not the text of a CID/);
    for (const value of [undefined, null, 7, {}, []]) refused(value as never, /not the text of a CID/);
  });

  it('keyOf is the digest alone', () => {
    assert.equal(keyOf(cidOf(0x55, Buffer.from('x'))), keyOf(cidOf(0x70, Buffer.from('x'))));
    assert.equal(parseCid(`b${base32.baseEncode(GOOD.bytes)}`).equals(GOOD), true);
  });
});
