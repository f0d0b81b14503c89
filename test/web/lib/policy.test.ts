import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connectPolicy, isPermitted } from '../../../web/lib/policy.ts';

const CONFIG = {
  rpcUrls: ['http://127.0.0.1:8545/', 'https://rpc.example/key'],
  subgraphUrl: 'http://127.0.0.1:8549/subgraphs/name/assay',
  gateways: ['http://127.0.0.1:8546', 'https://rpc.example'],
} as never;

describe('connectPolicy', () => {
  it('names each origin once and nothing else', () =>
    assert.equal(
      connectPolicy(CONFIG),
      "connect-src 'self' http://127.0.0.1:8545 http://127.0.0.1:8546 http://127.0.0.1:8549 https://rpc.example",
    ));
  it('lets through what is being tested, and drops what is no URL', () =>
    assert.match(
      connectPolicy(CONFIG, ['https://new.example/x', "x; script-src 'unsafe-inline'"]),
      /8549 https:\/\/new\.example https:\/\/rpc\.example$/,
    ));
});

describe('isPermitted', () => {
  const tag = { getAttribute: () => connectPolicy(CONFIG) };
  before(() => Object.assign(globalThis, { document: { head: { querySelector: () => tag } } }));
  after(() => Reflect.deleteProperty(globalThis, 'document'));

  it('knows the servers of the policy', () => {
    assert.equal(isPermitted('http://127.0.0.1:8546/any/path'), true);
    assert.equal(isPermitted('https://other.example'), false);
  });
  for (const text of ['', 'no address', 'http://', 'connect-src', "'self'"])
    it(`takes ${JSON.stringify(text)}, as a stranger may register it, for nothing`, () =>
      assert.equal(isPermitted(text), false));
});
