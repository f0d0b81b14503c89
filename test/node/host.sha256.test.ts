import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sha256 } from '../../node/core/codec/sha256.ts';
import { nativeSha256 } from '../../node/host.ts';
import { Seeded } from '../helpers/seeded.ts';

describe('nativeSha256', () => {
  it('behavior: the same digests as the portable one, every byte value included', () => {
    const random = new Seeded(1);
    for (let length = 0; length < 300; length++) {
      const bytes = random.bytes(length);
      assert.deepEqual(nativeSha256(bytes), sha256(bytes));
    }
  });
});
