import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endpointFault, parseSettings } from '../../../web/lib/settings.ts';

describe('endpointFault', () => {
  for (const url of [
    'http://127.0.0.1:8545',
    'https://name.example/rpc?key=1',
    'http://[::1]:8545',
    'https://xn--bcher-kva.example',
  ])
    it(`accepts ${url}`, () => assert.equal(endpointFault(url), undefined));
  for (const url of [
    '',
    'name.example',
    'ftp://name.example',
    'ws://name.example',
    'javascript:alert(1)',
    'https://a:b@name.example',
    'https://*.example',
    'https://x;script-src',
    'http://$(id)',
    'http://`id`',
    "http://a';id'",
  ])
    it(`refuses ${JSON.stringify(url)}`, () => assert.equal(typeof endpointFault(url), 'string'));
});

describe('parseSettings', () => {
  it('reads what was stored', () => {
    const settings = {
      rpcUrls: ['https://a.example/'],
      subgraphUrl: 'https://b.example/',
      gateways: ['https://c.example/'],
    };
    assert.deepEqual(parseSettings(JSON.stringify(settings)), settings);
  });
  it('leaves out what makes no sense', () => {
    const text = JSON.stringify({ rpcUrls: ['javascript:x', 7], subgraphUrl: null, gateways: 'x', theme: 'dark' });
    assert.deepEqual(parseSettings(text), {});
  });
  for (const text of [undefined, '', 'null', '[]', '{', '7'])
    it(`${text} counts as no settings`, () => assert.deepEqual(parseSettings(text), {}));
});
