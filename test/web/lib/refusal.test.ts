import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toFunctionSelector } from 'viem';
import { problemOfCall } from '../../../web/lib/refusal.ts';
import { RpcRefusal } from '../../../web/lib/rpc.ts';

describe('problemOfCall', () => {
  const data = toFunctionSelector('WorkerRegistryAmountZero()');

  it('finds the data wherever a wallet or node has put it', async () => {
    const places = [
      new RpcRefusal(3, 'execution reverted', data),
      { code: -32603, data: { code: 3, data } },
      { message: 'x', cause: { data } },
    ];
    for (const place of places) assert.equal((await problemOfCall(place))?.what, 'An amount is zero');
  });

  it('tells a refusal without a reason from other failures', async () => {
    assert.equal((await problemOfCall(new RpcRefusal(3, 'execution reverted')))?.why, 'it gave no reason');
    assert.equal(await problemOfCall(new TypeError('fetch failed')), undefined);
  });

  it('ends on errors that cause themselves', async () => {
    const ring: { cause?: unknown } = {};
    ring.cause = ring;
    assert.equal(await problemOfCall(ring), undefined);
  });
});
