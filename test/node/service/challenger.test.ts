import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { encodeFunctionData } from 'viem';
import { workerRegistryAbi } from '../../../node/chain/generated/contracts.ts';
import type { Digest } from '../../../node/core/codec/hex.ts';
import type { TraceCommitment } from '../../../node/core/dispute/traceCommitment.ts';
import { type Program, programRoot } from '../../../node/core/exact/program.ts';
import { proveProgram } from '../../../node/core/exact/prove.ts';
import { qlinear } from '../../../node/core/exact/steps/qlinear.ts';
import { tensor } from '../../../node/core/tensor/tensor.ts';
import { SqliteJournal } from '../../../node/journal/sqliteJournal.ts';
import { TermsUnknown } from '../../../node/service/auditor/evidence.ts';
import { ClaimTrue } from '../../../node/service/challenger.ts';
import type { DefenderOptions } from '../../../node/service/defender.ts';
import { copied, staller } from '../../helpers/adversaries/courts.ts';
import { type Lie, lying, wrongElement, wrongHeader, wrongRoot } from '../../helpers/adversaries/lyingTrace.ts';
import { directWriting } from '../../helpers/directWriting.ts';
import { type Answered, DisputeBench, inputOf, playUntil } from '../../helpers/disputeBench.ts';
import { type Market, startMarket } from '../../helpers/market.ts';
import { randomProgram } from '../../helpers/randomProgram.ts';
import { Seeded } from '../../helpers/seeded.ts';

/** Two steps; the first is a dot product of 4200, which goes by partial sums. */
function longProgram(): Program {
  const random = new Seeded(3);
  const [k, n] = [4200, 3];
  const weight = tensor(
    'int8',
    [n, k],
    Int8Array.from({ length: n * k }, () => random.int(-127, 127)),
  );
  const pairs = tensor('int64', [n, 2], BigInt64Array.from([1000n, 2n ** 45n, 1000n, 2n ** 45n, 1000n, 2n ** 45n]));
  const range = {
    rangeClass: 'U7S8',
    inputZeroPoint: 0,
    weightZeroPoint: 0,
    lo: 0,
    hi: 127,
    outDtype: 'uint8',
  } as const;
  const requant = { shift: 20, offset: 2n ** 25n - 60n };
  return proveProgram({
    input: { name: 'x', dtype: 'uint8', dims: [k], lo: 0, hi: 127, zeroPoint: 0, scale: [1], offset: [0] },
    steps: [
      qlinear({ ...range, ...requant, source: 0, k, n, weight, pairs }),
      qlinear({
        ...range,
        ...requant,
        source: 1,
        k: n,
        n: 3,
        weight: tensor('int8', [3, 3], Int8Array.from([90, -40, 3, 7, 8, 120, -5, 60, 1])),
        pairs,
      }),
    ],
    output: { name: 'y', scale: 1, zeroPoint: 0, activation: 'none' },
  });
}

