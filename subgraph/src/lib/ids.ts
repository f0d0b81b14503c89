import { BigInt, Bytes, crypto, ethereum } from '@graphprotocol/graph-ts';

/** A `uint256` as the 32 bytes that contracts, receipts and people write it with. */
export function bytes32(value: BigInt): Bytes {
  return Bytes.fromHexString('0x' + value.toHexString().substr(2).padStart(64, '0'));
}

/** Unique and stable: one transaction has one event at each index. */
export function eventId(event: ethereum.Event): Bytes {
  return event.transaction.hash.concatI32(event.logIndex.toI32());
}

/** Sorts as the chain did: block number * 10^6 + log index. */
export function ordinalOf(event: ethereum.Event): BigInt {
  return event.block.number.times(BigInt.fromI32(1000000)).plus(event.logIndex);
}

/** Id of the claim that a receipt makes: `keccak256(abi.encode(jobId, digest))`, twin of `ICourt.claimIdOf`. */
export function claimIdOf(jobId: Bytes, digest: Bytes): Bytes {
  return Bytes.fromByteArray(crypto.keccak256(jobId.concat(digest)));
}

/** Of things that belong to two others. */
export function pairId(first: string, second: string): string {
  return first + '-' + second;
}

export function isZero(address: Bytes): boolean {
  for (let i = 0; i < address.length; i++) if (address[i] != 0) return false;
  return true;
}

/** A count that strangers give may exceed 31 bits; a handler that fails stops the index. */
export function toInt(value: BigInt): i32 {
  return value.gt(BigInt.fromI32(i32.MAX_VALUE)) ? i32.MAX_VALUE : value.toI32();
}
