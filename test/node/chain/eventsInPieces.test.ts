import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventsInPieces } from '../../../node/chain/eventsInPieces.ts';
import { RpcAnswerTooLarge, RpcRefused } from '../../../node/chain/rpc/errors.ts';

describe('eventsInPieces', () => {
  /** One event in each block; refuses more than `most` blocks at once. */
  const endpoint = (most: bigint, refusal: () => Error) => {
    const asked: [bigint, bigint][] = [];
    const get = async (from: bigint, to: bigint): Promise<bigint[]> => {
      asked.push([from, to]);
      if (to - from + 1n > most) throw new Error('wrapped by viem', { cause: refusal() });
      return Array.from({ length: Number(to - from + 1n) }, (_, i) => from + BigInt(i));
    };
    return { asked, get };
  };
  const refused = (): Error => new RpcRefused('eth_getLogs', { code: -32005, message: 'block range is too wide' });
  const all = (from: bigint, to: bigint): bigint[] =>
    Array.from({ length: Number(to - from + 1n) }, (_, i) => from + BigInt(i));

  it('asks once where once is enough', async () => {
    const { asked, get } = endpoint(1000n, refused);
    assert.deepEqual(await eventsInPieces(5n, 100n, get), all(5n, 100n));
    assert.deepEqual(asked, [[5n, 100n]]);
    assert.deepEqual(await eventsInPieces(5n, 4n, get), []);
  });

  it('every event once and in order, however little the endpoint gives', async () => {
    for (const most of [1n, 2n, 7n, 64n, 95n])
      for (const refusal of [refused, () => new RpcAnswerTooLarge('rpc.example', 'eth_getLogs', 1000)])
        assert.deepEqual(await eventsInPieces(5n, 100n, endpoint(most, refusal).get), all(5n, 100n), `${most} blocks`);
  });

  it('throws what is no refusal of a range, and a refusal of one block', async () => {
    const { asked, get } = endpoint(0n, () => new Error('no connection'));
    await assert.rejects(eventsInPieces(0n, 99n, get), /wrapped by viem/);
    assert.equal(asked.length, 1);
    await assert.rejects(eventsInPieces(0n, 99n, endpoint(0n, refused).get), /wrapped by viem/);
  });
});
