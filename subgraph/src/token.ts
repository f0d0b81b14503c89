import { BigInt, Bytes, ethereum } from '@graphprotocol/graph-ts';
import { DelegateChanged, DelegateVotesChanged, Transfer } from '../generated/AssayToken/AssayToken';
import { Protocol, TreasuryFlow } from '../generated/schema';
import { ensureAccount, loadAccount, note } from './lib/accounts';
import { eventId } from './lib/ids';
import { loadDay, loadProtocol, saveDay } from './lib/protocol';

function isZero(address: Bytes): boolean {
  return BigInt.fromUnsignedBytes(address).isZero();
}

export function handleTransfer(event: Transfer): void {
  const amountWei = event.params.value;
  const protocol = loadProtocol();
  if (isZero(event.params.from)) protocol.supplyWei = protocol.supplyWei.plus(amountWei);
  else {
    const from = loadAccount(event.params.from, event);
    from.balanceWei = from.balanceWei.minus(amountWei);
    from.save();
  }
  if (isZero(event.params.to)) burn(event, protocol, amountWei);
  else {
    const to = loadAccount(event.params.to, event);
    to.balanceWei = to.balanceWei.plus(amountWei);
    to.save();
  }
  const timelock = protocol.timelock;
  if (timelock && !event.params.from.equals(event.params.to)) {
    if (event.params.to.equals(timelock)) treasury(event, protocol, 'RECEIVED', event.params.from, amountWei);
    if (event.params.from.equals(timelock)) treasury(event, protocol, 'SPENT', event.params.to, amountWei);
  }
  protocol.save();
}

function burn(event: ethereum.Event, protocol: Protocol, amountWei: BigInt): void {
  protocol.supplyWei = protocol.supplyWei.minus(amountWei);
  protocol.burnedWei = protocol.burnedWei.plus(amountWei);
  const day = loadDay(event);
  day.burnedWei = day.burnedWei.plus(amountWei);
  saveDay(day, protocol);
}

function treasury(event: ethereum.Event, protocol: Protocol, kind: string, other: Bytes, amountWei: BigInt): void {
  const flow = new TreasuryFlow(eventId(event));
  flow.kind = kind;
  flow.amountWei = amountWei;
  flow.counterparty = other;
  flow.at = event.block.timestamp;
  flow.block = event.block.number;
  flow.tx = event.transaction.hash;
  flow.save();
  const day = loadDay(event);
  if (kind == 'SPENT') {
    protocol.treasuryWei = protocol.treasuryWei.minus(amountWei);
    day.treasuryOutWei = day.treasuryOutWei.plus(amountWei);
  } else {
    protocol.treasuryWei = protocol.treasuryWei.plus(amountWei);
    day.treasuryInWei = day.treasuryInWei.plus(amountWei);
  }
  saveDay(day, protocol);
}

export function handleDelegateChanged(event: DelegateChanged): void {
  const account = loadAccount(event.params.delegator, event);
  if (isZero(event.params.toDelegate)) account.delegate = null;
  else account.delegate = event.params.toDelegate;
  account.save();
  ensureAccount(event.params.toDelegate, event);
  note(event, account.id, 'DelegateChanged', 'account', event.params.toDelegate.toHexString(), null);
}

export function handleDelegateVotesChanged(event: DelegateVotesChanged): void {
  const account = loadAccount(event.params.delegate, event);
  account.tokenVotesWei = event.params.newVotes;
  account.votesWei = account.tokenVotesWei.plus(account.stakeVotesWei);
  account.save();
}
