import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import * as dagPb from '@ipld/dag-pb';
import { CID } from 'multiformats/cid';
import * as Digest from 'multiformats/hashes/digest';
import { cidFromBytes, parseCid } from '../../../../web/lib/ipfs/cid.ts';

const of = (code: number, text: string): CID =>
  CID.createV1(code, Digest.create(0x12, createHash('sha256').update(text).digest()));

describe('parseCid', () => {
  it('agrees with multiformats', () => {
    for (const [code, codec] of [
      [0x55, 'raw'],
      [dagPb.code, 'dag-pb'],
    ] as const)
      for (const text of ['', 'a', 'digits', '\u0000'.repeat(100)]) {
        const cid = of(code, text);
        const parsed = parseCid(cid.toString());
        assert.equal(parsed?.codec, codec);
        assert.deepEqual(parsed?.digest, Uint8Array.from(cid.multihash.digest));
        assert.equal(cidFromBytes(cid.bytes)?.text, cid.toString());
      }
  });
  const good = of(0x55, 'x').toString();
  for (const [name, text] of [
    ['upper case', good.toUpperCase()],
    ['a character too few', good.slice(0, -1)],
    ['a path behind it', `${good}/x`],
    ['version 0', 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG'],
    ['another codec', of(0x71, 'x').toString()],
    ['bits behind the digest', `${good.slice(0, -1)}${good.endsWith('b') ? 'd' : 'b'}`],
    ['nothing', ''],
  ] as const)
    it(`refuses ${name}`, () => {
      const parsed = parseCid(text);
      assert.ok(parsed === undefined || parsed.text === text);
      if (name !== 'bits behind the digest') assert.equal(parsed, undefined);
    });
});
