import { BigInt, Bytes, ethereum } from '@graphprotocol/graph-ts';
import { Claim } from '../../generated/schema';
import { loadWorker } from './accounts';

const ZERO = BigInt.zero();
const OUTCOMES = ['PENDING', 'STANDS', 'FALLEN', 'VOID'];
const RESULTS = ['CHALLENGER_LOST', 'CHALLENGER_WON', 'VOID', 'WITHDRAWN'];

/** `ICourt.Outcome`; a number that it does not have is the last one. */
export function outcomeOf(value: i32): string {
  return OUTCOMES[value < OUTCOMES.length ? value : OUTCOMES.length - 1];
}

/** `ICourt.Result`. */
export function resultOf(value: i32): string {
  return RESULTS[value < RESULTS.length ? value : RESULTS.length - 1];
}

/** The first event about a claim makes it, whichever that is. */
export function loadClaim(id: Bytes, worker: Bytes, event: ethereum.Event): Claim {
  let claim = Claim.load(id);
  if (claim != null) return claim;
  claim = new Claim(id);
  const accused = loadWorker(worker, event);
  accused.save();
  claim.subject = event.address;
  claim.worker = accused.id;
  claim.beneficiary = worker;
  claim.windowEndsAt = ZERO;
  claim.lockWei = ZERO;
  claim.revealed = false;
  claim.filedAt = event.block.timestamp;
  claim.filedTx = event.transaction.hash;
  claim.verdict = 'PENDING';
  claim.slashedWei = ZERO;
  claim.outcome = 'PENDING';
  claim.subjectFailed = false;
  claim.gameCount = 0;
  claim.openGames = 0;
  claim.openGameIds = [];
  return claim;
}
