import { BigInt, ByteArray, Bytes, crypto, ethereum } from '@graphprotocol/graph-ts';
import {
  AuditCommitted,
  AuditCreditWithdrawn,
  AuditorBondWithdrawn,
  AuditorJoined,
  AuditorLeft,
  AuditorMissed,
  AuditorOperatorSet,
  AuditorPaid,
  AuditPoolFunded,
  AuditReceiptRevealed,
  AuditRevealed,
  AuditRulesSet,
  AuditSettled,
  AuditStarted,
  AuditTriggered,
  CanaryConcluded,
  CanaryRevealed,
  RoundDrawn,
  RoundOpened,
  RoundReaimed,
} from '../generated/AuditPool/AuditPool';
import { Audit, Auditor, AuditRound, AuditRules, AuditSeat, Claim, Job } from '../generated/schema';
import { ensureAccount, loadAccount, note, reward } from './lib/accounts';
import { bytes32, pairId, toInt } from './lib/ids';
import { loadProtocol } from './lib/protocol';

const ZERO = BigInt.zero();
const OUTCOMES = ['PENDING', 'AGREED', 'DISAGREED', 'RECEIPT_WITHHELD', 'INPUT_WITHHELD', 'MISSED'];
const CANARIES = ['NONE', 'PENDING', 'PROVEN', 'REFUTED'];

function nameOf(names: string[], value: i32): string {
  return names[value < names.length ? value : names.length - 1];
}

function loadAuditor(address: Bytes, event: ethereum.Event): Auditor {
  let auditor = Auditor.load(address);
  if (auditor != null) return auditor;
  auditor = new Auditor(address);
  auditor.account = ensureAccount(address, event);
  auditor.operator = address;
  auditor.bondWei = ZERO;
  auditor.frozenWei = ZERO;
  auditor.active = false;
  auditor.joinedAt = event.block.timestamp;
  auditor.paidWei = ZERO;
  auditor.lostWei = ZERO;
  auditor.audits = 0;
  auditor.revealed = 0;
  auditor.missed = 0;
  return auditor;
}

function loadSeat(jobId: Bytes, address: Bytes): AuditSeat {
  const id = pairId(jobId.toHexString(), address.toHexString());
  let seat = AuditSeat.load(id);
  if (seat != null) return seat;
  seat = new AuditSeat(id);
  seat.audit = jobId;
  seat.auditor = address;
  seat.paidWei = ZERO;
  seat.lostWei = ZERO;
  seat.frozenWei = ZERO;
  return seat;
}

function loadRound(number: BigInt, event: ethereum.Event): AuditRound {
  let round = AuditRound.load(number.toString());
  if (round != null) return round;
  round = new AuditRound(number.toString());
  round.point = ZERO;
  round.size = 0;
  round.epoch = 0;
  round.openedAt = event.block.timestamp;
  return round;
}

export function handleAuditRulesSet(event: AuditRulesSet): void {
  const given = event.params.rules;
  const epoch = event.params.epoch.toString();
  if (AuditRules.load(epoch) != null) return;
  const rules = new AuditRules(epoch);
  rules.bondWei = given.bondWei;
  rules.baseFeeWei = given.baseFeeWei;
  rules.missWei = given.missWei;
  rules.canaryWei = given.canaryWei;
  rules.auditBps = given.auditBps;
  rules.seats = given.seats;
  rules.startSeconds = given.startSeconds;
  rules.commitSeconds = given.commitSeconds;
  rules.revealSeconds = given.revealSeconds;
  rules.canarySeconds = given.canarySeconds;
  rules.contestSeconds = given.contestSeconds;
  rules.thawSeconds = given.thawSeconds;
  rules.at = event.block.timestamp;
  rules.save();
}

export function handleAuditPoolFunded(event: AuditPoolFunded): void {
  const protocol = loadProtocol();
  protocol.auditFundsWei = event.params.fundsWei;
  protocol.save();
  note(event, event.params.from, 'AuditPoolFunded', 'audits', '', event.params.amountWei);
}

