import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Assay, compose } from '../../node/compose.ts';
import { loadConfig } from '../../node/config.ts';
import { ELECTORATE } from '../helpers/anvil.ts';
import { freePorts, removeFolder, temporaryFolder } from '../helpers/network.ts';

const TOKEN = 10n ** 18n;

describe('compose', () => {
  let home = '';
  let rpcUrl = '';
  let chain: { stop(): Promise<void> };
  const open: Assay[] = [];
  const assay = (account = 'author', folder = home): Assay => {
    const made = compose(loadConfig({ home: folder, account, logLevel: 'silent', rpc: [rpcUrl] }, {}).config);
    open.push(made);
    return made;
  };
  before(async () => {
    home = await temporaryFolder('compose');
    const port = await freePorts(1);
    rpcUrl = `http://127.0.0.1:${port}`;
    chain = await assay().startAnvil({ home, port });
  });
  after(async () => {
    for (const each of open) await each.close();
    await chain?.stop();
    await removeFolder(home);
  });

  it('opens nothing before it is asked for, and closes what it opened', async () => {
    const empty = await temporaryFolder('empty');
    const parts = assay('author', empty);
    await parts.close();
    assert.deepEqual(readdirSync(empty), []);
    await parts.store();
    assert.equal(await parts.store(), await parts.store(), 'each part once');
    await parts.close();
    await assert.rejects((await parts.store()).roots(), { code: 'STORE_CLOSED' });
    await removeFolder(empty);
  });

  it('keeps no failure: a home becomes usable when its contracts are deployed', async () => {
    const parts = assay();
    assert.equal(await parts.hasDeployment(), false);
    await assert.rejects(parts.chain(), { code: 'DEPLOYMENT_MISSING' });
    await assert.rejects(parts.account(), { code: 'DEPLOYMENT_MISSING' });

    await parts.keys.ensurePassword();
    const author = await parts.keys.ensure('author', { light: true });
    const hot = await parts.keys.ensure('hot', { light: true });
    await parts.fundEther([author, hot]);
    await parts.deploy([ELECTORATE, { recipient: author, amountWei: 50_000n * TOKEN }]);
    assert.equal(await parts.hasDeployment(), true);
    const account = await parts.account();
    assert.equal(account.address, author);
    assert.equal(await account.settlement.balanceOf(author), 50_000n * TOKEN);
    assert.deepEqual(await account.directory.models(), []);
    assert.equal(await parts.account('author'), account, 'one queue per account');
    assert.equal(existsSync(join(home, 'accounts')), false, 'reading and paying by signature opens no queue');

    await (await account.staking('hot')).register(hot, 'http://127.0.0.1:9', 10_000n * TOKEN);
    assert.equal((await account.directory.workers())[0]!.hotKey.toLowerCase(), hot);
    await parts.close();
  });

  it('lets one process at a time send for an account; others read meanwhile', async () => {
    const first = assay();
    const { governance, address } = await first.account();
    await governance.delegate(address);
    const second = assay();
    const other = await second.account();
    assert.ok((await other.governance.votesOf(address)) > 0n);
    await assert.rejects(other.governance.delegate(address), { code: 'JOURNAL_LOCKED' });
    await first.close();
    await other.governance.delegate(address);
    await second.close();
  });

  it('error: WorkerNotRegistered for a key that is nobody’s hot key, before anything is opened', async () => {
    const parts = assay();
    await parts.keys.ensure('stray', { light: true });
    await assert.rejects(assay('stray').worker(), { code: 'WORKER_NOT_REGISTERED' });
    assert.ok(!existsSync(join(home, 'journal.sqlite')));
  });

  it('makes a worker that is not listening, for a registered hot key', async () => {
    const parts = assay('hot');
    const { owner, gateway } = await parts.worker();
    assert.equal(owner.toLowerCase(), await parts.keys.addressOf('author'));
    const answer = await gateway.app.request('/v2/health/ready');
    assert.equal(answer.status, 503, 'it has not looked at the registry yet');
    await parts.close();
  });

  it('names a file by its CID without keeping it', async () => {
    const parts = assay();
    const bytes = new Uint8Array(300_000).fill(7);
    const { cid, sha256 } = await parts.identify(bytes);
    const store = await parts.store();
    assert.equal(await store.has(cid), false);
    const added = await store.add(bytes);
    assert.deepEqual([added.cid, added.sha256], [cid, sha256]);
    await parts.close();
  });

  it('tells a chain that lost its contracts from one that has them', async () => {
    const other = await temporaryFolder('lost');
    const file = JSON.parse(readFileSync(join(home, 'deployment.json'), 'utf8')) as Record<string, unknown>;
    const write = (over: object): void =>
      writeFileSync(join(other, 'deployment.json'), JSON.stringify({ ...file, ...over }));
    const { addresses } = file as { addresses: Record<string, string> };
    write({ addresses: { ...addresses, lens: `0x${'11'.repeat(20)}` } });
    await assert.rejects(assay('author', other).chain(), { code: 'DEPLOYMENT_MISMATCH' });
    assert.equal(await assay('author', other).hasDeployment(), false);
    write({ genesisHash: `0x${'11'.repeat(32)}` });
    await assert.rejects(assay('author', other).chain(), { code: 'GENESIS_MISMATCH' });
    assert.equal(await assay('author', other).hasDeployment(), false);
    write({ chainId: 1 });
    await assert.rejects(assay('author', other).chain(), { code: 'CHAIN_ID_MISMATCH' });
    rmSync(join(other, 'deployment.json'));
    await removeFolder(other);
  });
});
