import { BigInt, Bytes, ethereum } from '@graphprotocol/graph-ts';
import { ReceiptRevealed as JobReceiptRevealed } from '../generated/JobCourt/JobCourt';
import {
  BatchCommitted,
  BatchReleased,
  ReceiptRevealed,
  ReserveChanged,
  TermsSynced,
} from '../generated/ReceiptCourt/ReceiptCourt';
import { BatchTerms, Job, ReceiptBatch, Version } from '../generated/schema';
import { loadWorker, note } from './lib/accounts';
import { loadClaim } from './lib/claims';
import { toInt } from './lib/ids';

function reveal(
  event: ethereum.Event,
  claimId: Bytes,
  jobId: Bytes,
  versionId: BigInt,
  programRoot: Bytes,
  inputRoot: Bytes,
  outputRoot: Bytes,
  worker: Bytes,
  issuedAt: BigInt,
): void {
  const claim = loadClaim(claimId, worker, event);
  claim.receiptJobId = jobId;
  if (Version.load(versionId.toString()) != null) claim.version = versionId.toString();
  claim.programRoot = programRoot;
  claim.inputRoot = inputRoot;
  claim.outputRoot = outputRoot;
  claim.receiptIssuedAt = issuedAt;
  claim.revealed = true;
  const job = Job.load(jobId);
  if (job != null && !claim.job && job.worker.equals(claim.worker)) {
    claim.job = job.id;
    job.claim = claim.id;
    job.save();
  }
  claim.save();
}

export function handleJobReceiptRevealed(event: JobReceiptRevealed): void {
  const receipt = event.params.receipt;
  reveal(
    event,
    event.params.claimId,
    receipt.jobId,
    receipt.versionId,
    receipt.programRoot,
    receipt.inputRoot,
    receipt.outputRoot,
    receipt.worker,
    receipt.issuedAt,
  );
}

export function handleReceiptRevealed(event: ReceiptRevealed): void {
  const receipt = event.params.receipt;
  reveal(
    event,
    event.params.claimId,
    receipt.jobId,
    receipt.versionId,
    receipt.programRoot,
    receipt.inputRoot,
    receipt.outputRoot,
    receipt.worker,
    receipt.issuedAt,
  );
}

export function handleBatchCommitted(event: BatchCommitted): void {
  const worker = loadWorker(event.params.worker, event);
  worker.save();
  const batch = new ReceiptBatch(event.params.batchId);
  batch.worker = worker.id;
  batch.root = event.params.root;
  batch.size = toInt(event.params.size);
  batch.committedAt = event.block.timestamp;
  batch.tx = event.transaction.hash;
  batch.released = false;
  batch.save();
  note(event, worker.id, 'BatchCommitted', 'worker', worker.id.toHexString(), null);
}

export function handleBatchReleased(event: BatchReleased): void {
  const batch = ReceiptBatch.load(event.params.batchId);
  if (batch == null) return;
  batch.released = true;
  batch.releasedAt = event.block.timestamp;
  batch.releasedWei = event.params.amountWei;
  batch.save();
}

export function handleReserveChanged(event: ReserveChanged): void {
  const worker = loadWorker(event.params.worker, event);
  worker.reserveWei = event.params.totalWei;
  worker.save();
}

export function handleTermsSynced(event: TermsSynced): void {
  const epoch = event.params.epoch.toString();
  if (BatchTerms.load(epoch) != null) return;
  const terms = new BatchTerms(epoch);
  terms.windowSeconds = event.params.windowSeconds;
  terms.lockWei = event.params.lockWei;
  terms.at = event.block.timestamp;
  terms.save();
}
