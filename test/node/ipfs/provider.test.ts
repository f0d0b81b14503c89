import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Tally } from '../../../node/ipfs/budget.ts';
import { StoreProviderFailed, StoreProviderStatus } from '../../../node/ipfs/errors.ts';
import { DEFAULT_PACE } from '../../../node/ipfs/pace.ts';
import { Provider } from '../../../node/ipfs/provider.ts';
import { ProviderClient } from '../../../node/ipfs/providerClient.ts';
import { CAR_HEADERS, carOf, listen, MIB, node, rawBlock } from './world.ts';

const leaf = rawBlock(Buffer.from('leaf'));
const other = rawBlock(Buffer.from('other'));
const root = node([leaf.cid, other.cid], [4n, 5n]);
const signal = new AbortController().signal;

async function provider(handler: Parameters<typeof listen>[0]): Promise<Provider> {
  return new Provider(await listen(handler), new ProviderClient(DEFAULT_PACE, true));
}

const serving = (body: Uint8Array): Promise<Provider> =>
  provider((_request, response) => response.writeHead(200, CAR_HEADERS).end(body));

/** Takes all blocks of the DAG in their order. */
async function takeAll(from: Provider): Promise<void> {
  const car = await from.car(root.cid, MIB, signal);
  const tally = new Tally(root.cid, { maxBytes: MIB });
  try {
    for (const { cid, bytes } of [root, leaf, other]) {
      tally.enter(cid, 0);
      assert.deepEqual(new Uint8Array(await car.take(cid, tally)), new Uint8Array(bytes));
    }
  } finally {
    await car.close();
  }
}

async function fails(task: Promise<unknown>, why: RegExp, dishonest: boolean): Promise<StoreProviderFailed> {
  const error: unknown = await task.catch((reason: unknown) => reason);
  assert.ok(error instanceof StoreProviderFailed, String(error));
  assert.match(error.why, why);
  assert.equal(error.dishonest, dishonest);
  return error;
}

describe('Provider', () => {
  it('gives blocks and CARs that are what they should be', async () => {
    assert.deepEqual(
      new Uint8Array(await (await serving(leaf.bytes)).block(leaf.cid, signal)),
      new Uint8Array(leaf.bytes),
    );
    await takeAll(await serving(carOf(root.cid, [root, leaf, other])));
    await takeAll(await serving(carOf(leaf.cid, [root, root, leaf, root, other])));
  });

  it('error: StoreProviderFailed tells a lie from bad luck and from a lesser gateway', async () => {
    await fails((await serving(Buffer.from('wrong'))).block(leaf.cid, signal), /hash to something else/, true);
    await fails((await serving(new Uint8Array(2 * MIB + 1))).block(leaf.cid, signal), /no block has more/, true);
    await fails(takeAll(await serving(carOf(root.cid, [root, { ...leaf, bytes: other.bytes }]))), /hash to/, true);
    await fails(takeAll(await serving(Buffer.from([3, 1, 2, 3]))), /header/, true);
    await fails(takeAll(await serving(carOf(root.cid, [root, leaf]))), /truncated/, false);
    const disordered = await serving(carOf(root.cid, [root, other, leaf]));
    await fails(takeAll(disordered), /next in depth-first order/, false);
    assert.equal(disordered.rawOnly, true);
    const withoutCars = await provider((_request, response) => response.writeHead(406).end());
    const error = await fails(takeAll(withoutCars), /answered 406/, false);
    assert.ok(error instanceof StoreProviderStatus && error.status === 406);
    assert.equal(withoutCars.rawOnly, true);
  });

  it('keeps its connection between blocks', async () => {
    const ports = new Set<number | undefined>();
    const from = await provider((request, response) => {
      ports.add(request.socket.remotePort);
      response.writeHead(200).end(leaf.bytes);
    });
    for (let i = 0; i < 10; i++) await from.block(leaf.cid, signal);
    assert.equal(ports.size, 1);
  });
});