describe('the challenger', () => {
  let market: Market;
  let bench: DisputeBench;
  before(async () => {
    market = await startMarket();
    bench = await DisputeBench.open(market, randomProgram(new Seeded(5), { steps: 5, maxWidth: 40 }), 'short');
  });
  after(() => market.stop());

  interface Case {
    readonly lie: Lie;
    readonly on?: DisputeBench;
    readonly rows?: number;
    readonly defender?: (options: DefenderOptions['court']) => DefenderOptions['court'];
    readonly secondsPerRound?: number;
    readonly over?: Partial<DefenderOptions>;
    readonly before?: (answered: Answered) => void | Promise<void>;
  }

  /** Plays until the claim has fallen and everybody is paid; returns what the challenger gained. */
  async function falls({ lie, on = bench, rows = 60, secondsPerRound = 0, ...rest }: Case): Promise<bigint> {
    const journal = SqliteJournal.open(':memory:');
    const answered = await on.answer(journal, inputOf(on.program.program, rows, rows), lie);
    await rest.before?.(answered);
    const court = on.court(market.people.hot);
    const liar = on.defender(journal, {
      truth: lying(lie),
      court: rest.defender === undefined ? court : rest.defender(court),
      ...rest.over,
    });
    const me = market.people.other;
    const before = await on.balance(me.address);
    const challenger = on.challenger(me);
    const view = on.court(me);
    const { claimId } = answered;
    const decided = async (): Promise<boolean> => (await view.claim(claimId))?.verdict === 'fallen';
    await playUntil(on, [challenger, liar], decided, { secondsPerRound });
    await market.pass(60);
    const ended = async (): Promise<boolean> => challenger.disputes().every(([, { state }]) => state === 'ended');
    await playUntil(on, [challenger], ended, { secondsPerRound });
    const row = challenger.disputes().find(([id]) => id === claimId)?.[1];
    assert.equal(row?.outcome, 'fallen');
    assert.equal(await market.settlement.jobStates([answered.jobId]).then(([state]) => state), 'rejected');
    const gained = (await on.balance(me.address)) - before;
    assert.ok(gained > 0n, `the challenger gained ${gained} wei`);
    return gained;
  }

  it('finds a wrong element of any step, and is paid', async () => {
    for (const step of [1, 3, 5]) await falls({ lie: wrongElement(step, 1111) });
  });
  it('wins when the worker has no preimage of what he claims', async () => {
    await falls({ lie: wrongRoot(2), secondsPerRound: 40 });
  });
  it('proves a wrong header', async () => {
    await falls({ lie: wrongHeader(2) });
  });
  it('wins against a worker who waits until the last seconds', async () => {
    await falls({ lie: wrongElement(2, 5), defender: staller, secondsPerRound: 20 });
  });
  it('wins against a worker who does not answer at all', async () => {
    await falls({
      lie: wrongElement(2, 5),
      over: {
        truth: () => {
          throw new Error('gone');
        },
      },
      secondsPerRound: 40,
    });
  });
  it('wins when somebody copies all his moves and sends them first', async () => {
    const thief = bench.court(market.people.author);
    await falls({ lie: wrongElement(4, 9), defender: (court) => copied(court, thief) });
  });
  it('demands an input that is withheld, and wins when it does not come', async () => {
    await falls({
      lie: wrongElement(1, 1),
      rows: 3,
      secondsPerRound: 6,
      before: ({ jobId }) => bench.withhold(jobId),
      over: { inputs: { find: () => undefined } },
    });
  });
  it('proves a long dot product by its partial sums', async () => {
    const long = await DisputeBench.open(market, longProgram(), 'long');
    assert.equal(long.program.root, programRoot(longProgram()));
    await falls({ lie: wrongElement(1, 4), on: long, rows: 2 });
  });

  it('does not challenge what is true', async () => {
    const journal = SqliteJournal.open(':memory:');
    const { claimId } = await bench.answer(journal, inputOf(bench.program.program, 5));
    const challenger = bench.challenger(market.people.other);
    await challenger.tick();
    assert.equal(challenger.waiting, 0);
    assert.ok(challenger.checked >= 1);
    assert.equal(await bench.court(market.people.other).claim(claimId), undefined);
  });
  it('refuses to dispute a true receipt', async () => {
    const journal = SqliteJournal.open(':memory:');
    const { signed, input } = await bench.answer(journal, inputOf(bench.program.program, 5));
    await assert.rejects(bench.challenger(market.people.other).accuse(signed, input), ClaimTrue);
  });
  it('waits with a receipt whose job is not on the chain', async () => {
    const input = inputOf(bench.program.program, 4);
    const signed = market.receipt(`0x${'77'.repeat(32)}` as Digest, { versionId: bench.versionId });
    await assert.rejects(bench.challenger(market.people.other).accuse(signed, input), TermsUnknown);
  });
  it('disputes a free answer by its signature alone', async () => {
    const lie: Lie = wrongElement(5, 0);
    const input = inputOf(bench.program.program, 4);
    const journal = SqliteJournal.open(':memory:');
    const honest = lying((own: TraceCommitment) => own)(bench.program, input);
    const free = market.receipt(`0x${'00'.repeat(32)}` as Digest, {
      versionId: bench.versionId,
      programRoot: bench.program.root,
      inputRoot: honest.own.facts.inputRoot,
      outputRoot: lie(honest.own).values.at(-1)!.committed.digest,
      issuedAt: await market.chainTime(),
    });
    bench.keep(journal, free.receipt.inputRoot, input);
    const challenger = bench.challenger(market.people.other, { sample: () => false });
    const claimId = await challenger.accuse(free, input);
    const liar = bench.defender(journal, { truth: lying(lie) });
    const view = bench.court(market.people.other);
    await playUntil(bench, [challenger, liar], async () => (await view.claim(claimId))?.verdict === 'fallen');
  });

  it('wins against a worker who challenges himself first, and asks for his stake back', async () => {
    const { workers } = market.deployment.addresses;
    await falls({
      lie: wrongElement(3, 8),
      secondsPerRound: 20,
      before: async ({ claimId, jobId }) => {
        const accomplice = bench.court(market.people.author);
        await accomplice.file({ kind: 'job', jobId });
        await accomplice.challenge(claimId);
        const registry = { address: workers, abi: workerRegistryAbi } as const;
        const args = [market.people.owner.address] as const;
        const free = await market.client.readContract({ ...registry, functionName: 'freeStakeOf', args });
        const data = encodeFunctionData({ ...registry, functionName: 'requestUnstake', args: [free] });
        const { send } = await directWriting(market, market.people.owner.address);
        await send({ id: 'unstake', to: workers, data, describe: 'unstake' });
      },
    });
  });
});