export function handleAuditorJoined(event: AuditorJoined): void {
  const auditor = loadAuditor(event.params.auditor, event);
  auditor.operator = event.params.operator;
  auditor.bondWei = event.params.bondWei;
  auditor.active = true;
  auditor.joinedAt = event.block.timestamp;
  auditor.thawEndsAt = null;
  auditor.save();
  const account = loadAccount(auditor.id, event);
  account.auditor = auditor.id;
  account.save();
  const protocol = loadProtocol();
  protocol.auditors += 1;
  protocol.save();
  note(event, auditor.id, 'AuditorJoined', 'auditor', auditor.id.toHexString(), event.params.bondWei);
}

export function handleAuditorOperatorSet(event: AuditorOperatorSet): void {
  const auditor = loadAuditor(event.params.auditor, event);
  auditor.operator = event.params.operator;
  auditor.save();
}

export function handleAuditorLeft(event: AuditorLeft): void {
  const auditor = loadAuditor(event.params.auditor, event);
  const protocol = loadProtocol();
  if (auditor.active) protocol.auditors -= 1;
  protocol.save();
  auditor.active = false;
  auditor.thawEndsAt = event.params.thawEndsAt;
  auditor.save();
  note(event, auditor.id, 'AuditorLeft', 'auditor', auditor.id.toHexString(), null);
}

export function handleAuditorBondWithdrawn(event: AuditorBondWithdrawn): void {
  const auditor = loadAuditor(event.params.auditor, event);
  auditor.bondWei = auditor.bondWei.minus(event.params.amountWei);
  auditor.save();
  note(event, auditor.id, 'AuditorBondWithdrawn', 'auditor', auditor.id.toHexString(), event.params.amountWei);
}

export function handleRoundOpened(event: RoundOpened): void {
  const round = loadRound(event.params.round, event);
  round.point = event.params.point;
  round.size = toInt(event.params.size);
  round.epoch = event.params.epoch;
  round.save();
}

export function handleRoundReaimed(event: RoundReaimed): void {
  const round = loadRound(event.params.round, event);
  round.point = event.params.point;
  round.save();
}

export function handleRoundDrawn(event: RoundDrawn): void {
  const round = loadRound(event.params.round, event);
  round.value = event.params.value;
  round.drawnAt = event.block.timestamp;
  round.save();
}

export function handleAuditStarted(event: AuditStarted): void {
  const id = bytes32(event.params.jobId);
  const round = loadRound(event.params.round, event);
  round.save();
  const audit = new Audit(id);
  const job = Job.load(id);
  if (job != null) {
    audit.job = id;
    job.audit = id;
    job.save();
  }
  audit.round = round.id;
  const drawn: Bytes[] = [];
  for (let i = 0; i < event.params.auditors.length; i++) drawn.push(event.params.auditors[i]);
  audit.auditors = drawn;
  audit.startedAt = event.block.timestamp;
  audit.commitEndsAt = event.params.commitEndsAt;
  audit.revealEndsAt = event.params.revealEndsAt;
  audit.outcome = 'PENDING';
  audit.triggered = false;
  audit.revealed = 0;
  audit.canary = 'NONE';
  audit.save();
  for (let i = 0; i < event.params.auditors.length; i++) {
    const auditor = loadAuditor(event.params.auditors[i], event);
    auditor.audits += 1;
    auditor.save();
    loadSeat(id, auditor.id).save();
    note(event, auditor.id, 'AuditStarted', 'job', id.toHexString(), null);
  }
  const promisedWei = feeOf(audit).times(BigInt.fromI32(drawn.length));
  const protocol = loadProtocol();
  protocol.audits += 1;
  protocol.auditFundsWei = protocol.auditFundsWei.minus(promisedWei);
  protocol.auditReservedWei = protocol.auditReservedWei.plus(promisedWei);
  protocol.save();
}

/** Rules are those of the round that drew the auditors. */
function rulesOf(audit: Audit): AuditRules | null {
  const round = AuditRound.load(audit.round);
  return round == null ? null : AuditRules.load(round.epoch.toString());
}

