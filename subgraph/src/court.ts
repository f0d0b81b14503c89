import { Bytes } from '@graphprotocol/graph-ts';
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
import { Bond, Claim } from '../generated/schema';
import { ensureAccount, loadAccount, loadWorker, note, reward } from './lib/accounts';
import { loadClaim, outcomeOf, resultOf } from './lib/claims';
import { pairId } from './lib/ids';
import { loadDay, loadProtocol, saveDay } from './lib/protocol';
import { noteRight } from './lib/settings';

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

/** One account has at most one bond of a claim that is not settled at a time; a later one is a bond of its own. */
function bondId(claimId: Bytes, account: Bytes, ordinal: i32): string {
  return pairId(pairId(claimId.toHexString(), account.toHexString()), ordinal.toString());
}

function openBond(claimId: Bytes, account: Bytes): Bond | null {
  for (let i = 0; i < 64; i++) {
    const bond = Bond.load(bondId(claimId, account, i));
    if (bond == null) return null;
    if (!bond.settledAt) return bond;
  }
  return null;
}

export function handleBondPosted(event: BondPosted): void {
  const claim = Claim.load(event.params.claimId);
  if (claim == null) return;
  let ordinal = 0;
  while (ordinal < 64 && Bond.load(bondId(claim.id, event.params.account, ordinal)) != null) ordinal += 1;
  const bond = new Bond(bondId(claim.id, event.params.account, ordinal));
  bond.claim = claim.id;
  bond.account = ensureAccount(event.params.account, event);
  bond.amountWei = event.params.amountWei;
  bond.postedAt = event.block.timestamp;
  bond.save();
  note(event, event.params.account, 'BondPosted', 'claim', claim.id.toHexString(), event.params.amountWei);
}

export function handleBondSettled(event: BondSettled): void {
  const bond = openBond(event.params.claimId, event.params.account);
  if (bond == null) return;
  bond.result = resultOf(event.params.result);
  bond.returnedWei = event.params.amountWei;
  bond.settledAt = event.block.timestamp;
  bond.save();
  const claimId = event.params.claimId.toHexString();
  note(event, event.params.account, 'BondSettled', 'claim', claimId, event.params.amountWei);
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
  claim.winners = event.params.winners.toI32();
  claim.save();
}

export function handleSubjectFailed(event: SubjectFailed): void {
  const claim = Claim.load(event.params.claimId);
  if (claim == null) return;
  claim.subjectFailed = true;
  claim.save();
}

export function handleCourtCredited(event: CourtCredited): void {
  const account = loadAccount(event.params.account, event);
  account.courtCreditWei = account.courtCreditWei.plus(event.params.amountWei);
  account.save();
  reward(event, account.id, 'CHALLENGER', event.params.amountWei, null);
}

export function handleCourtCreditWithdrawn(event: CourtCreditWithdrawn): void {
  const account = loadAccount(event.params.account, event);
  account.courtCreditWei = account.courtCreditWei.minus(event.params.amountWei);
  account.save();
  note(event, account.id, 'CourtCreditWithdrawn', 'account', account.id.toHexString(), event.params.amountWei);
}

export function handleSubjectSet(event: SubjectSet): void {
  noteRight(event, 'SubjectSet', event.params.subject, event.params.approved);
}
