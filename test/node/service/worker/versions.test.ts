import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createOffering } from '../../../../node/chain/assay/staking.ts';
import type { Digest } from '../../../../node/core/codec/hex.ts';
import { nativeSha256 as sha256 } from '../../../../node/host.ts';
import { openStore } from '../../../../node/ipfs/store.ts';
import { SqliteJournal } from '../../../../node/journal/sqliteJournal.ts';
import type { Offering } from '../../../../node/ports/Directory.ts';
import type { Journal } from '../../../../node/ports/Journal.ts';
import type { Runtime } from '../../../../node/ports/Runtime.ts';
import type { Store } from '../../../../node/ports/Store.ts';
import { createReferenceRuntime } from '../../../../node/runtime/reference.ts';
import { Versions } from '../../../../node/service/worker/versions.ts';
import { memoryLog } from '../../../helpers/anvilRpc.ts';
import { type ExactArtifact, exactArtifact } from '../../../helpers/exactArtifact.ts';
import { type Market, startMarket } from '../../../helpers/market.ts';
import { randomInput } from '../../../helpers/randomProgram.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const FEE = 10n ** 15n;

describe('versions', () => {
  let market: Market;
  let store: Store;
  let runtime: Runtime;
  let folder = '';
  let slugs = 0;
  before(async () => {
    market = await startMarket();
    folder = mkdtempSync(join(tmpdir(), 'assay-versions-'));
    store = await openStore(folder, { privateProviders: true });
    runtime = createReferenceRuntime();
  });
  after(async () => {
    await runtime.close();
    await store.close();
    await market.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Options {
    readonly journal?: Journal;
    readonly offering?: Offering;
    readonly feeWei?: bigint;
  }
  interface Bench {
    readonly versions: Versions;
    readonly log: ReturnType<typeof memoryLog>;
    readonly journal: Journal;
    /** Lets every retry be due. */
    later(): void;
  }
  function bench({ journal = SqliteJournal.open(':memory:'), offering, feeWei = FEE }: Options = {}): Bench {
    const log = memoryLog();
    let ahead = 0;
    const versions = new Versions({
      directory: market.directory,
      offering: offering ?? market.offering,
      store,
      runtime,
      journal,
      sha256,
      clock: { monotonic: () => performance.now() + ahead },
      log,
      worker: market.people.owner.address,
      feeWei,
      load: {},
    });
    return {
      versions,
      log,
      journal,
      later: () => {
        ahead += 120_000;
      },
    };
  }

  /** A model whose only version is live; its bytes are in our store unless told otherwise. */
  async function live(artifact: ExactArtifact, over: Record<string, unknown> = {}, slug = `model-${++slugs}`) {
    const { cid } = await store.add(artifact.bytes);
    const published = await market.publish(slug, { cid, ...artifact.claim, ...over });
    await market.setLive(published.modelId, published.versionId);
    return { slug, cid, ...published };
  }
  const retireAll = async (): Promise<void> => {
    for (const { modelId, liveVersionId } of await market.directory.models())
      if (liveVersionId !== 0n) await market.setLive(modelId, 0n);
  };
  const offeredFee = async (versionId: bigint): Promise<bigint | undefined> =>
    (await market.directory.offers(versionId)).find(
      ({ worker }) => worker.toLowerCase() === market.people.owner.address,
    )?.feeWei;

  it('serves what the DAO made live: checked, proven, loaded, offered at our price', async () => {
    await retireAll();
    const artifact = exactArtifact(1);
    const { slug, versionId, cid } = await live(artifact);
    const { versions } = bench();
    await Promise.all([versions.sync(), versions.sync()]);
    const [loaded] = versions.all();
    assert.equal(versions.all().length, 1);
    assert.deepEqual(
      [loaded!.served.model, loaded!.served.versionId, loaded!.served.cid, loaded!.served.feeWei],
      [slug, versionId, cid, FEE],
    );
    assert.equal(loaded!.served.programRoot, artifact.claim.programRoot);
    assert.equal(versions.find(slug), loaded);
    assert.equal(versions.find(slug, versionId), loaded);
    assert.equal(versions.find(slug, versionId + 1n), undefined);
    assert.equal(versions.find('another'), undefined);
    assert.equal(await offeredFee(versionId), FEE);
    const input = randomInput(new Seeded(2), artifact.program, 3);
    assert.equal((await loaded!.session.run(new Map([[artifact.program.input.name, input]]))).size, 1);
    await versions.close();
    assert.deepEqual(versions.all(), []);
  });

  describe('refuses and says why, and serves the others', () => {
    const refusals: [string, (artifact: ExactArtifact) => Promise<Record<string, unknown>>, RegExp][] = [
      ['other bytes under the CID', async () => ({ sha256: `0x${'ab'.repeat(32)}` as Digest }), /SHA-256/],
      ['another programRoot', async () => ({ programRoot: `0x${'ab'.repeat(32)}` as Digest }), /programRoot/],
      ['another size', async ({ bytes }) => ({ sizeBytes: bytes.length + 1 }), /size/],
      ['a float version', async () => ({ programRoot: `0x${'00'.repeat(32)}` as Digest }), /float tier/],
      ['a size that nobody reads', async () => ({ sizeBytes: 2 ** 40 }), /registered size/],
      [
        'a CID of bytes that are no model',
        async () => {
          const bytes = new TextEncoder().encode('not a model at all');
          const { cid } = await store.add(bytes);
          return { cid, sha256: `0x${Buffer.from(sha256(bytes)).toString('hex')}`, sizeBytes: bytes.length };
        },
        /cannot|not/i,
      ],
      [
        'a CID that nobody has',
        async () => ({ cid: 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy' }),
        /./,
      ],
    ];
    for (const [name, over, why] of refusals)
      it(name, async () => {
        await retireAll();
        const bad = await live(exactArtifact(3), await over(exactArtifact(3)));
        const good = await live(exactArtifact(4));
        const { versions, log } = bench();
        await versions.sync();
        await versions.sync();
        assert.deepEqual(
          versions.all().map(({ served }) => served.model),
          [good.slug],
        );
        assert.match(versions.failures().get(bad.versionId)!, why);
        const said = log.lines.filter((line) => line.includes('cannot serve a live version'));
        assert.equal(said.length, 1, 'once, not every second');
        assert.match(said[0]!, new RegExp(`model=${bad.slug} `));
        assert.equal(await offeredFee(bad.versionId), undefined);
        assert.equal(await offeredFee(good.versionId), FEE);
        await versions.close();
      });
  });

  it('asks ever less often for what fails, and serves it when it can be had', async () => {
    await retireAll();
    const artifact = exactArtifact(5);
    const { slug, cid } = await live(artifact);
    await store.remove(cid);
    const { versions, later, log } = bench();
    await versions.sync();
    assert.deepEqual(versions.all(), []);
    await store.add(artifact.bytes);
    await versions.sync();
    assert.deepEqual(versions.all(), [], 'not yet due');
    later();
    await versions.sync();
    assert.equal(versions.find(slug)?.served.cid, cid);
    assert.equal(versions.failures().size, 0);
    assert.equal(log.lines.filter((line) => line.startsWith('error')).length, 1);
    await versions.close();
  });

  it('moves to a new version, and lets the old one finish what it runs', async () => {
    await retireAll();
    const old = exactArtifact(6);
    const first = await live(old);
    const { versions } = bench();
    await versions.sync();
    const before = versions.find(first.slug)!;
    const input = randomInput(new Seeded(7), old.program, 1);
    const running = Promise.all(
      Array.from({ length: 20 }, () => before.session.run(new Map([[old.program.input.name, input]]))),
    );
    const second = await live(exactArtifact(8), {}, first.slug);
    await versions.sync();
    assert.equal((await running).length, 20);
    assert.equal(versions.find(first.slug)?.served.versionId, second.versionId);
    assert.equal(versions.find(first.slug, first.versionId), undefined);
    assert.equal(await offeredFee(first.versionId), undefined, 'the old offer is withdrawn');
    assert.equal(await offeredFee(second.versionId), FEE);
    await assert.rejects(before.session.run(new Map([[old.program.input.name, input]])), { code: 'RUNTIME_CLOSED' });

    await market.setLive(second.modelId, 0n);
    await versions.sync();
    assert.deepEqual(versions.all(), []);
    assert.equal(await offeredFee(second.versionId), undefined, 'a retired model is not offered');
  });

  it('keeps serving the old version while the new one is refused', async () => {
    await retireAll();
    const first = await live(exactArtifact(9));
    const { versions } = bench();
    await versions.sync();
    await live(exactArtifact(10), { sha256: `0x${'cd'.repeat(32)}` }, first.slug);
    await versions.sync();
    assert.equal(versions.find(first.slug)?.served.versionId, first.versionId);
    assert.equal(await offeredFee(first.versionId), FEE);
    await versions.close();
  });

  it('offers again when the first offer failed: a hot key without ether that gets some', async () => {
    await retireAll();
    const { slug, versionId } = await live(exactArtifact(11));
    const { address } = market.people.hot;
    const ether = await market.client.getBalance({ address });
    await market.chain.setBalance({ address, value: 0n });
    const offering = createOffering(market.writing(market.people.hot));
    const { versions, later, log } = bench({ offering });
    await versions.sync();
    assert.equal(versions.find(slug)?.served.versionId, versionId, 'it is loaded, for those who know us');
    assert.equal(await offeredFee(versionId), undefined);
    assert.match(versions.failures().get(versionId)!, /cannot pay for the transaction/);
    assert.equal(log.lines.filter((line) => line.startsWith('error')).length, 1);
    await market.chain.setBalance({ address, value: ether });
    later();
    await versions.sync();
    assert.equal(await offeredFee(versionId), FEE);
    assert.equal(versions.failures().size, 0);
    await versions.close();
  });

  describe('after a restart', () => {
    it('offers nothing twice, and takes back what it no longer serves', async () => {
      await retireAll();
      const kept = await live(exactArtifact(12));
      const gone = await live(exactArtifact(13));
      const first = bench();
      await first.versions.sync();
      await first.versions.close();
      assert.equal(await offeredFee(gone.versionId), FEE);

      await market.setLive(gone.modelId, 0n);
      const nonce = await market.client.getTransactionCount({ address: market.people.hot.address });
      const again = bench({ journal: first.journal });
      await again.versions.sync();
      assert.deepEqual(
        again.versions.all().map(({ served }) => served.versionId),
        [kept.versionId],
      );
      assert.equal(await offeredFee(gone.versionId), undefined);
      assert.equal(await offeredFee(kept.versionId), FEE);
      assert.equal(
        (await market.client.getTransactionCount({ address: market.people.hot.address })) - nonce,
        1,
        'one transaction: the withdrawal',
      );
      await again.versions.close();
    });

    it('offers at the new price', async () => {
      await retireAll();
      const { versionId } = await live(exactArtifact(14));
      const first = bench();
      await first.versions.sync();
      await first.versions.close();
      const again = bench({ journal: first.journal, feeWei: 2n * FEE });
      await again.versions.sync();
      assert.equal(await offeredFee(versionId), 2n * FEE);
      await again.versions.close();
    });
  });
});
