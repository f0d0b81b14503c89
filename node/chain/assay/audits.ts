import { encodeFunctionData, type Hex, zeroAddress, zeroHash } from 'viem';
import type { Address, Digest } from '../../core/codec/hex.ts';
import { type JobTerms, jobIdOf } from '../../core/codec/job.ts';
import type { SignedReceipt } from '../../core/codec/receipt.ts';
import { ProtocolError } from '../../core/errors.ts';
import type { AuditOutcome, AuditRecord, Audits } from '../../ports/Audits.ts';
import { assayTokenAbi, auditPoolAbi, courtAbi, jobMarketAbi, receiptCourtAbi } from '../generated/contracts.ts';
import type { Call, Reading, Writing } from './context.ts';

type Reads = Pick<
  Audits,
  | 'chainTime'
  | 'head'
  | 'pool'
  | 'submitted'
  | 'started'
  | 'job'
  | 'terms'
  | 'roundOf'
  | 'audit'
  | 'auditorsOf'
  | 'seat'
  | 'auditor'
>;

/** Index = `IAuditPool.Outcome`. */
const OUTCOMES: readonly AuditOutcome[] = [
  'pending',
  'agreed',
  'disagreed',
  'receipt-withheld',
  'input-withheld',
  'missed',
];
/** Index = `IAuditPool.CanaryState`. */
const CANARIES: readonly AuditRecord['canary'][] = ['none', 'pending', 'proven', 'refuted'];
/** `IJobMarket.JobState.Submitted`. */
const SUBMITTED = 3;
const NOTHING = /^0x0*$/;
/** Blocks of one search of the logs, and how often it is repeated: half a year of blocks of twelve seconds. */
const LOG_STEP = 5_000n;
const MAX_STEPS = 260n;
const KNOWN_ROUNDS = 4096;
const YOUNG_ROUNDS = 64n;
interface Round {
  readonly openedAt: number;
  readonly value: Digest;
}
/** `IReceiptCourt.Payment` of a receipt that nobody paid for. */
const FREE = { from: zeroAddress, nonce: zeroHash };

