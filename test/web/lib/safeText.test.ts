import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { safeText } from '../../../web/lib/safeText.ts';

describe('safeText', () => {
  it('names what would hide or turn text around', () => {
    assert.equal(safeText('safe\u202egpj.exe'), 'safe⟨U+202E⟩gpj.exe');
    assert.equal(safeText('zero\u200bwidth'), 'zero⟨U+200B⟩width');
    assert.equal(safeText('nul\u0000'), 'nul⟨U+0000⟩');
    assert.equal(safeText('tag\u{e0041}'), 'tag⟨U+E0041⟩');
    assert.equal(safeText('line\u2028'), 'line⟨U+2028⟩');
  });
  it('leaves letters of every script, lines and tabs alone', () => {
    const text = 'Ünïcode, 漢字, עברית, 🙂\n\tnext';
    assert.equal(safeText(text), text);
  });
  it('cuts what is too long, never inside a character', () => {
    assert.equal(safeText('abcdef', 3), 'abc…');
    assert.equal(safeText('a🙂b', 2), 'a…');
  });
});
