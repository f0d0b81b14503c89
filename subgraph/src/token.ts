import { BigInt, Bytes, ethereum } from '@graphprotocol/graph-ts';
import {
  Approval,
  AuthorizationCanceled,
  AuthorizationUsed,
  DelegateChanged,
  DelegateVotesChanged,
  Transfer,
} from '../generated/AssayToken/AssayToken';
import { Approval as ApprovalEntity, Authorization, Protocol } from '../generated/schema';
import { ensureAccount, loadAccount, note } from './lib/accounts';
import { isZero, pairId } from './lib/ids';
import { loadDay, loadProtocol, saveDay } from './lib/protocol';
import { isCreditMove, noteFlow } from './lib/treasury';

export function handleTransfer(event: Transfer): void {
  const amountWei = event.params.value;
  const from = event.params.from;
  const to = event.params.to;
  const protocol = loadProtocol();
  if (isZero(from)) protocol.supplyWei = protocol.supplyWei.plus(amountWei);
  else move(event, protocol, from, amountWei.neg());
  if (isZero(to)) burn(event, protocol, amountWei);
  else move(event, protocol, to, amountWei);
  const timelock = protocol.timelock;
  if (timelock !== null && !from.equals(to)) {
    if (to.equals(timelock)) treasury(event, protocol, incomeOf(event, from, amountWei), from, amountWei);
    if (from.equals(timelock)) treasury(event, protocol, 'SPENT', to, amountWei);
  }
  protocol.save();
}

function incomeOf(event: ethereum.Event, from: Bytes, amountWei: BigInt): string {
  if (isZero(from)) return 'GENESIS';
  return isCreditMove(event, from, amountWei) ? 'WITHDRAWN' : 'RECEIVED';
}

function move(event: ethereum.Event, protocol: Protocol, address: Bytes, amountWei: BigInt): void {
  if (amountWei.isZero()) return;
  const account = loadAccount(address, event);
  if (account.balanceWei.isZero()) protocol.holders += 1;
  account.balanceWei = account.balanceWei.plus(amountWei);
  if (account.balanceWei.isZero()) protocol.holders -= 1;
  account.save();
}

function burn(event: ethereum.Event, protocol: Protocol, amountWei: BigInt): void {
  protocol.supplyWei = protocol.supplyWei.minus(amountWei);
  protocol.burnedWei = protocol.burnedWei.plus(amountWei);
  const day = loadDay(event);
  day.burnedWei = day.burnedWei.plus(amountWei);
  saveDay(day, protocol);
}

function treasury(event: ethereum.Event, protocol: Protocol, kind: string, other: Bytes, amountWei: BigInt): void {
  noteFlow(event, kind, amountWei, other, null);
  const day = loadDay(event);
  if (kind == 'SPENT') {
    protocol.treasuryWei = protocol.treasuryWei.minus(amountWei);
    day.treasuryOutWei = day.treasuryOutWei.plus(amountWei);
  } else {
    protocol.treasuryWei = protocol.treasuryWei.plus(amountWei);
    if (kind != 'GENESIS') day.treasuryInWei = day.treasuryInWei.plus(amountWei);
  }
  saveDay(day, protocol);
}

export function handleDelegateChanged(event: DelegateChanged): void {
  const account = loadAccount(event.params.delegator, event);
  const to = event.params.toDelegate;
  if (isZero(to)) account.delegate = null;
  else account.delegate = to;
  account.save();
  if (!isZero(to)) ensureAccount(to, event);
  note(event, account.id, 'DelegateChanged', 'account', to.toHexString(), null);
}

export function handleDelegateVotesChanged(event: DelegateVotesChanged): void {
  const account = loadAccount(event.params.delegate, event);
  account.tokenVotesWei = event.params.newVotes;
  account.votesWei = account.tokenVotesWei.plus(account.stakeVotesWei);
  account.save();
}

export function handleApproval(event: Approval): void {
  const approval = new ApprovalEntity(pairId(event.params.owner.toHexString(), event.params.spender.toHexString()));
  approval.owner = ensureAccount(event.params.owner, event);
  approval.spender = event.params.spender;
  approval.amountWei = event.params.value;
  approval.at = event.block.timestamp;
  approval.tx = event.transaction.hash;
  approval.save();
}

function authorize(event: ethereum.Event, authorizer: Bytes, nonce: Bytes, cancelled: boolean): void {
  const id = pairId(authorizer.toHexString(), nonce.toHexString());
  if (Authorization.load(id) != null) return;
  const authorization = new Authorization(id);
  authorization.account = ensureAccount(authorizer, event);
  authorization.nonce = nonce;
  authorization.cancelled = cancelled;
  authorization.at = event.block.timestamp;
  authorization.block = event.block.number;
  authorization.tx = event.transaction.hash;
  authorization.save();
}

export function handleAuthorizationUsed(event: AuthorizationUsed): void {
  authorize(event, event.params.authorizer, event.params.nonce, false);
}

export function handleAuthorizationCanceled(event: AuthorizationCanceled): void {
  authorize(event, event.params.authorizer, event.params.nonce, true);
}
