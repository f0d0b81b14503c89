import { BigInt, Bytes, ethereum } from '@graphprotocol/graph-ts';
import { Offer, StakeChange, Version, Worker } from '../generated/schema';
import {
  DelegateChanged,
  DelegateVotesChanged,
  EndpointChanged,
  HotKeyChanged,
  LockerSet,
  OfferMade,
  OfferWithdrawn,
  SlasherSet,
  StakeAdded,
  StakeLocked,
  StakeUnlocked,
  StakeWithdrawn,
  UnstakeRequested,
  WorkerRegistered,
  WorkerSlashed,
} from '../generated/WorkerRegistry/WorkerRegistry';
import { ensureAccount, loadAccount, loadWorker, note } from './lib/accounts';
import { eventId, isZero, pairId } from './lib/ids';
import { loadDay, loadProtocol, saveDay } from './lib/protocol';
import { noteRight } from './lib/settings';
import { clamped } from './lib/text';

const ZERO = BigInt.zero();

function changeOf(event: ethereum.Event, worker: Worker, kind: string, amountWei: BigInt): StakeChange {
  const change = new StakeChange(eventId(event));
  change.worker = worker.id;
  change.kind = kind;
  change.amountWei = amountWei;
  change.stakeWei = worker.stakeWei;
  change.at = event.block.timestamp;
  change.block = event.block.number;
  change.tx = event.transaction.hash;
  return change;
}

export function handleWorkerRegistered(event: WorkerRegistered): void {
  const worker = loadWorker(event.params.worker, event);
  worker.hotKey = event.params.hotKey;
  worker.endpoint = clamped(event.params.endpoint);
  worker.registeredAt = event.block.timestamp;
  worker.save();
  const account = loadAccount(event.params.worker, event);
  account.worker = worker.id;
  account.save();
  const protocol = loadProtocol();
  protocol.workers += 1;
  protocol.save();
  note(event, event.params.worker, 'WorkerRegistered', 'worker', worker.id.toHexString(), null);
}

export function handleStakeAdded(event: StakeAdded): void {
  const worker = loadWorker(event.params.worker, event);
  worker.stakeWei = worker.stakeWei.plus(event.params.amountWei);
  worker.save();
  changeOf(event, worker, 'ADDED', event.params.amountWei).save();
  const protocol = loadProtocol();
  protocol.stakeWei = protocol.stakeWei.plus(event.params.amountWei);
  protocol.save();
  saveDay(loadDay(event), protocol);
  note(event, event.params.worker, 'StakeAdded', 'worker', worker.id.toHexString(), event.params.amountWei);
}

export function handleUnstakeRequested(event: UnstakeRequested): void {
  const amountWei = event.params.amountWei;
  const worker = loadWorker(event.params.worker, event);
  worker.stakeWei = worker.stakeWei.minus(amountWei);
  worker.thawingWei = event.params.thawingWei;
  worker.thawEndsAt = event.params.thawEndsAt;
  worker.save();
  const change = changeOf(event, worker, 'UNSTAKE_REQUESTED', amountWei);
  change.thawEndsAt = event.params.thawEndsAt;
  change.save();
  const protocol = loadProtocol();
  protocol.stakeWei = protocol.stakeWei.minus(amountWei);
  protocol.thawingWei = protocol.thawingWei.plus(amountWei);
  protocol.save();
  saveDay(loadDay(event), protocol);
  note(event, event.params.worker, 'UnstakeRequested', 'worker', worker.id.toHexString(), amountWei);
}

export function handleStakeWithdrawn(event: StakeWithdrawn): void {
  const amountWei = event.params.amountWei;
  const worker = loadWorker(event.params.worker, event);
  worker.thawingWei = worker.thawingWei.minus(amountWei);
  worker.thawEndsAt = null;
  worker.save();
  changeOf(event, worker, 'WITHDRAWN', amountWei).save();
  const protocol = loadProtocol();
  protocol.thawingWei = protocol.thawingWei.minus(amountWei);
  protocol.save();
  note(event, event.params.worker, 'StakeWithdrawn', 'worker', worker.id.toHexString(), amountWei);
}

