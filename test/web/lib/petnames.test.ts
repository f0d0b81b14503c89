import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsePetnames } from '../../../web/lib/petnames.ts';

const ADDRESS = `0x${'Ab'.repeat(20)}`;

describe('parsePetnames', () => {
  it('keeps names of addresses, in lower case', () =>
    assert.deepEqual(parsePetnames(JSON.stringify({ [ADDRESS]: ' Ada ' })), { [ADDRESS.toLowerCase()]: 'Ada' }));
  it('drops what is no address or no name, and shows hidden characters', () => {
    const text = JSON.stringify({ x: 'Ada', [ADDRESS]: 'a\u202eb', [`0x${'cd'.repeat(20)}`]: 5 });
    assert.deepEqual(Object.values(parsePetnames(text)), ['a⟨U+202E⟩b']);
  });
  for (const text of [undefined, '', '{', 'null'])
    it(`${text} holds none`, () => assert.deepEqual(parsePetnames(text), {}));
});
