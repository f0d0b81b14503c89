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
