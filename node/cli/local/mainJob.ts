import { join } from 'node:path';
import type { AccountView } from '../../compose.ts';
import { PACKAGE_ROOT } from '../../config.ts';
import { type Address, type Digest, sameAddress } from '../../core/codec/hex.ts';
import { ProtocolError } from '../../core/errors.ts';
import type { Program } from '../../core/exact/program.ts';
import { encodeInput } from '../../core/exact/quantize.ts';
import { predictions } from '../../core/train/metrics.ts';
import { takeRows } from '../../core/train/scaling.ts';
import type { Action, Proposal, ProposalState } from '../../ports/Governance.ts';
import { reexecute } from '../../service/consumer/answer.ts';
import { type LocalVersion, openVersion } from '../../service/consumer/catalogue.ts';
import { makeExact } from '../../service/exactModel.ts';
import { side } from '../../service/preparedData.ts';
import { publishVersion } from '../../service/publisher.ts';
import { trainDense } from '../../service/trainer.ts';
import { readData, readText } from '../files.ts';
import { type Printer, toJson } from '../print.ts';
import type { LocalNetwork } from './network.ts';

/** What the main job showed; every figure is measured in this run or read from the chain. */
export interface Report {
  readonly model: string;
  readonly versionId: bigint;
  readonly cid: string;
  readonly sha256: Digest;
  readonly programRoot: Digest;
  readonly steps: number;
  /** Absent when an earlier start had trained and published the version. */
  readonly training?: {
    readonly epochs: number;
    readonly floatCorrect: number;
    readonly exactCorrect: number;
    readonly testRows: number;
    readonly seconds: number;
  };
  readonly vote?: {
    readonly proposal: bigint;
    readonly forWei: bigint;
    readonly againstWei: bigint;
    readonly quorumWei: bigint;
    readonly state: ProposalState;
  };
  readonly jobs: {
    readonly paid: number;
    readonly completed: number;
    readonly perWorker: Readonly<Record<Address, number>>;
    readonly seconds: number;
  };
  readonly receipts: { readonly verified: number; readonly different: number };
  readonly accuracy: { readonly correct: number; readonly rows: number };
  readonly money: Money;
  readonly seconds: number;
}

export interface Money {
  readonly paidByConsumerWei: bigint;
  readonly workersWei: bigint;
  readonly authorWei: bigint;
  readonly treasuryWei: bigint;
  /** What escrow and tills hold more than before: 0, or less when jobs of an earlier start ended in this one. */
  readonly heldWei: bigint;
  /** Paid minus received and held by all: 0 when not a wei was lost or made. */
  readonly differenceWei: bigint;
}

/** The main job ended, and something it promises did not hold. */
export class MainJobFailed extends ProtocolError {
  override readonly code = 'MAIN_JOB_FAILED';
}

export const MODEL = 'digits';
const EPOCHS = 100;
const CONCURRENCY = 12;
const WAIT_MS = 60_000;

export interface Run {
  readonly network: LocalNetwork;
  readonly print: Printer;
  readonly signal: AbortSignal;
}

/** Architecture 2, steps 1 to 8, on real data: train, make exact, publish, vote, serve, pay, verify, settle. */
export async function runMainJob(run: Run): Promise<Report> {
  const started = performance.now();
  const made = await ensureLive(run);
  const consumer = await run.network.as('consumer').account();
  const local = await openVersion(
    {
      directory: consumer.directory,
      store: await run.network.as('consumer').store(),
      sha256: run.network.as('consumer').sha256,
    },
    MODEL,
  );
  await everyWorkerOffers(run, local.version.versionId);
  const before = await holdings(run, local);
  const answered = await inferAll(run, consumer, local);
  const completed = await settleAll(run, consumer, answered.jobs);
  const money = await moneyMoved(run, local, before);
  const { version, artifact } = local;
  const report: Report = {
    model: MODEL,
    versionId: version.versionId,
    cid: version.cid,
    sha256: version.sha256,
    programRoot: version.programRoot,
    steps: artifact.program.steps.length,
    ...made,
    jobs: { paid: answered.jobs.length, completed, perWorker: answered.perWorker, seconds: answered.seconds },
    receipts: { verified: answered.verified, different: answered.jobs.length - answered.verified },
    accuracy: { correct: answered.correct, rows: answered.jobs.length },
    money,
    seconds: (performance.now() - started) / 1000,
  };
  checkReport(report);
  return report;
}

/** Every promise of the report, as a check that can fail. */
export function checkReport({ jobs, receipts, money }: Report): void {
  const complaint =
    receipts.different > 0
      ? `${receipts.different} answers differ from their re-execution`
      : jobs.completed !== jobs.paid
        ? `${jobs.paid - jobs.completed} of ${jobs.paid} paid jobs are not completed`
        : money.differenceWei !== 0n
          ? `${money.differenceWei} wei are missing or too many`
          : undefined;
  if (complaint !== undefined)
    throw new MainJobFailed({
      what: 'The main job did not end well',
      why: complaint,
      fix: 'See the logs of the workers under .assay/dev/workers; please report this.',
    });
}