function feeOf(audit: Audit): BigInt {
  const rules = rulesOf(audit);
  return rules == null ? ZERO : rules.baseFeeWei;
}

export function handleAuditCommitted(event: AuditCommitted): void {
  const seat = loadSeat(bytes32(event.params.jobId), event.params.auditor);
  seat.commitment = event.params.commitment;
  seat.committedAt = event.block.timestamp;
  seat.save();
}

export function handleAuditRevealed(event: AuditRevealed): void {
  const seat = loadSeat(bytes32(event.params.jobId), event.params.auditor);
  seat.outputRoot = event.params.outputRoot;
  seat.revealedAt = event.block.timestamp;
  seat.save();
  const auditor = loadAuditor(event.params.auditor, event);
  auditor.revealed += 1;
  auditor.save();
  const audit = Audit.load(seat.audit);
  if (audit == null) return;
  audit.revealed += 1;
  audit.save();
}

export function handleAuditReceiptRevealed(event: AuditReceiptRevealed): void {
  const audit = Audit.load(bytes32(event.params.jobId));
  if (audit == null) return;
  audit.receiptRoot = event.params.receipt.outputRoot;
  audit.save();
}

export function handleAuditTriggered(event: AuditTriggered): void {
  const audit = Audit.load(bytes32(event.params.jobId));
  if (audit == null) return;
  audit.triggered = true;
  audit.triggeredWhy = nameOf(OUTCOMES, event.params.why);
  if (Claim.load(event.params.claimId) != null) audit.claim = event.params.claimId;
  audit.save();
}

export function handleAuditorPaid(event: AuditorPaid): void {
  const amountWei = event.params.amountWei;
  const id = bytes32(event.params.jobId);
  const seat = loadSeat(id, event.params.auditor);
  seat.paidWei = seat.paidWei.plus(amountWei);
  seat.save();
  const auditor = loadAuditor(event.params.auditor, event);
  auditor.paidWei = auditor.paidWei.plus(amountWei);
  auditor.save();
  const account = loadAccount(event.params.auditor, event);
  account.auditCreditWei = account.auditCreditWei.plus(amountWei);
  account.save();
  reward(event, event.params.auditor, 'AUDITOR', amountWei, id);
}

export function handleAuditorMissed(event: AuditorMissed): void {
  const seat = loadSeat(bytes32(event.params.jobId), event.params.auditor);
  seat.lostWei = seat.lostWei.plus(event.params.amountWei);
  seat.save();
  const auditor = loadAuditor(event.params.auditor, event);
  auditor.missed += 1;
  auditor.lostWei = auditor.lostWei.plus(event.params.amountWei);
  auditor.bondWei = auditor.bondWei.minus(event.params.amountWei);
  auditor.save();
  note(event, auditor.id, 'AuditorMissed', 'job', seat.audit.toHexString(), event.params.amountWei);
}

/** Fees that nobody earned, and what the silent lost, go back to the funds (`AuditPool._payOut`). */
export function handleAuditSettled(event: AuditSettled): void {
  const audit = Audit.load(bytes32(event.params.jobId));
  if (audit == null) return;
  audit.outcome = nameOf(OUTCOMES, event.params.outcome);
  audit.settledAt = event.block.timestamp;
  audit.save();
  const feeWei = feeOf(audit);
  const protocol = loadProtocol();
  for (let i = 0; i < audit.auditors.length; i++) {
    const seat = loadSeat(audit.id, audit.auditors[i]);
    protocol.auditReservedWei = protocol.auditReservedWei.minus(feeWei);
    if (seat.paidWei.isZero()) protocol.auditFundsWei = protocol.auditFundsWei.plus(feeWei).plus(seat.lostWei);
  }
  protocol.save();
}

