import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { encodeFunctionData } from 'viem';
import { createAuthoring } from '../../../../node/chain/assay/authoring.ts';
import { createDirectory } from '../../../../node/chain/assay/directory.ts';
import { readGovernance } from '../../../../node/chain/assay/governance.ts';
import { assayGovernorAbi, assayTokenAbi } from '../../../../node/chain/generated/contracts.ts';
import { openStore } from '../../../../node/ipfs/store.ts';
import type { Cid, Store } from '../../../../node/ports/Store.ts';
import { Shelf } from '../../../../node/service/worker/shelf.ts';
import { memoryLog } from '../../../helpers/anvilRpc.ts';
import { type Battlefield, openBattlefield } from './attackBench.ts';

const MIB = 1 << 20;

/** Strangers who want a worker's disk, or want honest files off it. Numbers: threats.md. */
describe('I10: what strangers may put on a disk', () => {
  let field: Battlefield;
  let folder = '';
  const stores: Store[] = [];
  before(async () => {
    field = await openBattlefield();
    folder = mkdtempSync(join(tmpdir(), 'assay-disk-'));
  });
  after(async () => {
    for (const store of stores) await store.close();
    await field.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function newStore(): Promise<Store> {
    const store = await openStore(join(folder, `${stores.length}`));
    stores.push(store);
    return store;
  }
  const file = (bytes = MIB): Uint8Array => new Uint8Array(randomBytes(bytes));
  let models = 0;
  /** Registers a CID as somebody, with a size of his choice. */
  async function register(as: 'author' | 'other', cid: Cid, sizeBytes: number, cardCid: Cid = cid): Promise<bigint> {
    const authoring = createAuthoring(field.writing(field.people[as]));
    const modelId = await authoring.registerModel(`model-${models++}`, cid);
    const hash = `0x${'ab'.repeat(32)}` as const;
    return authoring.publishVersion(modelId, {
      cid,
      sha256: hash,
      programRoot: hash,
      sizeBytes,
      licence: 'MIT',
      cardCid,
      parents: [],
    });
  }
  const cidOf = async (store: Store, bytes: Uint8Array): Promise<Cid> => (await store.add(bytes)).cid;

  it('I4_sizeClaim: a stranger who registers the same file with another size does not shut it out', async () => {
    const source = await newStore();
    for (const claims of [
      [1, 1_000_000],
      [1_000_000, 1],
      [Number.MAX_SAFE_INTEGER, 1_000_000],
      [1_000_000, Number.MAX_SAFE_INTEGER],
    ]) {
      const directory = createDirectory(field.reading);
      const cid = await cidOf(source, file(64));
      for (const size of claims) {
        await register('other', cid, size);
        await directory.registered([cid]);
      }
      assert.equal((await directory.registered([cid])).get(cid)?.sizeBytes, 1_000_000, String(claims));
    }
    const huge = await cidOf(source, file(64));
    await register('other', huge, 2 ** 40, await cidOf(source, file(64)));
    assert.equal((await field.directory.registered([huge])).get(huge), undefined);
  });

  it('I4_sizeClaim: a card that is registered as a file of one byte is still taken as a card', async () => {
    const source = await newStore();
    const [cid, card] = [await cidOf(source, file(64)), await cidOf(source, file(64))];
    await register('other', card, 1);
    await register('author', cid, 64, card);
    assert.ok((await field.directory.registered([card])).get(card)!.sizeBytes >= 64 << 10);
  });

  it('I10_quota: junk makes room for junk; what is served or voted on stays', async () => {
    const [source, store] = [await newStore(), await newStore()];
    const log = memoryLog();
    let served: Cid[] = [];
    const shelf = new Shelf({
      store,
      directory: createDirectory(field.reading),
      governance: readGovernance(field.reading),
      serving: () => served,
      maxBytes: 4 * MIB,
      log,
    });
    async function upload(cid: Cid): Promise<boolean> {
      const allowed = await shelf.allowance(cid);
      if (allowed === undefined) return false;
      await store.importCar(cid, source.exportCar(cid), allowed);
      return true;
    }
    const [live, proposed] = [await cidOf(source, file()), await cidOf(source, file())];
    await register('author', live, MIB);
    const proposedVersion = await register('author', proposed, MIB);
    served = [live];
    assert.ok((await upload(live)) && (await upload(proposed)));
    await propose(proposedVersion);
    const junk: Cid[] = [];
    for (let i = 0; i < 6; i++) {
      junk.push(await cidOf(source, file()));
      await register('other', junk.at(-1)!, MIB);
      assert.ok(await upload(junk.at(-1)!), 'there is always room for what comes');
      const roots = await store.roots();
      assert.ok(roots.length <= 4, `${roots.length} files of 1 MiB`);
      assert.ok(roots.includes(live) && roots.includes(proposed));
    }
    assert.deepEqual([...(await store.roots())].sort(), [live, proposed, ...junk.slice(-2)].sort());
    assert.equal(log.lines.filter((line) => /made room/.test(line)).length, 4);
    // What nobody registered, and what is larger than the shelf, is not taken at all.
    assert.equal(await upload(await cidOf(source, file(64))), false);
    const large = await cidOf(source, file(5 * MIB));
    await register('other', large, 5 * MIB);
    assert.equal(await upload(large), false);
    // When everything is worth keeping, nothing is pushed out.
    served = [...(await store.roots())];
    assert.equal(await upload(junk[0]!), false);
    assert.equal((await store.roots()).length, 4);
  });

  /** A proposal to make a version live, by a holder of enough votes. */
  async function propose(versionId: bigint): Promise<void> {
    const { governor, token, models: registry } = field.deployment.addresses;
    const { author } = field.people;
    const delegate = encodeFunctionData({ abi: assayTokenAbi, functionName: 'delegate', args: [author.address] });
    await field.as(author.address, token, delegate);
    await field.pass(2);
    const { calldata } = readGovernance(field.reading).setLiveAction(1n, versionId);
    const args = [[registry], [0n], [calldata], 'make it live'] as const;
    await field.as(
      author.address,
      governor,
      encodeFunctionData({ abi: assayGovernorAbi, functionName: 'propose', args }),
    );
    assert.deepEqual(await readGovernance(field.reading).proposedVersions(), [versionId]);
  }
});
