import { BigInt, Bytes, ethereum } from '@graphprotocol/graph-ts';
import { Claim, CourtCause } from '../../generated/schema';
import { loadProtocol } from './protocol';

const ZERO = BigInt.zero();
const ID = 'court';

/**
 * The court credits accounts without saying why, but always right after the event that is the reason: a settled bond, or
 * the end of a claim (`Court.settle`, `Court._divide`). So the mapping remembers the last one.
 */
function causeOf(event: ethereum.Event, claimId: Bytes): CourtCause {
  const cause = new CourtCause(ID);
  cause.claim = claimId;
  cause.amountWei = ZERO;
  // A store keeps what is not overwritten.
  cause.account = null;
  cause.supplier = null;
  cause.tx = event.transaction.hash;
  return cause;
}

/** Input was published; the bond that is settled next is its price and goes to the supplier. */
export function noteSupply(event: ethereum.Event, claimId: Bytes, supplier: Bytes): void {
  const cause = causeOf(event, claimId);
  cause.supplier = supplier;
  cause.save();
}

/** Who gets the bond, when it is the price of input that was published just before. */
function supplierOf(event: ethereum.Event, claimId: Bytes, result: string): Bytes | null {
  const last = CourtCause.load(ID);
  if (last == null || result != 'WITHDRAWN') return null;
  if (!last.tx.equals(event.transaction.hash) || !last.claim.equals(claimId)) return null;
  const bonded = last.account;
  return bonded === null ? last.supplier : null;
}

/** @returns what of the bond comes back to the account */
export function noteBond(
  event: ethereum.Event,
  claim: Claim,
  account: Bytes,
  amountWei: BigInt,
  result: string,
): BigInt {
  const supplier = supplierOf(event, claim.id, result);
  const cause = causeOf(event, claim.id);
  cause.account = account;
  cause.amountWei = amountWei;
  cause.supplier = supplier;
  cause.save();
  const isLost = result == 'CHALLENGER_LOST' && claim.verdict == 'PENDING';
  return supplier !== null || isLost ? ZERO : amountWei;
}

export function noteEnd(event: ethereum.Event, claimId: Bytes): void {
  causeOf(event, claimId).save();
}

/** Why the court credits an account now: a kind of reward, "RETURNED" for a bond, "TREASURY" for the DAO's part. */
export function reasonOf(event: ethereum.Event, account: Bytes, amountWei: BigInt): string {
  const cause = CourtCause.load(ID);
  if (cause == null || !cause.tx.equals(event.transaction.hash)) return 'RETURNED';
  const bonded = cause.account;
  if (bonded === null) return shareOf(cause, account);
  const supplier = cause.supplier;
  if (supplier !== null) return 'INPUT';
  if (account.equals(bonded) && amountWei.equals(cause.amountWei)) return 'RETURNED';
  const timelock = loadProtocol().timelock;
  return timelock !== null && account.equals(timelock) ? 'TREASURY' : 'LOST_BOND';
}

/** Of a slash: challengers come first, the client last. A client who won his own game gets both. */
function shareOf(cause: CourtCause, account: Bytes): string {
  const claim = Claim.load(cause.claim);
  if (claim == null || !claim.beneficiary.equals(account)) return 'CHALLENGER';
  const decidedBy = claim.decidedBy;
  const isWinner = decidedBy !== null && decidedBy.equals(account);
  if (isWinner && cause.amountWei.isZero()) {
    cause.amountWei = BigInt.fromI32(1);
    cause.save();
    return 'CHALLENGER';
  }
  return 'COMPENSATION';
}

export function causeClaim(): Bytes | null {
  const cause = CourtCause.load(ID);
  return cause == null ? null : cause.claim;
}
