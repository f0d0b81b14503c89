import { BigInt, Bytes, ethereum } from '@graphprotocol/graph-ts';
import { SettingChange } from '../../generated/schema';
import { eventId } from './ids';

function change(event: ethereum.Event, kind: string): SettingChange {
  const found = new SettingChange(eventId(event));
  found.kind = kind;
  found.at = event.block.timestamp;
  found.block = event.block.number;
  found.tx = event.transaction.hash;
  return found;
}

export function noteRight(event: ethereum.Event, kind: string, subject: Bytes, allowed: boolean): void {
  const found = change(event, kind);
  found.subject = subject;
  found.allowed = allowed;
  found.save();
}

export function noteNumber(event: ethereum.Event, kind: string, oldValue: BigInt, newValue: BigInt): void {
  const found = change(event, kind);
  found.oldValue = oldValue;
  found.newValue = newValue;
  found.save();
}

export function noteSubject(event: ethereum.Event, kind: string, subject: Bytes): void {
  const found = change(event, kind);
  found.subject = subject;
  found.save();
}

/** For an event that sets several numbers: each is a change of its own. */
export function noteNamed(event: ethereum.Event, kind: string, oldValue: i32, newValue: i32): void {
  if (oldValue == newValue) return;
  const found = new SettingChange(eventId(event).concat(Bytes.fromUTF8(kind)));
  found.kind = kind;
  found.oldValue = BigInt.fromI32(oldValue);
  found.newValue = BigInt.fromI32(newValue);
  found.at = event.block.timestamp;
  found.block = event.block.number;
  found.tx = event.transaction.hash;
  found.save();
}