/** Trains, publishes and votes until a version of the model is live; nothing when one is. */
export async function ensureLive(run: Run): Promise<Pick<Report, 'training' | 'vote'>> {
  const { network, print, signal } = run;
  const author = await network.as('author').account();
  const live = (await author.directory.models()).find(
    ({ slug, liveVersionId }) => slug === MODEL && liveVersionId !== 0n,
  );
  if (live !== undefined) {
    print.done(`${MODEL} version ${live.liveVersionId} is live since an earlier start`);
    return {};
  }
  const parts = network.as('author');
  const data = await readData(MODEL, 0);
  const begun = performance.now();
  const trained = await trainDense(await parts.runtime(), {
    data,
    hidden: [32],
    epochs: EPOCHS,
    batch: 32,
    rate: 0.1,
    seed: 0,
    signal,
    onEpoch: (epoch) => print.progress('training on 1442 real digits', epoch, EPOCHS, 'epochs'),
  });
  const exact = makeExact(trained.model, data, parts.sha256);
  const seconds = (performance.now() - begun) / 1000;
  print.done(
    `trained and made exact in ${seconds.toFixed(1)} s: ${exact.integer.correct}/${exact.integer.testRows} test rows right (float ${exact.float.correct})`,
  );
  const published = await publishVersion(
    {
      store: await parts.store(),
      directory: author.directory,
      authoring: author.authoring,
      http: parts.http,
      sha256: parts.sha256,
    },
    {
      slug: MODEL,
      bytes: exact.bytes,
      card: await readText(
        join(PACKAGE_ROOT, 'data', 'digits.card.md'),
        'Restore data/digits.card.md from the repository.',
      ),
      licence: 'CC-BY-4.0',
      parents: [],
      replicas: 1,
      signal,
    },
  );
  print.done(
    `published version ${published.versionId}: ${published.cid}, verified copy at ${published.replicas.join(', ')}`,
  );
  const vote = await voteLive(run, author, published.modelId, published.versionId);
  return {
    training: {
      epochs: EPOCHS,
      floatCorrect: exact.float.correct,
      exactCorrect: exact.integer.correct,
      testRows: exact.integer.testRows,
      seconds,
    },
    vote,
  };
}

async function voteLive(
  run: Run,
  author: AccountView,
  modelId: bigint,
  versionId: bigint,
): Promise<NonNullable<Report['vote']>> {
  const action = author.governance.setLiveAction(modelId, versionId);
  const why = 'It is right on the test rows, and anyone can check.';
  const decided = await decide(run, author, [action], `Make ${MODEL} version ${versionId} live`, why);
  run.print.done(`the DAO made version ${versionId} live`);
  const { id, forWei, againstWei, quorumWei, state } = decided;
  return { proposal: id, forWei, againstWei, quorumWei, state };
}

/** The author proposes, the two voters agree, the timelock executes: seconds here, days on a real chain. */
export async function decide(
  run: Run,
  author: AccountView,
  actions: readonly Action[],
  description: string,
  why: string,
): Promise<Proposal> {
  const { network, print } = run;
  const dao = author.governance;
  // Opened before the vote starts: on a slow machine opening keystores takes a part of its seconds.
  const voters = await Promise.all(['voter-1', 'voter-2'].map((voter) => network.as(voter).account()));
  const id = await dao.propose(actions, description);
  print.step('proposed; the DAO votes (seconds here, days on a real chain)');
  await until(run, 'the vote opens', async () => (await dao.proposal(id)).state === 'active');
  await Promise.all(voters.map(({ governance }) => governance.vote(id, 'for', why)));
  await until(run, 'the vote closes', async () => (await dao.proposal(id)).state === 'succeeded');
  await dao.queue(id);
  const { eta } = await dao.proposal(id);
  await until(run, 'the timelock lets it pass', async () => (await author.settlement.chainTime()) >= eta);
  await dao.execute(id);
  return dao.proposal(id);
}

/** The report is about the workers of this network; somebody else may run another one, at another price. */
const ownersOf = ({ network }: Run): readonly Address[] => network.workers.map(({ owner }) => owner);

async function everyWorkerOffers(run: Run, versionId: bigint): Promise<void> {
  const { directory } = await run.network.as('consumer').chain();
  const wanted = ownersOf(run);
  await until(run, 'the workers fetch, prove and offer it', async () => {
    const offers = await directory.offers(versionId);
    return wanted.every((owner) => offers.some(({ worker }) => sameAddress(owner, worker)));
  });
  run.print.done(`${wanted.length} staked workers serve it`);
}

interface Answered {
  readonly jobs: readonly Digest[];
  readonly perWorker: Readonly<Record<Address, number>>;
  readonly verified: number;
  readonly correct: number;
  readonly seconds: number;
}