/** The part of {@link Audits} that needs no account. */
export function readAudits({ client, addresses, chainId }: Reading): Reads {
  const pool = { address: addresses.auditPool, abi: auditPoolAbi } as const;
  const market = { address: addresses.market, abi: jobMarketAbi } as const;
  const rulesOf = (epoch: number) => client.readContract({ ...pool, functionName: 'rulesOf', args: [epoch] });
  /** Rounds that a reorganisation can hardly reach. */
  const known = new Map<bigint, Round>();
  const roundAt = async (round: bigint): Promise<Round> => {
    const found = known.get(round);
    if (found !== undefined) return found;
    const read = await client.readContract({ ...pool, functionName: 'getRound', args: [round] });
    if (known.size >= KNOWN_ROUNDS) known.clear();
    if (round + YOUNG_ROUNDS < newest) known.set(round, read);
    return read;
  };
  let newest = 0n;
  const current = async (): Promise<bigint> => {
    newest = await client.readContract({ ...pool, functionName: 'currentRound' });
    return newest;
  };
  /** The first round opened after a time; undefined when the open one was opened before. Halves the past. */
  const firstAfter = async (time: bigint): Promise<bigint | undefined> => {
    let high = await current();
    if (BigInt((await roundAt(high)).openedAt) <= time) return undefined;
    let low = 0n;
    while (high - low > 1n) {
      const middle = (low + high) / 2n;
      if (BigInt((await roundAt(middle)).openedAt) > time) high = middle;
      else low = middle;
    }
    return high;
  };
  /** Both events are of the block that created the job. */
  const termsIn = async (jobId: Digest, fromBlock: bigint, toBlock: bigint): Promise<JobTerms | undefined> => {
    const filter = { ...market, args: { jobId: BigInt(jobId) }, fromBlock, toBlock, strict: true } as const;
    const [created, pinned] = await Promise.all([
      client.getContractEvents({ ...filter, eventName: 'JobCreated' }),
      client.getContractEvents({ ...filter, eventName: 'JobTermsPinned' }),
    ]);
    const [head, rest] = [created.at(-1)?.args, pinned.at(-1)?.args];
    if (head === undefined || rest === undefined) return undefined;
    const { client: payer, provider: worker, evaluator, expiredAt: expiresAt } = head;
    const { versionId, inputRoot, feeWei, salt } = rest;
    const terms: JobTerms = { client: payer, worker, versionId, inputRoot, feeWei, expiresAt, evaluator, salt };
    // The id is the hash of the terms: an endpoint that lies about an event is found out here.
    return jobIdOf(terms, chainId, addresses.market) === jobId ? terms : undefined;
  };
  return {
    chainTime: async () => (await client.getBlock({ includeTransactions: false })).timestamp,
    head: () => client.getBlockNumber({ cacheTime: 0 }),
    pool: async () => {
      const [auditors, fundsWei, reservedWei, round, rules] = await Promise.all([
        client.readContract({ ...pool, functionName: 'auditorCount' }),
        client.readContract({ ...pool, functionName: 'fundsWei' }),
        client.readContract({ ...pool, functionName: 'reservedWei' }),
        current(),
        client.readContract({ ...pool, functionName: 'rules' }),
      ]);
      const terms = {
        ...rules,
        startSeconds: BigInt(rules.startSeconds),
        commitSeconds: BigInt(rules.commitSeconds),
        revealSeconds: BigInt(rules.revealSeconds),
        canarySeconds: BigInt(rules.canarySeconds),
        contestSeconds: BigInt(rules.contestSeconds),
      };
      return { auditors: Number(auditors), fundsWei, reservedWei, round, terms };
    },
    submitted: async (fromBlock, toBlock) => {
      const logs = await client.getContractEvents({ ...market, eventName: 'JobSubmitted', fromBlock, toBlock });
      return logs.map(({ args }) => digestOf(args.jobId!));
    },
    started: async (fromBlock, toBlock) => {
      const logs = await client.getContractEvents({ ...pool, eventName: 'AuditStarted', fromBlock, toBlock });
      return logs.map(({ args }) => digestOf(args.jobId!));
    },
    job: async (jobId) => {
      const job = await client.readContract({ ...market, functionName: 'getJob', args: [BigInt(jobId)] });
      const { worker, versionId, deliverable, submittedAt, state } = job;
      return { worker, versionId, deliverable, submittedAt, state: state === SUBMITTED ? 'submitted' : 'other' };
    },
    terms: async (jobId) => {
      const head = await client.getBlockNumber({ cacheTime: 0 });
      // Backwards: who asks about a job mostly asks about a young one, and endpoints bound the range of a search.
      for (let step = 0n, to = head; step < MAX_STEPS; step++, to -= LOG_STEP) {
        const from = to > LOG_STEP ? to - LOG_STEP + 1n : 0n;
        const terms = await termsIn(jobId, from, to);
        if (terms !== undefined || from === 0n) return terms;
      }
      return undefined;
    },
    roundOf: async (jobId, submittedAt) => {
      const round = await firstAfter(submittedAt);
      if (round === undefined) return { state: 'unopened' };
      if (NOTHING.test((await roundAt(round)).value)) return { state: 'waiting' };
      const [, auditors] = await client.readContract({
        ...pool,
        functionName: 'drawOf',
        args: [BigInt(jobId), round],
      });
      return { state: 'drawn', round, auditors };
    },
    audit: async (jobId) => {
      const audit = await client.readContract({ ...pool, functionName: 'getAudit', args: [BigInt(jobId)] });
      if (audit.startedAt === 0) return undefined;
      const rules = await rulesOf(audit.epoch);
      const commitEndsAt = BigInt(audit.startedAt) + BigInt(rules.commitSeconds);
      const revealEndsAt = commitEndsAt + BigInt(rules.revealSeconds);
      const { canaryRoot, canaryClaimId } = audit;
      return {
        startedAt: BigInt(audit.startedAt),
        commitEndsAt,
        revealEndsAt,
        canaryEndsAt: revealEndsAt + BigInt(rules.canarySeconds),
        outcome: OUTCOMES[audit.outcome]!,
        triggered: audit.triggered,
        canary: CANARIES[audit.canary]!,
        ...(NOTHING.test(audit.receiptRoot) ? {} : { receiptRoot: audit.receiptRoot }),
        ...(NOTHING.test(canaryRoot) ? {} : { canaryRoot, canaryClaimId }),
      };
    },
    auditorsOf: (jobId) => client.readContract({ ...pool, functionName: 'auditorsOf', args: [BigInt(jobId)] }),
    seat: async (jobId, auditor) => {
      const seat = await client.readContract({ ...pool, functionName: 'seatOf', args: [BigInt(jobId), auditor] });
      return {
        ...(NOTHING.test(seat.commitment) ? {} : { commitment: seat.commitment }),
        ...(NOTHING.test(seat.outputRoot) ? {} : { revealed: seat.outputRoot }),
      };
    },
    auditor: async (account) => {
      const [record, creditWei] = await Promise.all([
        client.readContract({ ...pool, functionName: 'getAuditor', args: [account] }),
        client.readContract({ ...pool, functionName: 'creditOf', args: [account] }),
      ]);
      const { operator, bondWei, frozenWei, thawEndsAt, open, seat } = record;
      return { operator, bondWei, frozenWei, thawEndsAt: BigInt(thawEndsAt), open, seated: seat !== 0, creditWei };
    },
  };
}

