import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { followable } from '../../../web/lib/followable.ts';

const CID = 'bafkreickb5jhmk2un3bfonpt67evor5dkaqppngmhpqpo2p4xvobwscbti';

describe('followable', () => {
  it('follows http and https', () => {
    assert.equal(followable('https://name.example/path?q=1')?.href, 'https://name.example/path?q=1');
    assert.equal(followable(' http://127.0.0.1:80/ ')?.host, '127.0.0.1');
  });
  it('reads ipfs through the given gateway only', () => {
    assert.equal(
      followable(`ipfs://${CID}/a.txt`, 'http://gateway.example/')?.href,
      `http://gateway.example/ipfs/${CID}/a.txt`,
    );
    assert.equal(followable(`ipfs://${CID}`), undefined);
    assert.equal(followable('ipfs://../../x', 'http://gateway.example'), undefined);
  });
  for (const href of [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'blob:http://127.0.0.1/x',
    'file:///etc/passwd',
    '//name.example',
    '/settings/',
    'https:name.example',
    'https://user:secret@name.example/',
    'mailto:a@name.example',
    '',
  ])
    it(`does not follow ${JSON.stringify(href)}`, () =>
      assert.equal(followable(href, 'http://gateway.example'), undefined));
});
