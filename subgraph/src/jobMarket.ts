import { BigInt, Bytes, ethereum } from '@graphprotocol/graph-ts';
import {
  BudgetSet,
  CreditWithdrawn,
  EvaluatorSet,
  FeesShared,
  JobCompleted,
  JobCreated,
  JobExpired,
  JobFunded,
  JobHeld,
  JobRejected,
  JobSkipped,
  JobSubmitted,
  JobTermsPinned,
  PaymentReleased,
  Refunded,
  TillCollected,
} from '../generated/JobMarket/JobMarket';
import { Job, JobEvent, Model, SkippedJob, Till, Version } from '../generated/schema';
import { creditMarket, ensureAccount, loadAccount, loadWorker, note, reward } from './lib/accounts';
import { loadClaim } from './lib/claims';
import { bytes32, claimIdOf, eventId, ordinalOf, pairId } from './lib/ids';
import { loadDay, loadProtocol, saveDay } from './lib/protocol';
import { noteRight } from './lib/settings';
import { noteCreditMove, noteFlow } from './lib/treasury';

const ZERO = BigInt.zero();

/** A job that this index has not seen created belongs to nobody yet; its later events fill it. */
function loadJob(jobId: BigInt, event: ethereum.Event): Job {
  const id = bytes32(jobId);
  let job = Job.load(id);
  if (job != null) return job;
  job = new Job(id);
  job.client = ensureAccount(event.transaction.from, event);
  job.worker = event.transaction.from;
  job.evaluator = event.transaction.from;
  job.state = 'OPEN';
  job.held = false;
  job.feeWei = ZERO;
  job.claimLockWei = ZERO;
  job.challengeWindowSeconds = ZERO;
  job.workerBps = 0;
  job.authorBps = 0;
  job.createdAt = event.block.timestamp;
  job.createdTx = event.transaction.hash;
  job.expiresAt = ZERO;
  job.workerWei = ZERO;
  job.authorWei = ZERO;
  job.treasuryWei = ZERO;
  job.refundWei = ZERO;
  return job;
}

function record(
  event: ethereum.Event,
  job: Job,
  kind: string,
  actor: Bytes | null,
  amountWei: BigInt | null,
  data: Bytes | null,
): void {
  const line = new JobEvent(eventId(event));
  line.job = job.id;
  line.kind = kind;
  line.actor = actor;
  line.amountWei = amountWei;
  line.data = data;
  line.at = event.block.timestamp;
  line.block = event.block.number;
  line.tx = event.transaction.hash;
  line.ordinal = ordinalOf(event);
  line.save();
}

export function handleJobCreated(event: JobCreated): void {
  const job = loadJob(event.params.jobId, event);
  const client = loadAccount(event.params.client, event);
  client.jobCount += 1;
  client.save();
  const worker = loadWorker(event.params.provider, event);
  worker.jobCount += 1;
  worker.lastJobAt = event.block.timestamp;
  worker.save();
  job.client = client.id;
  job.worker = worker.id;
  job.evaluator = event.params.evaluator;
  job.expiresAt = event.params.expiredAt;
  job.save();
  record(event, job, 'JobCreated', event.params.client, null, null);
  const protocol = loadProtocol();
  protocol.jobs += 1;
  protocol.jobsOpen += 1;
  protocol.save();
  const day = loadDay(event);
  day.jobs += 1;
  saveDay(day, protocol);
}

export function handleJobTermsPinned(event: JobTermsPinned): void {
  const job = loadJob(event.params.jobId, event);
  const version = Version.load(event.params.versionId.toString());
  if (version != null) {
    version.jobCount += 1;
    version.save();
    job.version = version.id;
    job.model = version.model;
    const model = Model.load(version.model);
    if (model != null) {
      model.jobCount += 1;
      model.save();
    }
  }
  job.author = ensureAccount(event.params.author, event);
  job.inputRoot = event.params.inputRoot;
  job.feeWei = event.params.feeWei;
  job.salt = event.params.salt;
  job.challengeWindowSeconds = event.params.challengeWindowSeconds;
  job.claimLockWei = event.params.claimLockWei;
  job.workerBps = event.params.workerBps;
  job.authorBps = event.params.authorBps;
  job.save();
}

export function handleBudgetSet(event: BudgetSet): void {
  const job = loadJob(event.params.jobId, event);
  job.save();
  record(event, job, 'BudgetSet', null, event.params.amount, null);
}

export function handleJobFunded(event: JobFunded): void {
  const job = loadJob(event.params.jobId, event);
  job.state = 'FUNDED';
  job.fundedAt = event.block.timestamp;
  job.save();
  const client = loadAccount(event.params.client, event);
  client.spentWei = client.spentWei.plus(event.params.amount);
  client.save();
  record(event, job, 'JobFunded', event.params.client, event.params.amount, null);
  note(event, event.params.client, 'JobFunded', 'job', job.id.toHexString(), event.params.amount);
}

