import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromBase64, toBase64 } from '../../../../node/core/codec/base64.ts';
import { Seeded } from '../../../helpers/seeded.ts';

describe('base64', () => {
  it('agrees with Node on every length and many bytes', () => {
    const random = new Seeded(8);
    for (let length = 0; length < 70; length++) {
      const bytes = random.bytes(length);
      const text = Buffer.from(bytes).toString('base64');
      assert.equal(toBase64(bytes), text);
      assert.deepEqual(fromBase64(text), bytes);
    }
  });

  it('refuses everything but the one canonical text', () => {
    for (const text of ['A', 'AA', 'AAA', 'AB==', 'AAB=', 'AA-_', '====', 'A===', 'AA==AAAA', 'AAAA\n', ' AAA'])
      assert.equal(fromBase64(text), undefined, text);
  });
});
