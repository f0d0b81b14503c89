import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPrivateAddress } from '../../../node/ipfs/privateAddress.ts';

describe('isPrivateAddress', () => {
  it('knows the special-purpose ranges at both ends, IPv6 forms of IPv4, and what is no address', () => {
    const inside =
      '0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.255 169.254.0.1 169.254.169.254 172.16.0.0 172.31.255.255 192.0.0.1 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 224.0.0.1 240.0.0.1 255.255.255.255 :: ::1 ::7f00:1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe 64:ff9b::1 64:ff9b:1::1 2001::1 2002::1 fc00:: fdff::1 fe80::1 febf::1 fec0::1 ff02::1 example.org 127.1';
    for (const address of inside.split(' ')) assert.equal(isPrivateAddress(address), true, address);
  });

  it('lets the public internet through', () => {
    const outside =
      '1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255 2606:4700::1111 2a00::1 2003::1 ::ffff:1.1.1.1';
    for (const address of outside.split(' ')) assert.equal(isPrivateAddress(address), false, address);
  });
});