/** One paid inference per real test row, each answer re-executed here. */
async function inferAll(run: Run, consumer: AccountView, { version, artifact }: LocalVersion): Promise<Answered> {
  const { features, labels } = side(await readData(MODEL, 0), 'test');
  const { print, signal } = run;
  const { program } = artifact;
  const among = ownersOf(run);
  const begun = performance.now();
  const jobs: Digest[] = [];
  const perWorker: Record<Address, number> = {};
  let next = 0;
  let verified = 0;
  let correct = 0;
  const one = async (): Promise<void> => {
    while (next < labels.length) {
      signal.throwIfAborted();
      const row = next++;
      const answer = await consumer.consumer.infer(MODEL, version, program, rowInput(program, features, row), {
        first: row,
        among,
      });
      const { worker, jobId } = answer.receipt.receipt;
      jobs.push(jobId);
      perWorker[worker] = (perWorker[worker] ?? 0) + 1;
      if (reexecute(program, answer) === undefined) verified += 1;
      if (predictions(answer.output)[0] === labels[row]) correct += 1;
      print.progress('paid inferences', jobs.length, labels.length, 'answered and verified');
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, one));
  const seconds = (performance.now() - begun) / 1000;
  print.done(`${jobs.length} paid inferences in ${seconds.toFixed(1)} s, ${verified} receipts re-executed and equal`);
  return { jobs, perWorker, verified, correct, seconds };
}

const rowInput = (program: Program, features: ReturnType<typeof side>['features'], row: number) => {
  const one = takeRows(features, Uint32Array.of(row));
  return encodeInput(program, one.data, [1, ...program.input.dims]);
};

/** Waits until the chain completed every job. Returns how many are. */
async function settleAll(run: Run, consumer: AccountView, jobs: readonly Digest[]): Promise<number> {
  const completed = async (): Promise<number> => {
    let count = 0;
    for (let at = 0; at < jobs.length; at += 100)
      count += (await consumer.settlement.jobStates(jobs.slice(at, at + 100))).filter(
        (state) => state === 'completed',
      ).length;
    return count;
  };
  await until(run, 'challenge windows pass and jobs settle', async () => {
    const count = await completed();
    run.print.progress('settled', count, jobs.length, 'jobs');
    return count === jobs.length;
  });
  run.print.done(`${jobs.length} jobs settled on chain`);
  return completed();
}

interface Holdings {
  readonly consumer: bigint;
  readonly workers: bigint;
  readonly author: bigint;
  readonly treasury: bigint;
  /** Escrow of jobs that have not ended, and tills that nobody has collected. */
  readonly held: bigint;
}

/** Who has what, read until two looks agree: jobs of an earlier start may be settling meanwhile. */
async function holdings(run: Run, local: LocalVersion): Promise<Holdings> {
  let last = '';
  let found: Holdings | undefined;
  await until(run, 'the balances stand still', async () => {
    found = await lookAtHoldings(run, local);
    const now = toJson(found);
    const still = now === last;
    last = now;
    return still;
  });
  return found!;
}

/** Balances and credits together, so that it does not matter who has withdrawn. */
async function lookAtHoldings({ network }: Run, { model, version }: LocalVersion): Promise<Holdings> {
  const { credits, settlement, address, reading } = await network.as('consumer').account();
  const { timelock, market } = reading.addresses;
  const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, wei) => total + wei, 0n);
  const owners = network.workers.map(({ owner }) => owner);
  // One person may be several of these.
  const people = [
    ...new Map([address, model.author, timelock, ...owners].map((who) => [who.toLowerCase(), who])).values(),
  ];
  const of = async (account: Address): Promise<bigint> =>
    (await credits.balanceOf(account)) + (await credits.creditOf(account));
  const tills = await Promise.all(owners.map((owner) => settlement.tillOf(owner, version.versionId)));
  const owed = sum(await Promise.all(people.map(credits.creditOf)));
  return {
    consumer: await of(address),
    workers: sum(await Promise.all(owners.map(of))),
    author: await of(model.author),
    treasury: await of(timelock),
    held: (await credits.balanceOf(market)) - owed + sum(await Promise.all(tills.map(credits.balanceOf))),
  };
}

/** Owners and author withdraw; then every wei the consumer paid must be in somebody's hands. */
async function moneyMoved(run: Run, local: LocalVersion, before: Holdings): Promise<Money> {
  for (const name of ['author', ...run.network.workers.map((worker) => worker.name)]) {
    const { credits, address } = await run.network.as(name).account();
    if ((await credits.creditOf(address)) > 0n) await credits.withdraw();
  }
  const after = await holdings(run, local);
  const paidByConsumerWei = before.consumer - after.consumer;
  const workersWei = after.workers - before.workers;
  const authorWei = after.author - before.author;
  const treasuryWei = after.treasury - before.treasury;
  const heldWei = after.held - before.held;
  return {
    paidByConsumerWei,
    workersWei,
    authorWei,
    treasuryWei,
    heldWei,
    differenceWei: paidByConsumerWei - workersWei - authorWei - treasuryWei - heldWei,
  };
}

async function until({ signal, network }: Run, what: string, done: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (!(await done())) {
    signal.throwIfAborted();
    if (performance.now() > end)
      throw new MainJobFailed({
        what: 'The main job is stuck',
        why: `waited ${WAIT_MS / 1000} s until ${what}`,
        fix: `See the logs of the workers under ${join(network.home, 'workers')}.`,
      });
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