/** Audits as one account plays them. Ids are stable where an act can be done once only: a restart joins its earlier self. */
export function createAudits(writing: Writing): Audits {
  const { client, addresses, account, send, fresh } = writing;
  const reads = readAudits(writing);
  const pool = { address: addresses.auditPool, abi: auditPoolAbi } as const;
  const court = { address: addresses.court, abi: courtAbi } as const;
  const claimIdOf = async ({ receipt }: SignedReceipt): Promise<Hex> => {
    const market = { address: addresses.market, abi: jobMarketAbi } as const;
    const digest = await client.readContract({ ...market, functionName: 'hashReceipt', args: [receipt] });
    return client.readContract({ ...court, functionName: 'claimIdOf', args: [receipt.jobId, digest] });
  };
  const call = (id: string, describe: string, data: Hex): Call => ({ id, to: addresses.auditPool, data, describe });
  const act = async (id: string, describe: string, data: Hex): Promise<void> => {
    await send(call(id, describe, data));
  };
  /** Lets the pool take exactly `amountWei`. */
  const allow = async (amountWei: bigint): Promise<void> => {
    const args = [addresses.auditPool, amountWei] as const;
    const data = encodeFunctionData({ abi: assayTokenAbi, functionName: 'approve', args });
    if (amountWei > 0n)
      await send({
        id: `allow audits ${fresh()}`,
        to: addresses.token,
        data,
        describe: 'let the audit pool take tokens',
      });
  };
  const data = <T extends Parameters<typeof encodeFunctionData<typeof auditPoolAbi>>[0]['functionName']>(
    functionName: T,
    args: readonly unknown[] = [],
  ): Hex => encodeFunctionData({ abi: auditPoolAbi, functionName, args } as never);
  return {
    ...reads,
    tick: async () => {
      try {
        await client.simulateContract({ ...pool, functionName: 'tick', account });
      } catch {
        // The beacon is not ready, or the chain is away: the next round asks again.
        return false;
      }
      try {
        await act(`audit tick ${fresh()}`, 'draw the audits of a round', data('tick'));
        return true;
      } catch (error) {
        if (error instanceof ProtocolError && error.code === 'CHAIN_REVERTED') return false;
        throw error;
      }
    },
    start: (jobId, round) => act(`audit start ${jobId}`, 'start an audit', data('start', [BigInt(jobId), round])),
    commit: (jobId, auditor, commitment) =>
      act(`audit commit ${jobId} ${auditor}`, 'commit to a root', data('commit', [BigInt(jobId), auditor, commitment])),
    reveal: (jobId, auditor, outputRoot, salt) =>
      act(
        `audit reveal ${jobId} ${auditor}`,
        'reveal a root',
        data('reveal', [BigInt(jobId), auditor, outputRoot, salt]),
      ),
    revealReceipt: (terms, receipt) =>
      act(
        `audit receipt ${receipt.jobId}`,
        'show the receipt of an audited job',
        data('revealReceipt', [terms, receipt]),
      ),
    settle: (jobId) => act(`audit settle ${jobId}`, 'settle an audit', data('settle', [BigInt(jobId)])),
    revealCanary: (terms, nonce, proof) =>
      act(`canary reveal ${terms.salt}`, 'show a canary', data('revealCanary', [terms, nonce, proof])),
    fileProof: async (proof) => {
      const claimId = await claimIdOf(proof);
      if (await client.readContract({ ...court, functionName: 'isFiled', args: [claimId] })) return;
      const locator = await client.readContract({
        address: addresses.receiptCourt,
        abi: receiptCourtAbi,
        functionName: 'locatorOfSigned',
        args: [proof.receipt, FREE, proof.signature],
      });
      const file = encodeFunctionData({ abi: courtAbi, functionName: 'file', args: [addresses.receiptCourt, locator] });
      await send({ id: `file ${claimId}`, to: addresses.court, data: file, describe: 'file a receipt with the Court' });
    },
    endProof: async (proof) => {
      const claimId = await claimIdOf(proof);
      if ((await client.readContract({ ...court, functionName: 'outcomeOf', args: [claimId] })) !== 0) return true;
      if (!(await client.readContract({ ...court, functionName: 'isEndable', args: [claimId] }))) return false;
      const finalize = encodeFunctionData({ abi: courtAbi, functionName: 'finalize', args: [claimId] });
      await send({ id: `finalize ${claimId}`, to: addresses.court, data: finalize, describe: 'end a claim' });
      return true;
    },
    concludeCanary: (jobId) =>
      act(`canary conclude ${jobId}`, 'conclude a canary', data('concludeCanary', [BigInt(jobId)])),
    join: async (operator: Address) => {
      const [{ bondWei, frozenWei }, { terms }] = await Promise.all([reads.auditor(account), reads.pool()]);
      const held = bondWei - frozenWei;
      await allow(held < terms.bondWei ? terms.bondWei - held : 0n);
      await act(`audit join ${fresh()}`, 'become an auditor', data('join', [operator]));
    },
    leave: () => act(`audit leave ${fresh()}`, 'leave the audits', data('leave')),
    withdrawBond: () => act(`audit bond ${fresh()}`, 'withdraw the bond of an auditor', data('withdrawBond')),
    withdrawFor: (owner) =>
      act(`audit withdraw ${fresh()}`, 'withdraw the fees of audits', data('withdrawFor', [owner])),
    fund: async (amountWei) => {
      await allow(amountWei);
      await act(`audit fund ${fresh()}`, 'fund audits', data('fund', [amountWei]));
    },
  };
}

const digestOf = (jobId: bigint): Digest => `0x${jobId.toString(16).padStart(64, '0')}` as Digest;