export function handleJobSubmitted(event: JobSubmitted): void {
  const job = loadJob(event.params.jobId, event);
  job.state = 'SUBMITTED';
  job.deliverable = event.params.deliverable;
  job.submittedAt = event.block.timestamp;
  job.submittedTx = event.transaction.hash;
  job.windowEndsAt = event.block.timestamp.plus(job.challengeWindowSeconds);
  job.save();
  const worker = loadWorker(job.worker, event);
  worker.jobsSubmitted += 1;
  worker.save();
  const protocol = loadProtocol();
  protocol.jobsOpen -= 1;
  protocol.jobsSubmitted += 1;
  protocol.save();
  record(event, job, 'JobSubmitted', event.params.provider, null, event.params.deliverable);
}

/** The court holds a job when the claim about it is filed: here claim and job learn of each other. */
export function handleJobHeld(event: JobHeld): void {
  const job = loadJob(event.params.jobId, event);
  job.held = true;
  const deliverable = job.deliverable;
  if (deliverable) {
    const claim = loadClaim(claimIdOf(job.id, deliverable), job.worker, event);
    claim.job = job.id;
    claim.version = job.version;
    claim.inputRoot = job.inputRoot;
    claim.save();
    job.claim = claim.id;
  }
  job.save();
  record(event, job, 'JobHeld', event.params.evaluator, null, null);
  note(event, job.client, 'JobHeld', 'job', job.id.toHexString(), job.feeWei);
  note(event, job.worker, 'JobHeld', 'job', job.id.toHexString(), job.feeWei);
}

function loadVersion(id: string | null): Version | null {
  if (id === null) return null;
  return Version.load(id);
}

/** Takes the job out of the count of its state. The caller saves the job. */
function end(event: ethereum.Event, job: Job, state: string): void {
  const protocol = loadProtocol();
  const day = loadDay(event);
  const worker = loadWorker(job.worker, event);
  if (job.state == 'SUBMITTED') protocol.jobsSubmitted -= 1;
  else if (job.state == 'OPEN' || job.state == 'FUNDED') protocol.jobsOpen -= 1;
  const version = loadVersion(job.version);
  if (state == 'COMPLETED') {
    protocol.jobsCompleted += 1;
    day.jobsCompleted += 1;
    worker.jobsCompleted += 1;
    const submittedAt = job.submittedAt;
    if (submittedAt) worker.settlementSeconds = worker.settlementSeconds.plus(event.block.timestamp.minus(submittedAt));
    if (version != null) version.jobsCompleted += 1;
  } else if (state == 'REJECTED') {
    protocol.jobsRejected += 1;
    day.jobsRejected += 1;
    worker.jobsRejected += 1;
    if (version != null) version.jobsRejected += 1;
  } else {
    protocol.jobsExpired += 1;
    worker.jobsExpired += 1;
  }
  if (version != null) version.save();
  worker.save();
  protocol.save();
  saveDay(day, protocol);
  job.state = state;
  job.held = false;
  job.endedAt = event.block.timestamp;
  job.endedTx = event.transaction.hash;
}

export function handleJobCompleted(event: JobCompleted): void {
  const job = loadJob(event.params.jobId, event);
  end(event, job, 'COMPLETED');
  job.reason = event.params.reason;
  job.save();
  record(event, job, 'JobCompleted', event.params.evaluator, null, event.params.reason);
  note(event, job.client, 'JobCompleted', 'job', job.id.toHexString(), job.feeWei);
}

export function handleJobRejected(event: JobRejected): void {
  const job = loadJob(event.params.jobId, event);
  end(event, job, 'REJECTED');
  job.reason = event.params.reason;
  job.save();
  record(event, job, 'JobRejected', event.params.rejector, null, event.params.reason);
  note(event, job.client, 'JobRejected', 'job', job.id.toHexString(), job.feeWei);
  note(event, job.worker, 'JobRejected', 'job', job.id.toHexString(), job.feeWei);
}

export function handleJobExpired(event: JobExpired): void {
  const job = loadJob(event.params.jobId, event);
  end(event, job, 'EXPIRED');
  job.save();
  record(event, job, 'JobExpired', null, null, null);
  note(event, job.client, 'JobExpired', 'job', job.id.toHexString(), job.feeWei);
}

export function handlePaymentReleased(event: PaymentReleased): void {
  const amountWei = event.params.amount;
  const job = loadJob(event.params.jobId, event);
  job.workerWei = amountWei;
  job.save();
  creditMarket(event, event.params.provider, amountWei);
  reward(event, event.params.provider, 'WORKER', amountWei, job.id);
  shareFees(event, job.worker, job.version, amountWei, ZERO, ZERO);
  record(event, job, 'PaymentReleased', event.params.provider, amountWei, null);
}

export function handleFeesShared(event: FeesShared): void {
  const job = loadJob(event.params.jobId, event);
  job.authorWei = event.params.authorWei;
  job.treasuryWei = event.params.treasuryWei;
  job.save();
  creditMarket(event, event.params.author, event.params.authorWei);
  reward(event, event.params.author, 'AUTHOR', event.params.authorWei, job.id);
  shareFees(event, job.worker, job.version, ZERO, event.params.authorWei, event.params.treasuryWei);
  treasuryFee(event, event.params.treasuryWei, job.id);
  record(event, job, 'FeesShared', event.params.author, event.params.authorWei, null);
}