/** A slash takes from the active stake first, then from what thaws (`WorkerRegistry.slash`). */
export function handleWorkerSlashed(event: WorkerSlashed): void {
  const takenWei = event.params.takenWei;
  const worker = loadWorker(event.params.worker, event);
  const active = takenWei.lt(worker.stakeWei) ? takenWei : worker.stakeWei;
  const thawing = takenWei.minus(active);
  worker.stakeWei = worker.stakeWei.minus(active);
  worker.thawingWei = worker.thawingWei.minus(thawing);
  worker.slashedWei = worker.slashedWei.plus(takenWei);
  worker.slashCount += 1;
  worker.save();
  const change = changeOf(event, worker, 'SLASHED', takenWei);
  change.slasher = event.params.slasher;
  change.offenceId = event.params.offenceId;
  change.recipient = event.params.recipient;
  change.save();
  const protocol = loadProtocol();
  protocol.stakeWei = protocol.stakeWei.minus(active);
  protocol.thawingWei = protocol.thawingWei.minus(thawing);
  protocol.slashedWei = protocol.slashedWei.plus(takenWei);
  protocol.save();
  const day = loadDay(event);
  day.slashedWei = day.slashedWei.plus(takenWei);
  saveDay(day, protocol);
  note(event, event.params.worker, 'WorkerSlashed', 'worker', worker.id.toHexString(), takenWei);
}

export function handleHotKeyChanged(event: HotKeyChanged): void {
  const worker = loadWorker(event.params.worker, event);
  worker.hotKey = event.params.hotKey;
  worker.save();
  note(event, event.params.worker, 'HotKeyChanged', 'worker', worker.id.toHexString(), null);
}

export function handleEndpointChanged(event: EndpointChanged): void {
  const worker = loadWorker(event.params.worker, event);
  worker.endpoint = clamped(event.params.endpoint);
  worker.save();
}

export function handleOfferMade(event: OfferMade): void {
  offer(event, event.params.worker.toHexString(), event.params.versionId, true, event.params.feeWei);
}

export function handleOfferWithdrawn(event: OfferWithdrawn): void {
  offer(event, event.params.worker.toHexString(), event.params.versionId, false, ZERO);
}

function offer(event: ethereum.Event, owner: string, versionId: BigInt, active: boolean, feeWei: BigInt): void {
  const version = Version.load(versionId.toString());
  // The registry lets nobody offer a version that does not exist.
  if (version == null) return;
  const id = pairId(owner, version.id);
  const known = Offer.load(id);
  const wasActive = known != null && known.active;
  const found = known == null ? new Offer(id) : known;
  const worker = loadWorker(Bytes.fromHexString(owner), event);
  found.worker = worker.id;
  found.version = version.id;
  if (active || known == null) found.feeWei = feeWei;
  found.active = active;
  found.at = event.block.timestamp;
  found.save();
  if (wasActive == active) return;
  const step = active ? 1 : -1;
  worker.offerCount += step;
  worker.save();
  version.offerCount += step;
  version.save();
}

export function handleStakeLocked(event: StakeLocked): void {
  const worker = loadWorker(event.params.worker, event);
  worker.lockedWei = worker.lockedWei.plus(event.params.amountWei);
  worker.save();
}

export function handleStakeUnlocked(event: StakeUnlocked): void {
  const worker = loadWorker(event.params.worker, event);
  worker.lockedWei = worker.lockedWei.minus(event.params.amountWei);
  worker.save();
}

export function handleLockerSet(event: LockerSet): void {
  noteRight(event, 'LockerSet', event.params.locker, event.params.allowed);
}

export function handleSlasherSet(event: SlasherSet): void {
  noteRight(event, 'SlasherSet', event.params.slasher, event.params.allowed);
}

export function handleStakeDelegateChanged(event: DelegateChanged): void {
  const account = loadAccount(event.params.delegator, event);
  const to = event.params.toDelegate;
  if (isZero(to)) account.stakeDelegate = null;
  else account.stakeDelegate = to;
  account.save();
  if (!isZero(to)) ensureAccount(to, event);
}

export function handleStakeDelegateVotesChanged(event: DelegateVotesChanged): void {
  const account = loadAccount(event.params.delegate, event);
  account.stakeVotesWei = event.params.newVotes;
  account.votesWei = account.tokenVotesWei.plus(account.stakeVotesWei);
  account.save();
}
