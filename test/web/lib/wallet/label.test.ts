import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { walletIcon, walletLabel } from '../../../../web/lib/wallet/label.ts';

describe('what an announced wallet says about itself', () => {
  it('is one short line without characters that hide or turn', () => {
    assert.equal(walletLabel('  My\n Wallet '), 'My Wallet');
    assert.equal(walletLabel('evil\u202egnp.exe\u200b'), 'evilgnp.exe');
    assert.equal([...walletLabel('🦊'.repeat(100))].length, 32);
    for (const nothing of [undefined, null, 5, '', '\u200b']) assert.equal(walletLabel(nothing), 'Unnamed wallet');
  });

  it('has an icon only as an image inside the announcement', () => {
    assert.equal(walletIcon('data:image/png;base64,AAAA'), 'data:image/png;base64,AAAA');
    assert.ok(walletIcon('data:image/svg+xml;utf8,<svg/>'));
    for (const bad of [
      'https://tracker.example/x.png',
      '//x/y.png',
      'javascript:alert(1)',
      'data:text/html,<script>alert(1)</script>',
      'blob:x',
      `data:image/png;base64,${'A'.repeat(200_000)}`,
      undefined,
      5,
    ])
      assert.equal(walletIcon(bad), undefined);
  });
});