/** Whoever revealed another root than the canary's true one may lose a part of his bond (`AuditPool._freezeSeats`). */
export function handleCanaryRevealed(event: CanaryRevealed): void {
  const audit = Audit.load(bytes32(event.params.jobId));
  if (audit == null) return;
  audit.canary = 'PENDING';
  audit.canaryRoot = event.params.canaryRoot;
  if (Claim.load(event.params.claimId) != null) audit.canaryClaim = event.params.claimId;
  audit.save();
  const rules = rulesOf(audit);
  if (rules == null) return;
  for (let i = 0; i < audit.auditors.length; i++) {
    const seat = loadSeat(audit.id, audit.auditors[i]);
    const root = seat.outputRoot;
    if (root === null || root.equals(event.params.canaryRoot) || root.equals(inputWithheld())) continue;
    const auditor = loadAuditor(audit.auditors[i], event);
    const freeWei = auditor.bondWei.minus(auditor.frozenWei);
    seat.frozenWei = rules.canaryWei.lt(freeWei) ? rules.canaryWei : freeWei;
    seat.save();
    auditor.frozenWei = auditor.frozenWei.plus(seat.frozenWei);
    auditor.save();
  }
}

/** Twin of `AuditPool.INPUT_WITHHELD`. */
function inputWithheld(): Bytes {
  return Bytes.fromByteArray(crypto.keccak256(ByteArray.fromUTF8('assay audit: input withheld')));
}

export function handleCanaryConcluded(event: CanaryConcluded): void {
  const protocol = loadProtocol();
  protocol.auditFundsWei = protocol.auditFundsWei.plus(event.params.fundsWei);
  protocol.save();
  const audit = Audit.load(bytes32(event.params.jobId));
  if (audit == null) return;
  audit.canary = nameOf(CANARIES, event.params.state);
  audit.canaryBurnedWei = event.params.burnedWei;
  audit.canaryFindersWei = event.params.findersWei;
  audit.save();
  const truth = audit.canaryRoot;
  let finders = 0;
  for (let i = 0; i < audit.auditors.length; i++) {
    const seat = loadSeat(audit.id, audit.auditors[i]);
    thaw(event, seat, audit.canary == 'PROVEN');
    const root = seat.outputRoot;
    if (truth !== null && root !== null && root.equals(truth)) finders += 1;
  }
  if (finders == 0 || truth === null) return;
  const shareWei = event.params.findersWei.div(BigInt.fromI32(finders));
  for (let i = 0; i < audit.auditors.length; i++) {
    const root = loadSeat(audit.id, audit.auditors[i]).outputRoot;
    if (root !== null && root.equals(truth)) payFinder(event, audit.id, audit.auditors[i], shareWei);
  }
}

function thaw(event: ethereum.Event, seat: AuditSeat, take: boolean): void {
  const frozenWei = seat.frozenWei;
  if (frozenWei.isZero()) return;
  const auditor = loadAuditor(seat.auditor, event);
  auditor.frozenWei = auditor.frozenWei.minus(frozenWei);
  if (take) {
    auditor.bondWei = auditor.bondWei.minus(frozenWei);
    auditor.lostWei = auditor.lostWei.plus(frozenWei);
    seat.lostWei = seat.lostWei.plus(frozenWei);
  }
  auditor.save();
  seat.frozenWei = ZERO;
  seat.save();
}

function payFinder(event: ethereum.Event, jobId: Bytes, address: Bytes, amountWei: BigInt): void {
  if (amountWei.isZero()) return;
  const account = loadAccount(address, event);
  account.auditCreditWei = account.auditCreditWei.plus(amountWei);
  account.save();
  const auditor = loadAuditor(address, event);
  auditor.paidWei = auditor.paidWei.plus(amountWei);
  auditor.save();
  reward(event, address, 'AUDITOR', amountWei, jobId);
}

export function handleAuditCreditWithdrawn(event: AuditCreditWithdrawn): void {
  const account = loadAccount(event.params.account, event);
  account.auditCreditWei = account.auditCreditWei.minus(event.params.amountWei);
  account.save();
  note(event, account.id, 'AuditCreditWithdrawn', 'account', account.id.toHexString(), event.params.amountWei);
}
