import { Address, BigInt, Bytes, ethereum } from '@graphprotocol/graph-ts';
import { Account, Activity, Reward, Worker } from '../../generated/schema';
import { eventId, isZero, ordinalOf } from './ids';

const ZERO = BigInt.zero();

export function loadAccount(address: Bytes, event: ethereum.Event): Account {
  let account = Account.load(address);
  if (account != null) return account;
  account = new Account(address);
  account.firstSeenAt = event.block.timestamp;
  account.balanceWei = ZERO;
  account.tokenVotesWei = ZERO;
  account.stakeVotesWei = ZERO;
  account.votesWei = ZERO;
  account.workerRewardsWei = ZERO;
  account.authorRewardsWei = ZERO;
  account.challengerRewardsWei = ZERO;
  account.auditorRewardsWei = ZERO;
  account.otherRewardsWei = ZERO;
  account.refundsWei = ZERO;
  account.marketCreditWei = ZERO;
  account.courtCreditWei = ZERO;
  account.auditCreditWei = ZERO;
  account.challengesWon = 0;
  account.challengesLost = 0;
  account.spentWei = ZERO;
  account.jobCount = 0;
  return account;
}

/** References must lead somewhere. */
export function ensureAccount(address: Bytes, event: ethereum.Event): Bytes {
  if (Account.load(address) == null) loadAccount(address, event).save();
  return address;
}

/** A job may name a worker whose registration this index has not seen: he starts as an empty record. */
export function loadWorker(owner: Bytes, event: ethereum.Event): Worker {
  let worker = Worker.load(owner);
  if (worker != null) return worker;
  worker = new Worker(owner);
  worker.account = ensureAccount(owner, event);
  worker.hotKey = Address.zero();
  worker.endpoint = '';
  worker.registeredAt = event.block.timestamp;
  worker.stakeWei = ZERO;
  worker.lockedWei = ZERO;
  worker.thawingWei = ZERO;
  worker.slashedWei = ZERO;
  worker.slashCount = 0;
  worker.offerCount = 0;
  worker.jobCount = 0;
  worker.jobsSubmitted = 0;
  worker.jobsCompleted = 0;
  worker.jobsRejected = 0;
  worker.jobsExpired = 0;
  worker.feesWei = ZERO;
  worker.settlementSeconds = ZERO;
  worker.claims = 0;
  worker.claimsStood = 0;
  worker.claimsFallen = 0;
  worker.gamesWon = 0;
  worker.gamesLost = 0;
  worker.reserveWei = ZERO;
  return worker;
}

/** One event may concern several accounts, so the account is part of the id. */
export function note(
  event: ethereum.Event,
  account: Bytes,
  kind: string,
  subjectType: string,
  subject: string,
  amountWei: BigInt | null,
): void {
  if (isZero(account)) return;
  const activity = new Activity(eventId(event).concat(account));
  activity.account = ensureAccount(account, event);
  activity.kind = kind;
  activity.subjectType = subjectType;
  activity.subject = subject;
  activity.amountWei = amountWei;
  activity.at = event.block.timestamp;
  activity.block = event.block.number;
  activity.tx = event.transaction.hash;
  activity.ordinal = ordinalOf(event);
  activity.save();
}

/** Adds to what the account earned in all, and keeps the single reward. Saves the account. */
export function reward(
  event: ethereum.Event,
  address: Bytes,
  kind: string,
  amountWei: BigInt,
  subject: Bytes | null,
): void {
  if (amountWei.equals(ZERO)) return;
  const account = loadAccount(address, event);
  if (kind == 'WORKER') account.workerRewardsWei = account.workerRewardsWei.plus(amountWei);
  else if (kind == 'AUTHOR') account.authorRewardsWei = account.authorRewardsWei.plus(amountWei);
  else if (kind == 'CHALLENGER') account.challengerRewardsWei = account.challengerRewardsWei.plus(amountWei);
  else if (kind == 'AUDITOR') account.auditorRewardsWei = account.auditorRewardsWei.plus(amountWei);
  else account.otherRewardsWei = account.otherRewardsWei.plus(amountWei);
  account.save();
  const earned = new Reward(eventId(event).concat(address).concat(Bytes.fromUTF8(kind)));
  earned.account = address;
  earned.kind = kind;
  earned.amountWei = amountWei;
  earned.subject = subject;
  earned.at = event.block.timestamp;
  earned.block = event.block.number;
  earned.tx = event.transaction.hash;
  earned.save();
}

export function creditMarket(event: ethereum.Event, address: Bytes, amountWei: BigInt): void {
  const account = loadAccount(address, event);
  account.marketCreditWei = account.marketCreditWei.plus(amountWei);
  account.save();
}
