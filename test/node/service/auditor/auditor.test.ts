import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Hono } from 'hono';
import { type Abi, decodeFunctionData, encodeFunctionData, type Hex } from 'viem';
import { createAudits } from '../../../../node/chain/assay/audits.ts';
import { createCourt } from '../../../../node/chain/assay/court.ts';
import { auditPoolAbi, courtAbi, parametersAbi, receiptCourtAbi } from '../../../../node/chain/generated/contracts.ts';
import { PROFILES } from '../../../../node/chain/profiles.ts';
import { auditCommitment, canarySeal, INPUT_WITHHELD } from '../../../../node/core/codec/audit.ts';
import type { Address, Digest } from '../../../../node/core/codec/hex.ts';
import { type JobTerms, jobIdOf } from '../../../../node/core/codec/job.ts';
import type { EscrowPayment } from '../../../../node/core/codec/payment.ts';
import type { SignedReceipt } from '../../../../node/core/codec/receipt.ts';
import { runProgram } from '../../../../node/core/exact/interpreter.ts';
import { tensorCommitment } from '../../../../node/core/merkle/tensorCommitment.ts';
import { type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import { jobRoutes } from '../../../../node/gateway/routes/jobs.ts';
import { nativeSha256 as sha256, systemClock, systemRandom } from '../../../../node/host.ts';
import { SqliteJournal } from '../../../../node/journal/sqliteJournal.ts';
import type { Audits } from '../../../../node/ports/Audits.ts';
import type { Http } from '../../../../node/ports/Http.ts';
import type { Signer } from '../../../../node/ports/Signer.ts';
import { type AuditAlarm, Auditor } from '../../../../node/service/auditor/auditor.ts';
import { Planter } from '../../../../node/service/auditor/planter.ts';
import { Challenger } from '../../../../node/service/challenger.ts';
import { Programs } from '../../../../node/service/dispute/programs.ts';
import { AuditDuty } from '../../../../node/service/worker/auditDuty.ts';
import type { JobRow } from '../../../../node/service/worker/cashier.ts';
import { Inputs } from '../../../../node/service/worker/inputs.ts';
import { memoryLog } from '../../../helpers/anvilRpc.ts';
import { exactArtifact } from '../../../helpers/exactArtifact.ts';
import { type Market, startMarket } from '../../../helpers/market.ts';

const TOKEN = 10n ** 18n;
const FALSE_ROOT = `0x${'fa'.repeat(32)}` as Digest;
const WINDOW_SECONDS = 300;
const RULES = { ...PROFILES.dev.audits, auditBps: 10_000, seats: 2, commitSeconds: 20, revealSeconds: 20 };
const SALT = `0x${'5a'.repeat(32)}` as Digest;

/** Writes after which a process may die before its journal knows of them. */
const MOMENTS = ['tick', 'start', 'commit', 'reveal', 'settle', 'withdrawFor'] as const;

/** Dies right after the first of each write in `moments`: the chain has the effect, the process knows nothing of it. */
function dying(audits: Audits, moments: Set<string>): Audits {
  return new Proxy(audits, {
    get: (target, name) => {
      const member = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      if (!moments.has(String(name))) return member;
      return async (...args: unknown[]) => {
        const done = await member(...args);
        if (moments.delete(String(name))) throw new Error(`killed after ${String(name)}`);
        return done;
      };
    },
  });
}

/** One audited worker: his gateway, his books, his duty; and a market with two auditors. */
describe('auditor', { timeout: 120_000 }, () => {
  let market: Market;
  let folder = '';
  const artifact = exactArtifact(7);
  const { program } = artifact;
  const dims = [1, ...program.input.dims];
  const size = dims.reduce((product, dim) => product * dim, 1);
  let versionId = 0n;
  let input: Tensor;
  let truth: Digest;
  let gateway: Hono;
  let withheld = false;
  let books: SqliteJournal;
  let inputs: Inputs;
  let duty: AuditDuty;
  let planter: Planter | undefined;
  const alarms: (AuditAlarm & { readonly by: string })[] = [];
  const made: { close(): void }[] = [];

  const http: Http = async (url) => {
    if (withheld) throw new Error('connection refused');
    const response = await gateway.request(new URL(url).pathname);
    return { status: response.status, headers: response.headers, body: response.body } as never;
  };
  const store = { fetch: async () => undefined, read: async () => artifact.bytes };
  /** Chain time runs faster than the wall clock here: waits between tries are over at once. */
  let ticks = 0;
  const hasty = { ...systemClock, monotonic: () => (ticks += 60_000) };
  const auditorOf = (
    name: 'other' | 'author',
    journal: SqliteJournal,
    killed = new Set<string>(),
    audits: Audits = createAudits(market.writing(market.people[name], { journal })),
  ): Auditor =>
    new Auditor({
      audits: dying(audits, killed),
      directory: market.directory,
      store,
      http,
      journal,
      clock: hasty,
      random: systemRandom,
      sha256,
      log: memoryLog(),
      auditor: market.people[name].address,
      onAlarm: async (alarm) => {
        alarms.push({ ...alarm, by: name });
      },
    });
  /** A challenger who looks at nothing but what audits call for. */
  const challengerOf = (): Challenger => {
    const journal = journalOf('challenger');
    return new Challenger({
      court: createCourt(market.writing(market.people.other, { journal })),
      jobs: createAudits(market.writing(market.people.client)),
      directory: market.directory,
      programs: new Programs({ directory: market.directory, store, sha256 }),
      http,
      journal,
      clock: hasty,
      sha256,
      log: memoryLog(),
      domain: { chainId: 31337n, verifyingContract: market.deployment.addresses.market },
      sample: () => false,
    });
  };
  const journalOf = (name: string): SqliteJournal => {
    const journal = SqliteJournal.open(join(folder, `${name}.sqlite`));
    made.push(journal);
    return journal;
  };
  const asTimelock = async (to: Hex, data: Hex): Promise<void> => {
    const from = market.deployment.addresses.timelock;
    await market.chain.impersonateAccount({ address: from });
    await market.chain.setBalance({ address: from, value: TOKEN });
    const hash = await market.chain.sendUnsignedTransaction({ from, to, data });
    assert.equal((await market.client.waitForTransactionReceipt({ hash })).status, 'success');
  };
  const sendAs = async (signer: Signer, to: Hex, abi: Abi, functionName: string, args: unknown[] = []) =>
    market.writing(signer).send({
      id: `${functionName} ${Math.random()}`,
      to,
      data: encodeFunctionData({ abi, functionName, args }),
      describe: functionName,
    });
  const pool = () => createAudits(market.writing(market.people.client));

  /** A paid job whose worker claims `outputRoot`. */
  const claim = async (outputRoot: Digest, salt?: Digest) => {
    const over = { versionId, inputRoot: tensorCommitment(input, { sha256 }), ...(salt === undefined ? {} : { salt }) };
    const payment: EscrowPayment = await market.escrow(over);
    const jobId = jobIdOf(payment.terms, 31337n, market.deployment.addresses.market);
    const receipt: SignedReceipt = market.receipt(jobId, {
      versionId,
      programRoot: artifact.claim.programRoot,
      inputRoot: payment.terms.inputRoot,
      outputRoot,
    });
    inputs.keep(jobId, input);
    const row: JobRow = {
      state: 'submitted',
      payment,
      payer: payment.terms.client,
      feeWei: payment.terms.feeWei,
      versionId,
      reservedAt: 0,
      receipt,
      deliverable: market.deliverable(receipt),
    };
    books.table<JobRow>('jobs').put(jobId, row);
    await market.settlement.openAndSubmit([{ jobId, ...payment, deliverable: row.deliverable! }]);
    return { jobId, terms: payment.terms, receipt };
  };

  /** Everybody does what he has to do, second after second, until the audit is settled. */
  const play = async (jobId: Digest, auditors: () => readonly Auditor[]): Promise<void> => {
    for (let second = 0; second < 60; second++) {
      for (const auditor of auditors()) await auditor.tick();
      await duty.tick();
      const audit = await pool().audit(jobId);
      if (audit !== undefined && audit.outcome !== 'pending') {
        for (const auditor of auditors()) await auditor.tick();
        return;
      }
      await market.pass(2);
    }
    assert.fail('the audit does not end');
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-auditor-'));
    market = await startMarket();
    const { addresses } = market.deployment;
    const data = encodeFunctionData({ abi: auditPoolAbi, functionName: 'setRules', args: [RULES] });
    await asTimelock(addresses.auditPool, data);
    // The parameter's number in the contract's list: ChallengeWindowSeconds.
    const wider = encodeFunctionData({ abi: parametersAbi, functionName: 'set', args: [2, BigInt(WINDOW_SECONDS)] });
    await asTimelock(addresses.parameters, wider);
    versionId = (await market.publish('audited', { ...artifact.claim })).versionId;
    const { lo, hi, dtype } = program.input;
    const values = Array.from({ length: size }, (_, i) => lo + ((i * 7) % (hi - lo + 1)));
    input = tensor(dtype, dims, dtype === 'uint8' ? Uint8Array.from(values) : (Int8Array.from(values) as never));
    truth = tensorCommitment(runProgram(program, input).output, { sha256 });
    books = journalOf('worker');
    inputs = new Inputs({ journal: books, clock: systemClock });
    gateway = jobRoutes({ inputOf: (jobId) => inputs.json(jobId) ?? planter?.json(jobId) });
    duty = new AuditDuty({
      audits: createAudits(market.writing(market.people.hot)),
      journal: books,
      inputs,
      log: memoryLog(),
    });
    await pool().fund(TOKEN);
    for (const name of ['other', 'author'] as const) {
      const { address } = market.people[name];
      await createAudits(market.writing(market.people[name])).join(address);
    }
    // The seats count from the next round on.
    await market.pass(1);
    await market.pass(1);
    assert.equal(await pool().tick(), true);
  });
  after(async () => {
    await market?.stop();
    for (const journal of made) journal.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('agrees with the contracts on commitments, seals and markers', async () => {
    const at = { address: market.deployment.addresses.auditPool, abi: auditPoolAbi } as const;
    const { client } = market;
    assert.equal(await client.readContract({ ...at, functionName: 'INPUT_WITHHELD' }), INPUT_WITHHELD);
    assert.equal(
      await client.readContract({ ...at, functionName: 'sealOf', args: [SALT, FALSE_ROOT] }),
      canarySeal(SALT, FALSE_ROOT),
    );
  });

  it('audits an honest job and is paid; a process killed after any step goes on where it was', async () => {
    const { jobId } = await claim(truth);
    const journals = { other: journalOf('other'), author: journalOf('author') };
    const killed = new Set(MOMENTS);
    // A life per tick: nothing that this process remembers helps the next one.
    await play(jobId, () => [auditorOf('author', journals.author, killed), auditorOf('other', journals.other, killed)]);
    const audit = await pool().audit(jobId);
    assert.deepEqual([audit?.outcome, audit?.triggered, audit?.receiptRoot], ['agreed', false, truth]);
    for (const name of ['other', 'author'] as const) {
      const record = await pool().auditor(market.people[name].address);
      assert.deepEqual([record.bondWei, record.open], [RULES.bondWei, 0]);
      for (let life = 0; life < 2; life++) await auditorOf(name, journals[name], killed).tick();
      assert.equal((await pool().auditor(market.people[name].address)).creditWei, 0n, 'collected');
      assert.deepEqual(
        auditorOf(name, journals[name])
          .rows()
          .map(([id, { state }]) => [id, state]),
        [[jobId, 'settled']],
        'liable for canaries, nothing else',
      );
    }
    assert.deepEqual([...killed], [], 'they died in every moment');
    assert.deepEqual(alarms, []);
  });

  it('finds a liar and says so; the game starts in the Court', async () => {
    const { jobId, receipt } = await claim(FALSE_ROOT);
    const auditors = [auditorOf('other', journalOf('other-2')), auditorOf('author', journalOf('author-2'))];
    await play(jobId, () => auditors);
    const audit = await pool().audit(jobId);
    assert.deepEqual([audit?.outcome, audit?.triggered], ['disagreed', true]);
    assert.deepEqual(
      alarms.splice(0).map(({ by, ...alarm }) => [by, alarm]),
      ['other', 'author'].map((by) => [by, { jobId, why: 'disagreed', computed: truth, claimed: FALSE_ROOT }]),
    );
    const { addresses } = market.deployment;
    const claimId = await market.client.readContract({
      address: addresses.court,
      abi: courtAbi,
      functionName: 'claimIdOf',
      args: [jobId, market.deliverable(receipt)],
    });
    const challenger = challengerOf();
    await challenger.tick();
    assert.equal(challenger.waiting, 0, 'by itself he looks at nothing');
    await challenger.look(jobId);
    for (let second = 0; second < 20 && challenger.disputes().length === 0; second++) await challenger.tick();
    await challenger.tick();
    const found = await market.client.readContract({
      address: addresses.court,
      abi: courtAbi,
      functionName: 'getClaim',
      args: [claimId],
    });
    assert.equal(found.open, 1, 'a game is open');
  });

  it('reports an input that its worker withholds', async () => {
    const { jobId } = await claim(truth);
    withheld = true;
    const auditors = [auditorOf('other', journalOf('other-3')), auditorOf('author', journalOf('author-3'))];
    await play(jobId, () => auditors);
    withheld = false;
    assert.deepEqual([(await pool().audit(jobId))?.outcome], ['input-withheld']);
    assert.deepEqual(
      alarms.splice(0).map(({ why }) => why),
      ['input-withheld', 'input-withheld'],
    );
    for (const name of ['other', 'author'] as const)
      assert.equal((await pool().auditor(market.people[name].address)).bondWei, RULES.bondWei, 'costs nothing');
  });

  it('a canary catches a copycat, and pays who looked', async () => {
    const nonce = SALT;
    const { jobId, terms, receipt } = await claim(FALSE_ROOT, canarySeal(nonce, truth));
    const honest = auditorOf('other', journalOf('other-4'));
    const copycat = createAudits(market.writing(market.people.author));
    const { address } = market.people.author;
    const copied = receipt.receipt.outputRoot;
    for (let second = 0; (await pool().audit(jobId))?.outcome !== 'agreed' && second < 60; second++) {
      await honest.tick();
      await duty.tick();
      await copy(copycat, address, jobId, copied);
      if ((await pool().audit(jobId))?.outcome === 'disagreed') break;
      await market.pass(2);
    }
    assert.equal((await pool().audit(jobId))?.outcome, 'disagreed');
    await revealCanary(terms, nonce, truth);
    const frozen = await pool().auditor(address);
    assert.deepEqual([frozen.frozenWei, frozen.bondWei], [RULES.canaryWei, RULES.bondWei]);
    await market.pass(WINDOW_SECONDS + 1);
    const { addresses } = market.deployment;
    await sendAs(market.people.client, addresses.court, courtAbi as Abi, 'finalize', [proofId!]);
    const before = (await pool().auditor(market.people.other.address)).creditWei;
    await pool().concludeCanary(jobId);
    assert.equal((await pool().audit(jobId))?.canary, 'proven');
    const caught = await pool().auditor(address);
    assert.deepEqual([caught.bondWei, caught.seated], [RULES.bondWei - RULES.canaryWei, false]);
    const found = (await pool().auditor(market.people.other.address)).creditWei - before;
    assert.equal(found, RULES.canaryWei / 2n, 'half of the penalty');
  });

  it('a planter runs a canary from the seal to the penalty, one life per step', async () => {
    const { other, author, hot, owner, client } = market.people;
    await createAudits(market.writing(author)).join(author.address);
    for (let block = 0; block < 3; block++) await market.pass(1);
    await pool().tick();
    const journal = journalOf('planter');
    const { addresses } = market.deployment;
    const life = (): Planter =>
      new Planter({
        audits: createAudits(market.writing(hot, { journal })),
        settlement: market.settlement,
        journal,
        random: systemRandom,
        sha256,
        log: memoryLog(),
        client,
        hotKey: hot,
        worker: owner.address,
        chainId: 31337n,
        market: addresses.market,
        token: addresses.token,
        evaluator: addresses.jobCourt,
      });
    planter = life();
    const { programRoot } = artifact.claim;
    const jobId = await planter.plant({ program, programRoot, versionId, feeWei: 10n ** 15n, jobSeconds: 300n });
    const copied = planter.rows()[0]![1].lie.receipt.outputRoot;
    const copycat = createAudits(market.writing(other));
    const honest = auditorOf('author', journalOf('author-5'));
    let open = 1;
    for (let round = 0; open > 0 && round < 120; round++) {
      planter = life();
      open = await planter.tick();
      await honest.tick();
      await copy(copycat, other.address, jobId, copied);
      await market.pass(planter.rows()[0]![1].state === 'shown' ? 60 : 2);
    }
    assert.equal(planter.rows()[0]![1].state, 'concluded');
    const { inputRoot } = planter.rows()[0]![1].job.terms;
    for (const key of [jobId, inputRoot])
      assert.equal(tensorCommitment(planter.find(key)!, { sha256 }), inputRoot, 'what a defence needs');
    assert.equal((await pool().audit(jobId))?.canary, 'proven');
    assert.equal((await pool().auditor(other.address)).bondWei, RULES.bondWei - RULES.canaryWei);
    assert.equal((await pool().auditor(author.address)).bondWei, RULES.bondWei);
  });

  it('warns an honest auditor whom a lying planter accuses, with the claim to challenge', async () => {
    const nonce = `0x${'77'.repeat(32)}` as Digest;
    const { jobId, terms } = await claim(truth, canarySeal(nonce, FALSE_ROOT));
    const journal = journalOf('author-6');
    alarms.length = 0;
    await play(jobId, () => [auditorOf('author', journal)]);
    await revealCanary(terms, nonce, FALSE_ROOT);
    await auditorOf('author', journal).tick();
    assert.deepEqual(alarms.splice(0), [
      { by: 'author', jobId, why: 'accused', claimId: proofId, computed: truth, claimed: FALSE_ROOT },
    ]);
  });

  it('finds an audit that others started for it, although it held the job for spared', async () => {
    const { jobId } = await claim(truth);
    const journal = journalOf('author-7');
    // This player sees the audits alone, as after a reorganisation that changed the draw.
    const audits = createAudits(market.writing(market.people.author, { journal }));
    const deaf = auditorOf('author', journal, new Set(), { ...audits, submitted: async () => [] });
    const starter = createAudits(market.writing(market.people.client, { journal: journalOf('starter') }));
    for (let second = 0; (await starter.audit(jobId)) === undefined && second < 30; second++) {
      const draw = await starter.roundOf(jobId, (await starter.job(jobId)).submittedAt);
      if (draw.state === 'drawn') await starter.start(jobId, draw.round);
      else await starter.tick();
      await market.pass(2);
    }
    await play(jobId, () => [deaf]);
    assert.equal((await starter.audit(jobId))?.outcome, 'agreed');
  });

  it('every call is cheap, and none depends on how many auditors there are', async (t) => {
    const most = new Map<string, bigint>();
    const { auditPool } = market.deployment.addresses;
    const head = await market.client.getBlockNumber();
    for (let number = 1n; number <= head; number++) {
      const { transactions } = await market.client.getBlock({ blockNumber: number, includeTransactions: true });
      for (const { to, input: data, hash } of transactions) {
        if (to?.toLowerCase() !== auditPool.toLowerCase()) continue;
        const { functionName } = decodeFunctionData({ abi: auditPoolAbi, data });
        const { gasUsed, status } = await market.client.getTransactionReceipt({ hash });
        if (status === 'success' && gasUsed > (most.get(functionName) ?? 0n)) most.set(functionName, gasUsed);
      }
    }
    for (const [name, gas] of [...most].sort()) t.diagnostic(`${name}: ${gas} gas`);
    for (const name of ['join', 'tick', 'start', 'commit', 'reveal', 'revealReceipt', 'settle', 'revealCanary'])
      assert.ok((most.get(name) ?? 0n) > 0n && most.get(name)! < 400_000n, `${name}: ${most.get(name)} gas`);
  });

  let proofId: Hex | undefined;
  /** The planter's worker signs the true output, files it, and the seal is shown. */
  async function revealCanary(terms: JobTerms, nonce: Digest, outputRoot: Digest): Promise<void> {
    const { addresses } = market.deployment;
    const proof = market.receipt(`0x${'00'.repeat(32)}` as Digest, {
      versionId,
      programRoot: artifact.claim.programRoot,
      inputRoot: terms.inputRoot,
      outputRoot,
      issuedAt: await market.chainTime(),
    });
    const free = { from: `0x${'00'.repeat(20)}` as Hex, nonce: `0x${'00'.repeat(32)}` as Hex };
    const locator = await market.client.readContract({
      address: addresses.receiptCourt,
      abi: receiptCourtAbi,
      functionName: 'locatorOfSigned',
      args: [proof.receipt, free, proof.signature],
    });
    await sendAs(market.people.client, addresses.court, courtAbi as Abi, 'file', [addresses.receiptCourt, locator]);
    proofId = await market.client.readContract({
      address: addresses.court,
      abi: courtAbi,
      functionName: 'claimIdOf',
      args: [proof.receipt.jobId, market.deliverable(proof)],
    });
    await pool().revealCanary(terms, nonce, proof.receipt);
  }
});

/** An auditor who never looks: what the worker claims he reveals. */
async function copy(copycat: Audits, address: Address, jobId: Digest, copied: Digest): Promise<void> {
  const audit = await copycat.audit(jobId);
  if (audit === undefined || audit.outcome !== 'pending') return;
  const now = await copycat.chainTime();
  const seat = await copycat.seat(jobId, address);
  if (seat.commitment === undefined && now < audit.commitEndsAt)
    await copycat.commit(jobId, address, auditCommitment(jobId, address, copied, SALT));
  else if (now >= audit.commitEndsAt && now < audit.revealEndsAt && seat.revealed === undefined)
    await copycat.reveal(jobId, address, copied, SALT);
}
