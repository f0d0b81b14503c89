import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  type Address,
  createPublicClient,
  type Hex,
  hashTypedData,
  http,
  parseAbi,
  parseAbiItem,
  recoverTypedDataAddress,
} from 'viem';
import { foundry } from 'viem/chains';
import { type Anvil, startAnvil } from '../../node/chain/anvil.ts';
import { SqliteJournal } from '../../node/journal/sqliteJournal.ts';
import type { JobRow } from '../../node/service/worker/cashier.ts';
import { jsonOf, runCli, SAID } from '../helpers/cli.ts';
import { type Ledger, readLedger } from '../helpers/ledger.ts';
import { freePorts, removeFolder, startNetwork, temporaryFolder } from '../helpers/network.ts';
import { filesOf, leaks, secretsOf } from '../helpers/secrets.ts';

interface Report {
  readonly model: string;
  readonly versionId: string;
  readonly cid: string;
  readonly sha256: Hex;
  readonly programRoot: Hex;
  readonly steps: number;
  readonly training?: { floatCorrect: number; exactCorrect: number; testRows: number; epochs: number };
  readonly vote?: { proposal: string; forWei: string; againstWei: string; quorumWei: string; state: string };
  readonly jobs: { paid: number; completed: number; perWorker: Record<Address, number>; seconds: number };
  readonly receipts: { verified: number; different: number };
  readonly accuracy: { correct: number; rows: number };
  readonly money: Record<
    'paidByConsumerWei' | 'workersWei' | 'authorWei' | 'treasuryWei' | 'heldWei' | 'differenceWei',
    string
  >;
  readonly seconds: number;
}

interface DeploymentFile {
  readonly genesisHash: Hex;
  readonly addresses: Record<string, Address>;
}

const ROWS = 355;
const FEE = 10n ** 15n;
const RECEIPT = {
  Receipt: [
    { name: 'jobId', type: 'bytes32' },
    { name: 'versionId', type: 'uint256' },
    { name: 'programRoot', type: 'bytes32' },
    { name: 'inputRoot', type: 'bytes32' },
    { name: 'outputRoot', type: 'bytes32' },
    { name: 'worker', type: 'address' },
    { name: 'issuedAt', type: 'uint64' },
  ],
} as const;
const READS = parseAbi([
  'function getModel(uint256) view returns ((address author, address pendingAuthor, uint256 liveVersionId, string slug, string metadataCid))',
  'function liveVersionOf(uint256) view returns (uint256)',
  'function versionCount() view returns (uint256)',
  'function modelCount() view returns (uint256)',
  'function workerOf(address) view returns (address)',
  'function hasRole(bytes32, address) view returns (bool)',
]);

const lower = (text: string): Address => text.toLowerCase() as Address;
const readJson = async <T>(path: string): Promise<T> => JSON.parse(await readFile(path, 'utf8')) as T;

/** The saved chain of a home, running again for reading: its own process, nothing of the network. */
async function chainOf(home: string): Promise<Pick<Anvil, 'url' | 'stop'>> {
  const copy = await temporaryFolder('chain');
  await cp(join(home, 'anvil', 'state.json'), join(copy, 'state.json'));
  const anvil = await startAnvil({ stateFile: join(copy, 'state.json'), accounts: 0 });
  return { url: anvil.url, stop: async () => anvil.stop().finally(() => removeFolder(copy)) };
}

const clientOf = ({ url }: { readonly url: string }) => createPublicClient({ chain: foundry, transport: http(url) });

const rowsOf = (home: string): JobRow[] =>
  readdirSync(join(home, 'workers')).flatMap((worker) => {
    const journal = SqliteJournal.open(join(home, 'workers', worker, 'journal.sqlite'));
    try {
      return [...journal.table<JobRow>('jobs').entries()].map(([, row]) => row);
    } finally {
      journal.close();
    }
  });

