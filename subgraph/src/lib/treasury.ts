import { BigInt, Bytes, ethereum } from '@graphprotocol/graph-ts';
import { CreditMove, TreasuryFlow } from '../../generated/schema';
import { eventId } from './ids';
import { loadProtocol } from './protocol';

export function noteFlow(
  event: ethereum.Event,
  kind: string,
  amountWei: BigInt,
  counterparty: Bytes,
  jobId: Bytes | null,
): void {
  const flow = new TreasuryFlow(eventId(event));
  flow.kind = kind;
  flow.amountWei = amountWei;
  flow.counterparty = counterparty;
  flow.job = jobId;
  flow.at = event.block.timestamp;
  flow.block = event.block.number;
  flow.tx = event.transaction.hash;
  flow.save();
}

const ID = 'treasury';

/** A credit of the treasury is paid out: the transfer that follows was counted when it was earned. */
export function noteCreditMove(event: ethereum.Event, account: Bytes, amountWei: BigInt): void {
  const timelock = loadProtocol().timelock;
  if (timelock === null || !account.equals(timelock)) return;
  const move = new CreditMove(ID);
  move.from = event.address;
  move.amountWei = amountWei;
  move.tx = event.transaction.hash;
  move.save();
}

/** Whether a transfer to the treasury is such a payment. */
export function isCreditMove(event: ethereum.Event, from: Bytes, amountWei: BigInt): boolean {
  const move = CreditMove.load(ID);
  if (move == null || !move.tx.equals(event.transaction.hash)) return false;
  return move.from.equals(from) && move.amountWei.equals(amountWei);
}