function shareFees(
  event: ethereum.Event,
  owner: Bytes,
  versionId: string | null,
  workerWei: BigInt,
  authorWei: BigInt,
  treasuryWei: BigInt,
): void {
  const total = workerWei.plus(authorWei).plus(treasuryWei);
  const protocol = loadProtocol();
  protocol.feesWei = protocol.feesWei.plus(total);
  protocol.workerFeesWei = protocol.workerFeesWei.plus(workerWei);
  protocol.authorFeesWei = protocol.authorFeesWei.plus(authorWei);
  protocol.treasuryFeesWei = protocol.treasuryFeesWei.plus(treasuryWei);
  protocol.save();
  const day = loadDay(event);
  day.feesWei = day.feesWei.plus(total);
  day.workerFeesWei = day.workerFeesWei.plus(workerWei);
  day.authorFeesWei = day.authorFeesWei.plus(authorWei);
  day.treasuryFeesWei = day.treasuryFeesWei.plus(treasuryWei);
  saveDay(day, protocol);
  const worker = loadWorker(owner, event);
  worker.feesWei = worker.feesWei.plus(workerWei);
  worker.save();
  const version = loadVersion(versionId);
  if (version == null) return;
  version.feesWei = version.feesWei.plus(total);
  version.save();
  const model = Model.load(version.model);
  if (model == null) return;
  model.feesWei = model.feesWei.plus(total);
  model.save();
}

function treasuryFee(event: ethereum.Event, amountWei: BigInt, jobId: Bytes | null): void {
  if (amountWei.isZero()) return;
  const timelock = loadProtocol().timelock;
  if (timelock !== null) creditMarket(event, timelock, amountWei);
  noteFlow(event, 'FEE', amountWei, event.address, jobId);
}

export function handleRefunded(event: Refunded): void {
  const amountWei = event.params.amount;
  const job = loadJob(event.params.jobId, event);
  job.refundWei = amountWei;
  job.save();
  const client = loadAccount(event.params.client, event);
  client.refundsWei = client.refundsWei.plus(amountWei);
  client.marketCreditWei = client.marketCreditWei.plus(amountWei);
  client.save();
  record(event, job, 'Refunded', event.params.client, amountWei, null);
  note(event, event.params.client, 'Refunded', 'job', job.id.toHexString(), amountWei);
}

export function handleJobSkipped(event: JobSkipped): void {
  const skipped = new SkippedJob(eventId(event));
  skipped.jobId = bytes32(event.params.jobId);
  skipped.reason = event.params.reason;
  skipped.at = event.block.timestamp;
  skipped.tx = event.transaction.hash;
  skipped.save();
}

export function handleTillCollected(event: TillCollected): void {
  const workerWei = event.params.workerWei;
  const authorWei = event.params.authorWei;
  const treasuryWei = event.params.treasuryWei;
  const total = workerWei.plus(authorWei).plus(treasuryWei);
  const versionId = event.params.versionId.toString();
  const id = pairId(event.params.worker.toHexString(), versionId);
  const known = Till.load(id);
  const till = known == null ? new Till(id) : known;
  till.address = event.params.till;
  till.worker = loadWorkerId(event.params.worker, event);
  till.version = versionId;
  till.collectedWei = known == null ? total : known.collectedWei.plus(total);
  till.collections = known == null ? 1 : known.collections + 1;
  till.collectedAt = event.block.timestamp;
  till.save();
  creditMarket(event, event.params.worker, workerWei);
  creditMarket(event, event.params.author, authorWei);
  reward(event, event.params.worker, 'WORKER', workerWei, event.params.till);
  reward(event, event.params.author, 'AUTHOR', authorWei, event.params.till);
  shareFees(event, event.params.worker, versionId, workerWei, authorWei, treasuryWei);
  treasuryFee(event, treasuryWei, null);
  const protocol = loadProtocol();
  protocol.tillWei = protocol.tillWei.plus(total);
  protocol.save();
  note(event, event.params.worker, 'TillCollected', 'version', versionId, workerWei);
}

function loadWorkerId(owner: Bytes, event: ethereum.Event): Bytes {
  const worker = loadWorker(owner, event);
  worker.save();
  return worker.id;
}

export function handleCreditWithdrawn(event: CreditWithdrawn): void {
  const account = loadAccount(event.params.account, event);
  account.marketCreditWei = account.marketCreditWei.minus(event.params.amountWei);
  account.save();
  noteCreditMove(event, account.id, event.params.amountWei);
  note(event, account.id, 'CreditWithdrawn', 'account', account.id.toHexString(), event.params.amountWei);
}

export function handleEvaluatorSet(event: EvaluatorSet): void {
  noteRight(event, 'EvaluatorSet', event.params.evaluator, event.params.approved);
}
