import { BigInt, Bytes } from '@graphprotocol/graph-ts';
import {
  BondPosted,
  BondSettled,
  ClaimDecided,
  ClaimFiled,
  ClaimFinal,
  ClaimRevealed,
  ClaimWindowExtended,
  CourtCredited,
  CourtCreditWithdrawn,
  SlashDivided,
  SubjectFailed,
  SubjectSet,
} from '../generated/Court/Court';
import { Bond, BondTally, Claim } from '../generated/schema';
import { ensureAccount, loadAccount, loadWorker, note, reward } from './lib/accounts';
import { loadClaim, outcomeOf, resultOf } from './lib/claims';
import { causeClaim, noteBond, noteEnd, reasonOf } from './lib/courtCause';
import { pairId, toInt } from './lib/ids';
import { loadDay, loadProtocol, saveDay } from './lib/protocol';
import { noteRight } from './lib/settings';
import { noteCreditMove, noteFlow } from './lib/treasury';

export function handleClaimFiled(event: ClaimFiled): void {
  const claim = loadClaim(event.params.claimId, event.params.worker, event);
  claim.subject = event.params.subject;
  claim.beneficiary = event.params.beneficiary;
  claim.windowEndsAt = event.params.windowEndsAt;
  claim.lockWei = event.params.lockWei;
  claim.revealed = claim.revealed || event.params.revealed;
  claim.filedAt = event.block.timestamp;
  claim.filedTx = event.transaction.hash;
  claim.save();
  const worker = loadWorker(event.params.worker, event);
  worker.claims += 1;
  worker.save();
  const protocol = loadProtocol();
  protocol.claims += 1;
  protocol.save();
  const day = loadDay(event);
  day.claims += 1;
  saveDay(day, protocol);
  note(event, worker.id, 'ClaimFiled', 'claim', claim.id.toHexString(), event.params.lockWei);
}

export function handleClaimRevealed(event: ClaimRevealed): void {
  const claim = Claim.load(event.params.claimId);
  if (claim == null) return;
  claim.revealed = true;
  claim.save();
}

export function handleClaimWindowExtended(event: ClaimWindowExtended): void {
  const claim = Claim.load(event.params.claimId);
  if (claim == null) return;
  claim.windowEndsAt = event.params.windowEndsAt;
  claim.save();
}

/** Demands and games of one account may run at once: equal bonds are settled in the order they were posted. */
function tallyOf(claimId: Bytes, account: Bytes, amountWei: BigInt): BondTally {
  const id = pairId(pairId(claimId.toHexString(), account.toHexString()), amountWei.toString());
  let tally = BondTally.load(id);
  if (tally != null) return tally;
  tally = new BondTally(id);
  tally.posted = 0;
  tally.settled = 0;
  return tally;
}

export function handleBondPosted(event: BondPosted): void {
  const claim = Claim.load(event.params.claimId);
  if (claim == null) return;
  const tally = tallyOf(claim.id, event.params.account, event.params.amountWei);
  const bond = new Bond(pairId(tally.id, tally.posted.toString()));
  tally.posted += 1;
  tally.save();
  bond.claim = claim.id;
  bond.account = ensureAccount(event.params.account, event);
  bond.amountWei = event.params.amountWei;
  bond.postedAt = event.block.timestamp;
  bond.postedTx = event.transaction.hash;
  bond.save();
  note(event, event.params.account, 'BondPosted', 'claim', claim.id.toHexString(), event.params.amountWei);
}

export function handleBondSettled(event: BondSettled): void {
  const claim = Claim.load(event.params.claimId);
  if (claim == null) return;
  const account = event.params.account;
  const result = resultOf(event.params.result);
  const returnedWei = noteBond(event, claim, account, event.params.amountWei, result);
  note(event, account, 'BondSettled', 'claim', claim.id.toHexString(), returnedWei);
  const tally = tallyOf(claim.id, account, event.params.amountWei);
  const bond = Bond.load(pairId(tally.id, tally.settled.toString()));
  if (bond == null) return;
  tally.settled += 1;
  tally.save();
  bond.result = result;
  bond.returnedWei = returnedWei;
  bond.settledAt = event.block.timestamp;
  bond.save();
}

export function handleClaimDecided(event: ClaimDecided): void {
  const claim = Claim.load(event.params.claimId);
  if (claim == null) return;
  claim.verdict = outcomeOf(event.params.verdict);
  claim.decidedBy = event.params.by;
  claim.decidedAt = event.block.timestamp;
  claim.decidedTx = event.transaction.hash;
  claim.slashedWei = event.params.slashedWei;
  claim.save();
  note(event, claim.worker, 'ClaimDecided', 'claim', claim.id.toHexString(), event.params.slashedWei);
}

export function handleClaimFinal(event: ClaimFinal): void {
  const claim = Claim.load(event.params.claimId);
  if (claim == null) return;
  noteEnd(event, claim.id);
  claim.outcome = outcomeOf(event.params.outcome);
  claim.finalAt = event.block.timestamp;
  claim.finalTx = event.transaction.hash;
  claim.save();
  const worker = loadWorker(claim.worker, event);
  if (claim.outcome == 'STANDS') worker.claimsStood += 1;
  if (claim.outcome == 'FALLEN') {
    worker.claimsFallen += 1;
    const protocol = loadProtocol();
    protocol.claimsFallen += 1;
    protocol.save();
  }
  worker.save();
  note(event, claim.worker, 'ClaimFinal', 'claim', claim.id.toHexString(), null);
  note(event, claim.beneficiary, 'ClaimFinal', 'claim', claim.id.toHexString(), null);
}

export function handleSlashDivided(event: SlashDivided): void {
  const claim = Claim.load(event.params.claimId);
  if (claim == null) return;
  claim.burnedWei = event.params.burnedWei;
  claim.beneficiaryWei = event.params.beneficiaryWei;
  claim.challengersWei = event.params.challengersWei;
  claim.winners = toInt(event.params.winners);
  claim.save();
}

export function handleSubjectFailed(event: SubjectFailed): void {
  const claim = Claim.load(event.params.claimId);
  if (claim == null) return;
  claim.subjectFailed = true;
  claim.save();
}

export function handleCourtCredited(event: CourtCredited): void {
  const amountWei = event.params.amountWei;
  const account = loadAccount(event.params.account, event);
  account.courtCreditWei = account.courtCreditWei.plus(amountWei);
  account.save();
  const reason = reasonOf(event, account.id, amountWei);
  if (reason == 'RETURNED') return;
  if (reason == 'TREASURY') noteFlow(event, 'LOST_BOND', amountWei, event.address, null);
  else reward(event, account.id, reason, amountWei, causeClaim());
}

export function handleCourtCreditWithdrawn(event: CourtCreditWithdrawn): void {
  const account = loadAccount(event.params.account, event);
  account.courtCreditWei = account.courtCreditWei.minus(event.params.amountWei);
  account.save();
  noteCreditMove(event, account.id, event.params.amountWei);
  note(event, account.id, 'CourtCreditWithdrawn', 'account', account.id.toHexString(), event.params.amountWei);
}

export function handleSubjectSet(event: SubjectSet): void {
  noteRight(event, 'SubjectSet', event.params.subject, event.params.approved);
}
