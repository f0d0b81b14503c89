import { BigInt, Bytes, ethereum } from '@graphprotocol/graph-ts';
import { LastOperation, TimelockCall, TimelockRole } from '../generated/schema';
import {
  CallExecuted,
  CallSalt,
  CallScheduled,
  Cancelled,
  MinDelayChange,
  RoleAdminChanged,
  RoleGranted,
  RoleRevoked,
} from '../generated/TimelockController/TimelockController';
import { pairId, toInt } from './lib/ids';
import { loadProtocol } from './lib/protocol';
import { noteNumber, noteSubject } from './lib/settings';

/** Calls of one operation are numbered without gaps; more than this in one proposal do not fit a transaction. */
const MAX_CALLS = 1000;

function loadCall(operation: Bytes, index: BigInt): TimelockCall {
  const id = pairId(operation.toHexString(), index.toString());
  let call = TimelockCall.load(id);
  if (call != null) return call;
  call = new TimelockCall(id);
  call.operation = operation;
  call.index = toInt(index);
  return call;
}

export function handleCallScheduled(event: CallScheduled): void {
  const call = loadCall(event.params.id, event.params.index);
  call.target = event.params.target;
  call.valueWei = event.params.value;
  call.data = event.params.data;
  call.scheduledAt = event.block.timestamp;
  call.delaySeconds = event.params.delay;
  call.scheduledTx = event.transaction.hash;
  call.save();
  const last = new LastOperation('timelock');
  last.operation = event.params.id;
  last.tx = event.transaction.hash;
  last.save();
}

export function handleCallSalt(event: CallSalt): void {
  for (let i = 0; i < MAX_CALLS; i++) {
    const call = TimelockCall.load(pairId(event.params.id.toHexString(), i.toString()));
    if (call == null) return;
    call.salt = event.params.salt;
    call.save();
  }
}

export function handleCallExecuted(event: CallExecuted): void {
  const call = loadCall(event.params.id, event.params.index);
  call.target = event.params.target;
  call.valueWei = event.params.value;
  call.data = event.params.data;
  call.executedAt = event.block.timestamp;
  call.executedTx = event.transaction.hash;
  call.save();
}

export function handleCancelled(event: Cancelled): void {
  for (let i = 0; i < MAX_CALLS; i++) {
    const call = TimelockCall.load(pairId(event.params.id.toHexString(), i.toString()));
    if (call == null) return;
    call.cancelledAt = event.block.timestamp;
    call.save();
  }
}

export function handleMinDelayChange(event: MinDelayChange): void {
  const protocol = loadProtocol();
  protocol.timelock = event.address;
  protocol.timelockDelaySeconds = event.params.newDuration;
  protocol.save();
  noteNumber(event, 'MinDelayChange', event.params.oldDuration, event.params.newDuration);
}

function role(event: ethereum.Event, name: Bytes, account: Bytes, granted: boolean): void {
  const id = pairId(name.toHexString(), account.toHexString());
  const known = TimelockRole.load(id);
  const found = known == null ? new TimelockRole(id) : known;
  found.role = name;
  found.account = account;
  found.granted = granted;
  found.changedAt = event.block.timestamp;
  found.save();
  noteSubject(event, granted ? 'RoleGranted' : 'RoleRevoked', account);
}

/** The constructor grants the first role: from here on the index knows who holds the treasury. */
export function handleRoleGranted(event: RoleGranted): void {
  const protocol = loadProtocol();
  protocol.timelock = event.address;
  protocol.save();
  role(event, event.params.role, event.params.account, true);
}

export function handleRoleRevoked(event: RoleRevoked): void {
  role(event, event.params.role, event.params.account, false);
}

export function handleRoleAdminChanged(event: RoleAdminChanged): void {
  noteSubject(event, 'RoleAdminChanged', event.params.role);
}