describe('the main job through the real command line', () => {
  let home = '';
  let report: Report;
  let seconds = 0;
  let deployment: DeploymentFile;
  let chain: Awaited<ReturnType<typeof chainOf>>;
  let ledger: Ledger;

  const demo = async (env: Record<string, string> = {}): Promise<Report> => {
    const port = await freePorts(4);
    const begun = performance.now();
    const result = await runCli(['demo', '--json', '--home', home, '--port', String(port)], { env });
    seconds = (performance.now() - begun) / 1000;
    assert.equal(result.code, 0, result.stderr + result.stdout);
    return jsonOf<Report>(result);
  };

  before(async () => {
    home = await temporaryFolder('main-job');
    report = await demo();
    deployment = await readJson(join(home, 'deployment.json'));
    chain = await chainOf(home);
    ledger = await readLedger(chain.url, deployment.addresses as never);
  });
  after(async () => {
    await chain?.stop();
    await removeFolder(home);
  });

  it('reports what it did, and writes the same report to the home', async (t) => {
    t.diagnostic(`first demo: ${seconds.toFixed(1)} s, of it ${report.jobs.seconds.toFixed(1)} s of inference`);
    const { training, vote, jobs, receipts, accuracy } = report;
    assert.equal(report.model, 'digits');
    assert.equal(report.versionId, '1');
    assert.ok(training !== undefined && vote !== undefined);
    assert.equal(training.testRows, ROWS);
    assert.ok(training.exactCorrect >= 0.95 * ROWS, `exact model: ${training.exactCorrect} of ${ROWS}`);
    assert.ok(Math.abs(training.exactCorrect - training.floatCorrect) <= 0.01 * ROWS);
    assert.equal(vote.state, 'executed');
    assert.ok(BigInt(vote.forWei) > BigInt(vote.quorumWei) && vote.againstWei === '0');
    assert.deepEqual([jobs.paid, jobs.completed], [ROWS, ROWS]);
    assert.deepEqual(receipts, { verified: ROWS, different: 0 });
    assert.deepEqual(accuracy, { correct: training.exactCorrect, rows: ROWS });
    assert.deepEqual([report.money.differenceWei, report.money.heldWei], ['0', '0']);
    assert.deepEqual(await readJson(join(home, 'report.json')), report);
  });

  it('completed every paid job on chain, each once, for the fee that was asked', () => {
    assert.equal(ledger.jobs.size, ROWS);
    for (const { end, feeWei } of ledger.jobs.values()) assert.deepEqual([end, feeWei], ['completed', FEE]);
    const perWorker: Record<string, number> = {};
    for (const { worker } of ledger.jobs.values()) perWorker[worker!] = (perWorker[worker!] ?? 0) + 1;
    const reported = Object.fromEntries(Object.entries(report.jobs.perWorker).map(([k, n]) => [lower(k), n]));
    assert.deepEqual(perWorker, reported);
    assert.equal(Object.keys(perWorker).length, 3, 'every worker was paid');
  });

  it('moved exactly the money that it reports, by the governed shares', () => {
    const sum = (pick: (job: { workerWei: bigint; authorWei: bigint; treasuryWei: bigint }) => bigint): bigint =>
      [...ledger.jobs.values()].reduce((total, job) => total + pick(job), 0n);
    const { money } = report;
    assert.equal(BigInt(money.paidByConsumerWei), BigInt(ROWS) * FEE);
    assert.equal(
      sum(({ workerWei }) => workerWei),
      BigInt(money.workersWei),
    );
    assert.equal(
      sum(({ authorWei }) => authorWei),
      BigInt(money.authorWei),
    );
    assert.equal(
      sum(({ treasuryWei }) => treasuryWei),
      BigInt(money.treasuryWei),
    );
    assert.equal(BigInt(money.workersWei), (BigInt(ROWS) * FEE * 80n) / 100n);
    assert.equal(BigInt(money.authorWei), (BigInt(ROWS) * FEE * 15n) / 100n);
    assert.equal(BigInt(money.treasuryWei), (BigInt(ROWS) * FEE * 5n) / 100n);
  });

  it('left every worker and the author with their earnings in hand', () => {
    for (const [account, wei] of ledger.earned) {
      if (account === lower(deployment.addresses['timelock']!)) continue;
      assert.ok(wei > 0n);
      assert.equal(ledger.credits.get(account), 0n, `${account} withdrew`);
    }
    assert.equal(ledger.earned.size, 5, 'three workers, the author, the treasury');
  });

  it('holds a receipt for every job, signed by the registered hot key of its worker', async () => {
    const client = clientOf(chain);
    const { market, workers } = deployment.addresses as { market: Address; workers: Address };
    const rows = rowsOf(home);
    assert.equal(rows.length, ROWS);
    const signers = new Map<string, Address>();
    const seen = new Set<Hex>();
    for (const { receipt: signed, state } of rows) {
      // An end that is seconds old is written down by the next round, or by the next start.
      assert.ok(['submitted', 'settled'].includes(state), state);
      assert.ok(signed !== undefined);
      const { receipt, domain, signature } = signed;
      assert.equal(lower(domain.verifyingContract), lower(market));
      const typed = {
        domain: { name: 'Assay', version: '1', chainId: 31337, verifyingContract: market },
        types: RECEIPT,
        primaryType: 'Receipt',
        message: receipt,
      } as const;
      assert.equal(receipt.programRoot, report.programRoot);
      const job = ledger.jobs.get(receipt.jobId);
      assert.ok(job !== undefined && !seen.has(receipt.jobId), 'one receipt for one job');
      seen.add(receipt.jobId);
      assert.equal(job.deliverable, hashTypedData(typed), 'the chain holds the digest of the receipt');
      assert.equal(lower(receipt.worker), job.worker);
      signers.set(await recoverTypedDataAddress({ ...typed, signature }), lower(receipt.worker));
    }
    assert.equal(signers.size, 3, 'one hot key per worker');
    for (const [hotKey, worker] of signers) {
      const owner = await client.readContract({
        address: workers,
        abi: READS,
        functionName: 'workerOf',
        args: [hotKey as Address],
      });
      assert.equal(lower(owner), worker);
      assert.notEqual(lower(hotKey), worker, 'the hot key is not the owner');
    }
  });

  it('made the version live through the timelock, and left no role with any key', async () => {
    const client = clientOf(chain);
    const { models, timelock } = deployment.addresses as { models: Address; timelock: Address };
    const read = { address: models, abi: READS } as const;
    assert.equal(await client.readContract({ ...read, functionName: 'modelCount' }), 1n);
    assert.equal(await client.readContract({ ...read, functionName: 'liveVersionOf', args: [1n] }), 1n);
    const changes = await client.getLogs({
      address: models,
      event: parseAbiItem('event LiveVersionChanged(uint256 indexed, uint256, uint256)'),
      fromBlock: 0n,
    });
    assert.equal(changes.length, 1);
    const calls = await client.getLogs({
      address: timelock,
      event: parseAbiItem(
        'event CallExecuted(bytes32 indexed id, uint256 indexed index, address target, uint256 value, bytes data)',
      ),
      fromBlock: 0n,
    });
    assert.equal(calls.length, 1);
    assert.equal(calls[0]!.transactionHash, changes[0]!.transactionHash);
    assert.equal(lower(calls[0]!.args.target!), lower(models));

    const granted = await client.getLogs({
      address: timelock,
      event: parseAbiItem('event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender)'),
      fromBlock: 0n,
    });
    assert.ok(granted.length >= 3);
    for (const { args } of granted) {
      const { role, account } = args as { role: Hex; account: Address };
      const holds = await client.readContract({
        address: timelock,
        abi: READS,
        functionName: 'hasRole',
        args: [role, account],
      });
      // The zero address as executor means that anybody may execute what was voted.
      if (!holds || /^0x0+$/.test(account)) continue;
      assert.notEqual(
        (await client.getCode({ address: account })) ?? '0x',
        '0x',
        `${account} is a key and holds ${role}`,
      );
    }
  });

  it('ends every process: ports, locks and temporary processes are free again', async () => {
    assert.deepEqual(
      readdirSync(home).filter((name) => name.endsWith('.lock')),
      [],
    );
    const mine = readdirSync('/proc').flatMap((pid) => {
      if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(home) ? [pid] : [];
      } catch (error) {
        return (error as NodeJS.ErrnoException).code === undefined ? [pid] : [];
      }
    });
    assert.deepEqual(mine, []);
  });

  it('continues in seconds when started again: no training, no vote, the same contracts', async (t) => {
    // The most talkative log, for the scan below.
    const again = await demo({ ASSAY_LOG_LEVEL: 'debug' });
    t.diagnostic(`second demo: ${seconds.toFixed(1)} s`);
    assert.equal(again.training, undefined);
    assert.equal(again.vote, undefined);
    assert.deepEqual(
      [again.versionId, again.cid, again.programRoot, again.sha256],
      [report.versionId, report.cid, report.programRoot, report.sha256],
    );
    assert.deepEqual([again.jobs.paid, again.jobs.completed, again.money.differenceWei], [ROWS, ROWS, '0']);
    assert.deepEqual(await readJson(join(home, 'deployment.json')), deployment);
    const later = await chainOf(home);
    try {
      const now = await readLedger(later.url, deployment.addresses as never);
      assert.equal(now.jobs.size, 2 * ROWS);
      assert.ok([...now.jobs.values()].every(({ end }) => end === 'completed'));
      for (const id of ledger.jobs.keys()) assert.ok(now.jobs.has(id), 'the jobs of the first start are still there');
    } finally {
      await later.stop();
    }
  });

  it('shows no key and no password: not in outputs, logs, journals, stores, chain states or reports', async () => {
    const secrets = await secretsOf(home);
    assert.equal(secrets.length, 4 + 3 + 3 + 1, 'people, owners, hot keys, password');
    const texts = [...filesOf(home), { name: 'outputs', content: Buffer.from(SAID.join(''), 'latin1') }];
    for (const part of ['worker.log', 'journal.sqlite', 'consumer.sqlite', 'state.json', 'report.json', 'hot.json'])
      assert.ok(
        texts.some(({ name }) => name.endsWith(part)),
        `${part} is scanned`,
      );
    assert.deepEqual(leaks(texts, secrets), []);
    for (const { name, needles } of secrets)
      for (const needle of needles) {
        const planted = { name: 'planted', content: Buffer.concat([Buffer.from('so: '), needle, Buffer.from('.')]) };
        assert.deepEqual(leaks([planted], secrets), [`${name} in planted`], 'the scan finds what is there');
      }
  });

  it('starts over with --reset: new keys, new chain, nothing of before', async () => {
    const keyBefore = readFileSync(join(home, 'keys', 'author.json'), 'utf8');
    const network = await startNetwork({ home, workers: 1, args: ['--reset'] });
    try {
      const now = await readJson<DeploymentFile>(join(home, 'deployment.json'));
      assert.notEqual(now.genesisHash, deployment.genesisHash);
      assert.notEqual(readFileSync(join(home, 'keys', 'author.json'), 'utf8'), keyBefore);
      const { directory } = await network.as('consumer').chain();
      assert.deepEqual(await directory.models(), []);
      assert.equal((await directory.workers()).length, 1);
      assert.equal((await readLedger(network.rpcUrl, now.addresses as never)).jobs.size, 0);
      assert.ok(!readdirSync(home).includes('report.json'));
    } finally {
      assert.equal((await network.stop()).code, 0);
    }
  });
});
