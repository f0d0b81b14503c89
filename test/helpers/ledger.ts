import assert from 'node:assert/strict';
import { type Address, createPublicClient, type Hex, http, parseAbi, parseEventLogs } from 'viem';
import { foundry } from 'viem/chains';

/** Written by hand from the interfaces, so that reading the chain here shares no code with the node. */
const EVENTS = parseAbi([
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'event JobFunded(uint256 indexed jobId, address indexed client, uint256 amount)',
  'event JobSubmitted(uint256 indexed jobId, address indexed provider, bytes32 deliverable)',
  'event JobCompleted(uint256 indexed jobId, address indexed evaluator, bytes32 reason)',
  'event JobRejected(uint256 indexed jobId, address indexed rejector, bytes32 reason)',
  'event JobExpired(uint256 indexed jobId)',
  'event PaymentReleased(uint256 indexed jobId, address indexed provider, uint256 amount)',
  'event FeesShared(uint256 indexed jobId, address indexed author, uint256 authorWei, uint256 treasuryWei)',
  'event Refunded(uint256 indexed jobId, address indexed client, uint256 amount)',
  'event TillCollected(address indexed worker, uint256 indexed versionId, address indexed till, address author, uint256 workerWei, uint256 authorWei, uint256 treasuryWei)',
  'event CreditWithdrawn(address indexed account, uint256 amountWei)',
]);
const READS = parseAbi([
  'function balanceOf(address) view returns (uint256)',
  'function totalSupply() view returns (uint256)',
  'function creditOf(address) view returns (uint256)',
]);

export interface LedgerJob {
  readonly id: Hex;
  readonly client: Address;
  readonly feeWei: bigint;
  readonly worker?: Address;
  readonly deliverable?: Hex;
  readonly end?: 'completed' | 'rejected' | 'expired';
  readonly workerWei: bigint;
  readonly authorWei: bigint;
  readonly treasuryWei: bigint;
}

export interface Ledger {
  readonly jobs: ReadonlyMap<Hex, LedgerJob>;
  /** Token balance of every account that ever held any. */
  readonly balances: ReadonlyMap<Address, bigint>;
  /** What the market owes: earned, not yet withdrawn. */
  readonly credits: ReadonlyMap<Address, bigint>;
  /** What each account earned through jobs and tills since the first block. */
  readonly earned: ReadonlyMap<Address, bigint>;
}

export interface Contracts {
  readonly token: Address;
  readonly market: Address;
  readonly timelock: Address;
}

const idOf = (jobId: bigint): Hex => `0x${jobId.toString(16).padStart(64, '0')}`;
const lower = (address: Address): Address => address.toLowerCase() as Address;

/** Reads every event of the chain, and checks on the way that no wei appeared, vanished or was paid twice. */
export async function readLedger(rpcUrl: string, contracts: Contracts): Promise<Ledger> {
  const client = createPublicClient({ chain: foundry, transport: http(rpcUrl) });
  // One block, so that what settles meanwhile is seen by all reads or by none.
  const blockNumber = await client.getBlockNumber({ cacheTime: 0 });
  const logsOf = async (address: Address) =>
    parseEventLogs({ abi: EVENTS, logs: await client.getLogs({ address, fromBlock: 0n, toBlock: blockNumber }) });
  const market = lower(contracts.market);
  const treasury = lower(contracts.timelock);

  const balances = new Map<Address, bigint>();
  const add = (map: Map<Address, bigint>, account: Address, wei: bigint): void => {
    map.set(lower(account), (map.get(lower(account)) ?? 0n) + wei);
  };
  for (const log of await logsOf(contracts.token)) {
    if (log.eventName !== 'Transfer') continue;
    add(balances, log.args.from, -log.args.value);
    add(balances, log.args.to, log.args.value);
  }
  const zero = `0x${'00'.repeat(20)}` as Address;
  const supply = -(balances.get(zero) ?? 0n);
  balances.delete(zero);

  const jobs = new Map<Hex, LedgerJob>();
  const earned = new Map<Address, bigint>();
  const credits = new Map<Address, bigint>();
  const credit = (account: Address, wei: bigint): void => {
    add(earned, account, wei);
    add(credits, account, wei);
  };
  const change = (jobId: bigint, what: Partial<LedgerJob>): void => {
    const id = idOf(jobId);
    const job = jobs.get(id);
    assert.ok(job !== undefined, `job ${id} was funded before anything else`);
    if (what.end !== undefined) assert.equal(job.end, undefined, `job ${id} ends once`);
    if (what.deliverable !== undefined) assert.equal(job.deliverable, undefined, `job ${id} is submitted once`);
    jobs.set(id, { ...job, ...what });
  };
  for (const { eventName, args } of await logsOf(contracts.market)) {
    if (eventName === 'JobFunded') {
      assert.ok(!jobs.has(idOf(args.jobId)), `job ${idOf(args.jobId)} is funded once`);
      const nothing = { workerWei: 0n, authorWei: 0n, treasuryWei: 0n };
      jobs.set(idOf(args.jobId), {
        id: idOf(args.jobId),
        client: lower(args.client),
        feeWei: args.amount,
        ...nothing,
      });
    } else if (eventName === 'JobSubmitted')
      change(args.jobId, { worker: lower(args.provider), deliverable: args.deliverable });
    else if (eventName === 'JobCompleted') change(args.jobId, { end: 'completed' });
    else if (eventName === 'JobRejected') change(args.jobId, { end: 'rejected' });
    else if (eventName === 'JobExpired' && jobs.has(idOf(args.jobId))) change(args.jobId, { end: 'expired' });
    else if (eventName === 'PaymentReleased') {
      change(args.jobId, { workerWei: args.amount });
      credit(args.provider, args.amount);
    } else if (eventName === 'FeesShared') {
      change(args.jobId, { authorWei: args.authorWei, treasuryWei: args.treasuryWei });
      credit(args.author, args.authorWei);
      credit(treasury, args.treasuryWei);
    } else if (eventName === 'Refunded') add(credits, args.client, args.amount);
    else if (eventName === 'CreditWithdrawn') add(credits, args.account, -args.amountWei);
    else if (eventName === 'TillCollected') {
      credit(args.worker, args.workerWei);
      credit(args.author, args.authorWei);
      credit(treasury, args.treasuryWei);
    }
  }

  const read = (address: Address, functionName: 'balanceOf' | 'creditOf', account: Address): Promise<bigint> =>
    client.readContract({ address, abi: READS, functionName, args: [account], blockNumber });
  assert.equal(
    await client.readContract({ address: contracts.token, abi: READS, functionName: 'totalSupply', blockNumber }),
    supply,
  );
  for (const [account, wei] of balances) assert.equal(await read(contracts.token, 'balanceOf', account), wei);
  for (const [account, wei] of credits) assert.equal(await read(contracts.market, 'creditOf', account), wei);
  for (const job of jobs.values()) {
    if (job.end === 'completed') assert.equal(job.workerWei + job.authorWei + job.treasuryWei, job.feeWei, job.id);
    else assert.equal(job.workerWei + job.authorWei + job.treasuryWei, 0n, job.id);
  }
  const escrowed = [...jobs.values()].reduce((sum, { end, feeWei }) => sum + (end === undefined ? feeWei : 0n), 0n);
  const owed = [...credits.values()].reduce((sum, wei) => sum + wei, 0n);
  assert.equal(balances.get(market) ?? 0n, escrowed + owed, 'the market holds what it owes, to the wei');
  return { jobs, balances, credits, earned };
}
