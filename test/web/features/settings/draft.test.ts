import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSound, settingsOf } from '../../../../web/features/settings/draft.ts';

const SITE = {
  rpcUrls: ['http://a.example'],
  subgraphUrl: 'http://b.example',
  gateways: ['http://c.example', 'http://d.example'],
};

describe('settingsOf', () => {
  it('stores nothing when nothing differs from the site', () => assert.deepEqual(settingsOf({ ...SITE }, SITE), {}));
  it('stores only what differs; the order counts', () =>
    assert.deepEqual(settingsOf({ ...SITE, gateways: SITE.gateways.toReversed() }, SITE), {
      gateways: ['http://d.example', 'http://c.example'],
    }));
});

describe('isSound', () => {
  it('wants one good address of each kind', () => {
    assert.equal(isSound(SITE), true);
    assert.equal(isSound({ ...SITE, rpcUrls: [] }), false);
    assert.equal(isSound({ ...SITE, gateways: ['http://c.example', ''] }), false);
    assert.equal(isSound({ ...SITE, subgraphUrl: 'javascript:x' }), false);
  });
});
